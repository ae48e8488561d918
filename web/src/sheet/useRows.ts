/** The rows of the sheet in their order. */

import * as React from "react";
import type { CompareCalls, DatasetInfo } from "../contract";
import type { Choice } from "./choice";
import { metricOf, mostDifferentFirst, unsorted, worstFirst, type SheetRow } from "./order";

export interface SortedRows {
  readonly rows: readonly SheetRow[];
  /** Whether another order is on its way; the former one stays until then. */
  readonly sorting: boolean;
  /** Why they could not be sorted, null where they could. */
  readonly problem: string | null;
}

/** Rows, and what they answer. */
interface Found {
  readonly rows: readonly SheetRow[];
  readonly problem: string | null;
  readonly ids: readonly string[] | null;
  readonly question: string | null;
}

const NONE: Found = { rows: [], problem: null, ids: null, question: null };

export function useRows(ids: readonly string[], info: DatasetInfo, choice: Choice, calls: CompareCalls): SortedRows {
  const [{ rows, problem, ...asked }, setFound] = React.useState(NONE);
  const { order, key } = choice;
  const { run, metric, against } = key ?? { run: null, metric: null, against: null };
  const better = (key && metricOf(info, key)?.better) ?? "lower";
  const question = [order, run, metric, against, better].join();
  React.useEffect(() => {
    let current = true;
    const show = (rows: readonly SheetRow[], problem: string | null = null) => {
      if (current) setFound({ rows, problem, ids, question });
    };
    if (order === "view" || run === null || metric === null) show(unsorted(ids));
    else {
      const second = order === "different" && against !== null ? calls.list({ run: against, metric }) : null;
      Promise.all([calls.list({ run, metric }), second]).then(
        ([first, other]) => show(other ? mostDifferentFirst(ids, first, other) : worstFirst(ids, first, better)),
        (error: unknown) => show(unsorted(ids), error instanceof Error ? error.message : String(error)),
      );
    }
    return () => {
      current = false;
    };
  }, [ids, order, run, metric, against, better, question, calls]);
  // At once, not when the effect has run: nothing may stand in one order under the words of another.
  return { rows, problem, sorting: asked.ids !== ids || asked.question !== question };
}
