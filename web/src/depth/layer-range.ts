/** The range of one layer of a sample: the same for its pixels, its colour bar and its readouts. */

import type { SampleView } from "../state/compare";
import type { DisplayRange, Layer, LoadedMap, Settings } from "../types";
import { depthRange, errorRange, type Pair, uncertaintyRange } from "./ranges";

/** Null for layers without values (the picture, the pixels that count) and for those without a map. */
export function layerRange(sample: SampleView, layer: Layer, settings: Settings): DisplayRange | null {
  const map = layer.field === null ? undefined : sample.maps[layer.field];
  if (map === undefined || layer.kind === "picture" || layer.kind === "valid") return null;
  if (layer.kind === "uncertainty") return uncertaintyRange(map);
  if (layer.kind !== "depth") return errorRange(layer.kind, pairsOf(sample), settings.errorRange, sample.rule);
  const { unit } = map.transform;
  if (!settings.range.shared) return depthRange([map], settings.range, unit);
  return depthRange(depthMaps(sample), settings.range, unit, truthOf(sample));
}

/** All of them, shown or not: what is switched on does not change the colours of the rest. */
function depthMaps(sample: SampleView): LoadedMap[] {
  return Object.values(sample.maps).filter((map) => map.quantity !== null);
}

function truthOf(sample: SampleView): LoadedMap | null {
  return sample.truth === null ? null : (sample.maps[sample.truth] ?? null);
}

function pairsOf(sample: SampleView): Pair[] {
  const truth = truthOf(sample);
  if (truth === null) return [];
  return depthMaps(sample)
    .filter((prediction) => prediction !== truth)
    .map((prediction) => ({ prediction, truth }));
}
