/** Which layers are not seen because an opaque one lies over them. */

import { countedBy } from "../gl/values";
import type { LayerDraw, Mask } from "../gl/draw";

type Coloured = Exclude<LayerDraw, { kind: "picture" | "valid" }>;

/** For each of these, from the bottom to the top, the place of the topmost one that hides it wholly; null where it is seen. */
export function coversOf(draws: readonly LayerDraw[]): (number | null)[] {
  return draws.map((lower, place) => {
    const top = draws.findLastIndex((upper, above) => above > place && hides(upper, lower));
    return top < 0 ? null : top;
  });
}

function hides(upper: LayerDraw, lower: LayerDraw): boolean {
  if (upper.opacity < 1 || upper.kind === "valid" || upper.kind === "delta1") return false; // they paint some pixels only
  if (upper.kind === "picture") return true;
  const map = upper.kind === "value" ? upper.source.map : upper.prediction.map;
  if (map.whole !== true) return false;
  const everywhere = upper.kind === "value" && countedBy(upper.mask) === null;
  if (lower.kind === "picture" || lower.kind === "valid") return everywhere;
  if (lower.mask.hatch && !upper.mask.hatch) return false;
  return within(lower.mask, upper.mask) && (upper.kind === "value" || onlyMeasured(lower, upper.truth.map.codes));
}

/** Whether a mask leaves no more than another one does. */
function within(mask: Mask, other: Mask): boolean {
  const [counted, wide] = [countedBy(mask), countedBy(other)];
  if (!wide) return true;
  if (!counted || mask.truth?.map.codes !== other.truth?.map.codes) return false;
  return !other.rule || JSON.stringify(counted) === JSON.stringify(wide);
}

/** Whether a layer paints only where this truth has a value, as errors do. */
function onlyMeasured(layer: Coloured, truth: Uint16Array): boolean {
  const own = layer.kind === "value" ? layer.source.map : layer.truth.map;
  return own.codes === truth || (countedBy(layer.mask) !== null && layer.mask.truth?.map.codes === truth);
}
