/** One range for all tiles of the sheet: colours that differ from row to row could not be compared. */

import { niceAbove } from "../depth/ranges";
import type { SampleView } from "../state/compare";
import type { DisplayRange, Settings } from "../types";
import { rangeOf } from "../view/ranges";

/** What the tiles' colours span; null where no sample says. */
export interface SheetRanges {
  readonly depth: { readonly low: number; readonly high: number } | null;
  /** Upper ends: metres, and a share of the distance. */
  readonly absolute: number | null;
  readonly relative: number | null;
}

/** Share of the samples that fit wholly into the range of depth: one large hall would leave all rooms dark. */
const FITTING = 0.75;

/** The ranges of these samples together. Those of errors are the median of the samples', which one failure does not stretch. */
export function rangesOf(samples: readonly SampleView[], settings: Settings): SheetRanges {
  const found = (kind: "depth" | "absolute" | "relative"): DisplayRange[] =>
    samples.flatMap((sample) => {
      const layer = sample.layers.find((one) => one.kind === kind && inMetres(sample, one.field));
      return (layer && rangeOf(sample, layer, settings)) ?? [];
    });
  const depths = found("depth");
  return {
    depth: depthOf(depths),
    absolute: middle(found("absolute").map(({ high }) => high)),
    relative: middle(found("relative").map(({ high }) => high)),
  };
}

/** The settings with these ranges in place of each sample's own; ranges that were typed stay as they are. */
export function withRanges(settings: Settings, ranges: SheetRanges): Settings {
  const { range, errorRange } = settings;
  return {
    ...settings,
    range: { ...range, shared: true, ...(range.mode === "robust" && ranges.depth ? { mode: "typed" as const, ...ranges.depth } : {}) },
    errorRange:
      errorRange.mode === "typed"
        ? errorRange
        : {
            mode: "typed",
            absolute: ranges.absolute ?? errorRange.absolute,
            relative: ranges.relative ?? errorRange.relative,
          },
  };
}

function inMetres(sample: SampleView, field: string | null): boolean {
  return field !== null && sample.maps[field]?.transform.unit === "m";
}

function depthOf(ranges: readonly DisplayRange[]): SheetRanges["depth"] {
  const lows = ranges.map(({ low }) => low).sort((a, b) => b - a);
  const highs = ranges.map(({ high }) => high).sort((a, b) => a - b);
  const place = Math.ceil(FITTING * ranges.length) - 1;
  const [low, high] = [lows[place], highs[place]];
  return low === undefined || high === undefined ? null : { low, high };
}

function middle(values: number[]): number | null {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  return niceAbove(values[Math.floor((values.length - 1) / 2)] as number);
}
