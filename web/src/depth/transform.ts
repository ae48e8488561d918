/** From the codes of a map to the values that are shown, as plumb/alignment.py brings a prediction to metres. */

import type { StoredMap } from "../contract";
import type { CodeMap, Transform } from "../types";
import type { Alignment } from "./alignment";

/** 1/m, the floor of fits in inverse depth: nothing aligned lies beyond a kilometre. */
export const MIN_DISPARITY = 1e-3;

/** The modes of plumb.alignment that fit in depth: metres = scale x prediction + shift. */
const IN_DEPTH: readonly string[] = ["none", "median", "robust_scale", "lsq_depth", "robust_depth"];

/** Those that fit in inverse depth: metres = 1 / max(scale x prediction + shift, floor). */
const IN_DISPARITY: readonly string[] = ["lsq_disparity", "midas_disparity", "robust_disparity"];

/** A map that is ready to be read: codes and what they stand for. */
export interface ReadableMap extends CodeMap {
  readonly transform: Transform;
}

/** A relative map without alignment: 0 at its nearest code, 1 at its farthest, whatever the sign of its scale. */
const ORDER: Transform = {
  slope: 1 / 65534,
  base: -1 / 65534,
  inverse: false,
  floor: MIN_DISPARITY,
  unit: null,
  origin: "relative, from 0 (nearest) to 1 (farthest): nothing brings it to metres",
};

/** Whether a mode is one that this module can apply; a newer Plumb may store others. */
export function isKnownMode(mode: string): boolean {
  return IN_DEPTH.includes(mode) || isInDisparity(mode);
}

/** Whether a mode fits in inverse depth, so that its shift is in 1/m. */
export function isInDisparity(mode: string): boolean {
  return IN_DISPARITY.includes(mode);
}

/**
 * How a stored map's codes become values, with the alignment in it.
 *
 * Depth without alignment is metres as it is stored. A relative map without alignment is its order by distance, from
 * 0 to 1. Uncertainty is a deviation, on which a shift has no bearing: a fit in depth takes it to metres by |scale|; a
 * fit in inverse depth stretches each pixel differently, so there it stays in the model's own unit.
 *
 * @param alignment of this map; for uncertainty that of the depth map that it is about
 */
export function transformOf(stored: StoredMap, alignment: Alignment | null): Transform {
  if (stored.quantity === null) return ofUncertainty(stored, alignment);
  if (alignment === null) {
    return stored.quantity === "depth" ? linear(stored, 1, 0, "m", "metres as stored") : ORDER;
  }
  const { mode, scale, shift, origin } = alignment;
  const inverse = isInDisparity(mode);
  return { ...linear(stored, scale, shift, "m", origin), inverse, floor: floorOf(alignment) };
}

function ofUncertainty(stored: StoredMap, alignment: Alignment | null): Transform {
  if (alignment !== null && IN_DEPTH.includes(alignment.mode)) {
    return linear(stored, Math.abs(alignment.scale), 0, "m", alignment.origin);
  }
  if (stored.unit === "m") return linear(stored, 1, 0, "m", "metres as stored");
  return linear(stored, 1, 0, null, "in the model's own unit: nothing brings it to metres");
}

function linear(stored: StoredMap, scale: number, shift: number, unit: "m" | null, origin: string): Transform {
  const slope = scale * stored.scale;
  const base = scale * stored.offset + shift;
  return { slope, base, inverse: false, floor: MIN_DISPARITY, unit, origin };
}

/** 1/m. MiDaS's own fit ends at the evaluation's cap; the 8-bit space has none, so there it ends as the others do. */
function floorOf({ mode, cap }: Alignment): number {
  return mode === "midas_disparity" && cap !== null ? 1 / cap : MIN_DISPARITY;
}

/** The value of a code above 0. */
export function decode(transform: Transform, code: number): number {
  const u = transform.slope * code + transform.base;
  return transform.inverse ? 1 / (u < transform.floor ? transform.floor : u) : u;
}

/** The value of a code, null for code 0, which says that there is none. */
export function valueOf(transform: Transform, code: number): number | null {
  return code === 0 ? null : decode(transform, code);
}

/** The value at a point in pixels of the map; null outside of it, and where it has no value. */
export function valueAt(map: ReadableMap, x: number, y: number): number | null {
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (!(column >= 0 && column < map.width && row >= 0 && row < map.height)) return null;
  return valueOf(map.transform, map.codes[row * map.width + column] ?? 0);
}
