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

const NONE: SortedRows = { rows: [], sorting: true, problem: null };

export function useRows(ids: readonly string[], info: DatasetInfo, choice: Choice, calls: CompareCalls): SortedRows {
  const [found, setFound] = React.useState<SortedRows>(NONE);
  const { order, key } = choice;
  const { run, metric, against } = key ?? { run: null, metric: null, against: null };
  const better = (key && metricOf(info, key)?.better) ?? "lower";
  React.useEffect(() => {
    let current = true;
    const show = (rows: readonly SheetRow[], problem: string | null = null) => {
      if (current) setFound({ rows, sorting: false, problem });
    };
    if (order === "view" || run === null || metric === null) show(unsorted(ids));
    else {
      setFound((former) => ({ ...former, sorting: true }));
      const second = order === "different" && against !== null ? calls.list({ run: against, metric }) : null;
      Promise.all([calls.list({ run, metric }), second]).then(
        ([first, other]) => show(other ? mostDifferentFirst(ids, first, other) : worstFirst(ids, first, better)),
        (error: unknown) => show(unsorted(ids), error instanceof Error ? error.message : String(error)),
      );
    }
    return () => {
      current = false;
    };
  }, [ids, order, run, metric, against, better, calls]);
  return found;
}
