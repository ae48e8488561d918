/** Which colour bars explain what is shown, on the page and below a picture that is saved. */

import { COLORMAPS, scaleOf } from "../colour/colormaps";
import { VALID_COLOUR } from "../gl/shaders";
import { layerSettings } from "../state/settings";
import type { SampleView } from "../state/compare";
import type { ColormapName, DisplayRange, Layer, LayerKind, Settings } from "../types";
import { css, solid } from "../ui/gradient";
import { rangeOf, unitOf } from "../view/ranges";
import { coloured, problemOf } from "./rows";

export interface Bar {
  /** What it is of, such as "depth" or the name of one map. */
  readonly title: string;
  /** Null for values that are no metres. */
  readonly unit: ReturnType<typeof unitOf>;
  /** In the unit of the bar. */
  readonly range: DisplayRange;
  readonly colormap: ColormapName;
  /** How the ends were found. */
  readonly ends: string;
}

const TITLES: Readonly<Partial<Record<LayerKind, string>>> = {
  absolute: "absolute error",
  relative: "relative error",
  signed: "signed error",
  uncertainty: "uncertainty",
};

/**
 * One bar for all layers of a sort whose colours mean the same; none for a sort without values between its ends.
 *
 * @param displayed the layers that are seen
 */
export function barsOf(sample: SampleView, settings: Settings, displayed: readonly Layer[]): Bar[] {
  const shown = displayed.filter((layer) => coloured(layer) && layer.kind !== "delta1");
  const bars = new Map<string, { layers: Layer[]; bar: Omit<Bar, "title"> }>();
  for (const layer of shown) {
    const range = rangeOf(sample, layer, settings);
    if (!range || problemOf(layer, sample) !== null) continue;
    const unit = unitOf(sample, layer);
    const { colormap } = layerSettings(settings, layer, sample.layers);
    const key = [layer.kind, unit, range.low, range.high, range.scale, colormap].join(" ");
    const found = bars.get(key);
    if (found) found.layers.push(layer);
    else
      bars.set(key, {
        layers: [layer],
        bar: { unit, range: inUnit(range, unit), colormap, ends: endsOf(layer, sample, settings) },
      });
  }
  const sorts = [...bars.values()];
  return sorts.map(({ layers, bar }) => {
    const alone = sorts.filter((other) => other.layers[0]?.kind === layers[0]?.kind).length === 1;
    return { ...bar, title: titleOf(layers, alone) };
  });
}

/** One colour, and what it stands for. */
export interface Legend {
  readonly text: string;
  /** A CSS colour, null for stripes of black and white. */
  readonly colour: string | null;
}

/** What is shown in one colour alone: violations, the pixels that count, and holes. */
export function legendsOf(sample: SampleView, settings: Settings, displayed: readonly Layer[]): Legend[] {
  const shown = displayed.filter((layer) => problemOf(layer, sample) === null);
  const violations = shown
    .filter((layer) => layer.kind === "delta1" && rangeOf(sample, layer, settings) !== null)
    .map((layer) => solid(layerSettings(settings, layer, sample.layers).colormap));
  return [
    ...[...new Set(violations)].map((colour) => ({ text: "max(p / g, g / p) ≥ 1.25", colour })),
    ...(shown.some((layer) => layer.kind === "valid")
      ? [{ text: "pixels that count", colour: css(VALID_COLOUR) }]
      : []),
    ...(settings.mask.hatch
      ? [{ text: settings.mask.pixels === "all" ? "no value" : "no value, or masked", colour: null }]
      : []),
  ];
}

function inUnit(range: DisplayRange, unit: Bar["unit"]): DisplayRange {
  return unit === "%" ? { ...range, low: 100 * range.low, high: 100 * range.high } : range;
}

/** The name of the sort where one bar is enough for it, else the names of the maps. */
function titleOf(layers: readonly Layer[], alone: boolean): string {
  const first = layers[0];
  if (!first) return "";
  const sort = TITLES[first.kind] ?? "depth";
  if (layers.length === 1 && first.kind === "depth") return first.label;
  return alone ? sort : `${sort}: ${layers.map((layer) => layer.field).join(", ")}`;
}

function endsOf(layer: Layer, sample: SampleView, settings: Settings): string {
  const { range, errorRange } = settings;
  if (layer.kind === "uncertainty") return "up to the 98th percentile";
  if (layer.kind !== "depth") return errorRange.mode === "typed" ? "typed" : "robust, 95 %";
  const metric = layer.field !== null && sample.maps[layer.field]?.transform.unit === "m";
  if (range.mode === "typed" && metric) return "typed";
  const shared = range.shared && metric && sample.truth !== null && sample.maps[sample.truth] !== undefined;
  return `robust, 2 to 98 %${shared ? ` of ${sample.truth}` : ""}`;
}

/** What a bar is of, and in which unit. */
export function headOf(bar: Bar): string {
  return `${bar.title} ${unitText(bar)}`;
}

export function unitText({ unit }: Pick<Bar, "unit">): string {
  return unit === null ? "(relative, no unit)" : `[${unit}]`;
}

/** What the low and the high end of a signed error mean. */
export const SIDES = ["too near (−)", "too far (+)"] as const;

/** What a bar's ends mean, null for other bars: diverging colours are for no others. */
export function sidesOf({ colormap }: Pick<Bar, "colormap">): readonly [string, string] | null {
  return COLORMAPS[colormap].diverging ? SIDES : null;
}

const SCALES = { linear: "", inverse: "inverse", log: "logarithmic" } as const;

/** How a bar's ends were found, and how its colours are spread between them. */
export function howOf({ ends, range }: Bar): string {
  return [ends, SCALES[scaleOf(range)]].filter(Boolean).join(", ");
}
