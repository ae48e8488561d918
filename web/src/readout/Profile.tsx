/** The readout of the Profile (its first version: the signature alone). */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import type { Store } from "../state/store";

export function Profile(_props: { store: Store<CompareState>; actions: CompareActions }) {
  return <div />;
}
