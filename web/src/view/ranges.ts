/** The range of one layer of a sample: the same for its pixels, its colour bar and its readouts. */

import { depthRange, errorRange } from "../depth/ranges";
import type { SampleView } from "../state/compare";
import type { DisplayRange, Layer, Settings } from "../types";

/**
 * Low and high are metres, shares of the distance for relative errors, or a map's own numbers: see `unitOf`.
 *
 * Null for layers without values (the picture, the pixels that count) and for those that the sample cannot show: an error
 * in metres needs metres on both sides.
 */
export function rangeOf(sample: SampleView, layer: Layer, settings: Settings): DisplayRange | null {
  const map = layer.field === null ? undefined : sample.maps[layer.field];
  const truth = sample.truth === null ? null : (sample.maps[sample.truth] ?? null);
  if (!map || layer.kind === "picture" || layer.kind === "valid") return null;
  const depths = Object.values(sample.maps).filter(({ quantity }) => quantity !== null);
  if (layer.kind === "depth" || layer.kind === "uncertainty") return depthRange(map, depths, truth, settings.range);
  if (truth?.transform.unit !== "m" || map.transform.unit !== "m") return null;
  const predictions = depths.filter((other) => other !== truth);
  return errorRange(layer.kind, predictions, truth, sample.rules, settings.errorRange);
}

/** What a layer's values are written in: relative errors in percent; null for maps that are not in metres. */
export function unitOf(sample: SampleView, layer: Layer): "m" | "%" | null {
  if (layer.kind === "relative") return "%";
  if (layer.kind === "absolute" || layer.kind === "signed") return "m";
  return layer.field === null ? null : (sample.maps[layer.field]?.transform.unit ?? null);
}
