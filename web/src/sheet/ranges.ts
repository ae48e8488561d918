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

/**
 * The ranges of these samples together: every truth fits into that of depth, while those of errors are the median of the
 * samples', which one failure does not stretch.
 */
export function rangesOf(samples: readonly SampleView[], settings: Settings): SheetRanges {
  const found = (kind: "depth" | "absolute" | "relative"): DisplayRange[] =>
    samples.flatMap((sample) => {
      const layer = sample.layers.find((one) => one.kind === kind && inMetres(sample, one.field));
      return (layer && rangeOf(sample, layer, settings)) ?? [];
    });
  const depths = found("depth");
  return {
    depth: depths.length ? { low: Math.min(...depths.map(({ low }) => low)), high: Math.max(...depths.map(({ high }) => high)) } : null,
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

function middle(values: number[]): number | null {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  return niceAbove(values[Math.floor((values.length - 1) / 2)] as number);
}
