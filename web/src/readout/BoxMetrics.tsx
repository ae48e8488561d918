/** The readout of the BoxMetrics (its first version: the signature alone). */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import type { Store } from "../state/store";

export function BoxMetrics(_props: { store: Store<CompareState>; actions: CompareActions }) {
  return <div />;
}
