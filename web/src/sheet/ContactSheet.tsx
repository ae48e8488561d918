/** Samples x models at a glance (its first version: the signature alone). */

import * as React from "react";
import type { CompareCalls, SampleRecord } from "../contract";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import type { Store } from "../state/store";

export interface ContactSheetProps {
  readonly store: Store<CompareState>;
  readonly actions: CompareActions;
  readonly calls: CompareCalls;
  /** Reads the files of a record. */
  readonly open: (record: SampleRecord) => Promise<SampleView>;
}

export function ContactSheet(_props: ContactSheetProps) {
  return <div />;
}
