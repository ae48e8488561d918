/** The colour bars of the sheet: one for depth, and one for the errors where tiles show them. */

import { layerSettings } from "../state/settings";
import type { SampleView } from "../state/compare";
import type { ColormapName, DisplayRange, Settings } from "../types";
import { rangeOf } from "../view/ranges";
import { layerOf, tileSettings, type SheetColumn, type Show } from "./columns";

export interface SheetBar {
  readonly title: string;
  /** In the unit that the title has. */
  readonly range: DisplayRange;
  readonly colormap: ColormapName;
}

const TITLES = { depth: "depth [m]", absolute: "|error| [m]", relative: "relative error [%]" } as const;

/** What the tiles in sight are coloured by; `settings` are those that they are drawn with. */
export function barsOf(samples: readonly SampleView[], columns: readonly SheetColumn[], show: Show, settings: Settings): SheetBar[] {
  const bars = new Map<Show, SheetBar>();
  for (const sample of samples) {
    for (const column of columns) {
      const layer = layerOf(sample, column, show);
      if (typeof layer === "string" || layer.kind === "picture" || layer.field === null) continue;
      const kind = layer.kind as Show;
      const range = rangeOf(sample, layer, settings);
      if (bars.has(kind) || range === null || sample.maps[layer.field]?.transform.unit !== "m") continue;
      const { colormap } = layerSettings(tileSettings(sample, [layer], settings), layer, sample.layers);
      bars.set(kind, { title: TITLES[kind], range: kind === "relative" ? inPercent(range) : range, colormap });
    }
  }
  return [...bars.values()];
}

function inPercent(range: DisplayRange): DisplayRange {
  return { ...range, low: 100 * range.low, high: 100 * range.high };
}
