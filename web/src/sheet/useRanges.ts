/** The one range of all tiles: found on the first rows that were in sight, so that colours stay while rows pass. */

import * as React from "react";
import type { SampleView } from "../state/compare";
import type { Settings } from "../types";
import { rangesOf, withRanges, type SheetRanges } from "./ranges";

/**
 * @param samples those in sight that were read
 * @param complete whether these are all that are in sight
 * @param order another one brings other rows to the beginning, and with them another range
 * @returns the settings with the range in them, and what finds it again on the rows in sight
 */
export function useRanges(samples: readonly SampleView[], complete: boolean, settings: Settings, order: string): [Settings, () => void] {
  const key = JSON.stringify([settings.evalKey, settings.truth, order]);
  const [kept, setKept] = React.useState<{ key: string; ranges: SheetRanges } | null>(null);
  const known = kept?.key === key ? kept.ranges : null;
  const text = JSON.stringify(known ?? rangesOf(samples, settings));
  const settled = known === null && complete && samples.length > 0;
  React.useEffect(() => {
    if (settled) setKept({ key, ranges: JSON.parse(text) as SheetRanges });
  }, [settled, key, text]);
  const shared = React.useMemo(() => withRanges(settings, JSON.parse(text) as SheetRanges), [settings, text]);
  return [shared, React.useCallback(() => setKept(null), [])];
}
