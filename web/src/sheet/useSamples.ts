/** The samples of the rows in sight and near them. */

import * as React from "react";
import type { CompareCalls, SampleRecord } from "../contract";
import type { SampleView } from "../state/compare";
import { RowLoader } from "./loader";
import type { SheetRow } from "./order";
import { byNeed, widened, type RowWindow } from "./window";

/** Rows that are kept on either side of those in sight. */
const NEAR = 4;

/**
 * The loader, which has what there is of a row.
 *
 * @param alignment what the alignment of maps depends on: another one reads all anew
 * @returns it and a number that grows whenever it has more
 */
export function useSamples(
  calls: CompareCalls,
  open: (record: SampleRecord) => Promise<SampleView>,
  rows: readonly SheetRow[],
  visible: RowWindow,
  alignment: string,
): [RowLoader, number] {
  const [arrived, setArrived] = React.useState(0);
  const frame = React.useRef(0);
  const loader = React.useMemo(() => {
    const changed = () => {
      cancelAnimationFrame(frame.current); // rows that arrive together are drawn together
      frame.current = requestAnimationFrame(() => setArrived((count) => count + 1));
    };
    return new RowLoader((ids) => calls.load({ ids }), open, changed);
  }, [calls, open]);

  const { first, end } = visible;
  React.useEffect(() => {
    const near = widened({ first, end }, NEAR, rows.length);
    loader.want(byNeed({ first, end }, near).flatMap((row) => rows[row]?.id ?? []));
  }, [loader, rows, first, end]);

  const aligned = React.useRef(alignment);
  React.useEffect(() => {
    if (aligned.current === alignment) return;
    aligned.current = alignment;
    loader.renew();
  }, [loader, alignment]);

  React.useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      loader.close();
    },
    [loader],
  );
  return [loader, arrived];
}
