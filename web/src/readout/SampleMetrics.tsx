/** The readout of the SampleMetrics (its first version: the signature alone). */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import type { Store } from "../state/store";

export function SampleMetrics(_props: { store: Store<CompareState>; actions: CompareActions }) {
  return <div />;
}
