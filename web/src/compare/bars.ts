/** Which colour bars explain what is shown. */

import { VALID_COLOUR } from "../gl/shaders";
import { layerSettings, shownLayers } from "../state/settings";
import type { SampleView } from "../state/compare";
import type { ColormapName, DisplayRange, Layer, LayerKind, Settings } from "../types";
import { css, solid } from "./gradient";
import { coloured } from "./rows";

export interface Bar {
  /** What it is of, such as "depth" or the name of one map. */
  readonly title: string;
  /** "m", "%" or null for values that are no metres. */
  readonly unit: "m" | "%" | null;
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

/** One bar for all layers of a sort whose colours mean the same; none for a sort without values between its ends. */
export function barsOf(sample: SampleView, settings: Settings, rangeOf: (layer: Layer) => DisplayRange | null): Bar[] {
  const shown = shownLayers(settings, sample.layers).filter((layer) => coloured(layer) && layer.kind !== "delta1");
  const bars = new Map<string, { layers: Layer[]; bar: Omit<Bar, "title"> }>();
  for (const layer of shown) {
    const range = rangeOf(layer);
    if (!range || (layer.field !== null && sample.problems[layer.field] !== undefined)) continue;
    const unit = unitOf(layer, sample);
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
  /** A CSS background. */
  readonly colour: string;
}

const STRIPES = "repeating-linear-gradient(45deg, black 0 3px, white 3px 5px)";

/** What is shown in one colour alone: violations, the pixels that count, and holes. */
export function legendsOf(sample: SampleView, settings: Settings): Legend[] {
  const shown = shownLayers(settings, sample.layers);
  const violations = shown
    .filter((layer) => layer.kind === "delta1")
    .map((layer) => solid(layerSettings(settings, layer, sample.layers).colormap));
  return [
    ...[...new Set(violations)].map((colour) => ({ text: "max(p / g, g / p) ≥ 1.25", colour })),
    ...(shown.some((layer) => layer.kind === "valid")
      ? [{ text: "pixels that count", colour: css(VALID_COLOUR) }]
      : []),
    ...(settings.mask.hatch
      ? [{ text: settings.mask.pixels === "all" ? "no value" : "no value, or masked", colour: STRIPES }]
      : []),
  ];
}

function unitOf(layer: Layer, sample: SampleView): Bar["unit"] {
  if (layer.kind === "relative") return "%";
  if (layer.kind === "absolute" || layer.kind === "signed") return "m";
  return layer.field === null ? null : (sample.maps[layer.field]?.transform.unit ?? null);
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

/** A tick as it is written: no more digits than the number has. */
export function tickText(value: number): string {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
