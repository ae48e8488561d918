/** The range of one layer of a sample: the same for its pixels, its colour bar and its readouts. */

import { depthRange, errorRange } from "../depth/ranges";
import type { SampleView } from "../state/compare";
import type { DisplayRange, Layer, LoadedMap, Settings } from "../types";

/** Null for layers without values (the picture, the pixels that count) and for those that the sample cannot show. */
export function rangeOf(sample: SampleView, layer: Layer, settings: Settings): DisplayRange | null {
  const map = layer.field === null ? undefined : sample.maps[layer.field];
  const truth = sample.truth === null ? null : (sample.maps[sample.truth] ?? null);
  if (!map || layer.kind === "picture" || layer.kind === "valid") return null;
  const depths = Object.values(sample.maps).filter(({ quantity }) => quantity !== null);
  if (layer.kind === "depth" || layer.kind === "uncertainty") return depthRange(map, depths, truth, settings.range);
  const predictions = depths.filter((other) => other !== truth);
  return truth && errorRange(layer.kind, predictions, truth, sample.rule, settings.errorRange);
}

/** "m", "" for a share of the distance, "relative" for maps that are not in metres. */
export function unitOf(sample: SampleView, layer: Layer): string {
  if (layer.kind === "absolute" || layer.kind === "signed") return "m";
  if (layer.kind === "relative") return "";
  const map: LoadedMap | undefined = layer.field === null ? undefined : sample.maps[layer.field];
  return map?.transform.unit ?? "relative";
}
