/** Maps for tests, built from a few codes. */

import type { Quantity, StoredMap } from "../contract";
import type { CodeMap, LoadedMap, Transform } from "../types";
import type { Alignment } from "./alignment";
import { transformOf } from "./transform";

export function codeMap(width: number, codes: readonly number[]): CodeMap {
  const sorted = codes.filter((code) => code > 0).sort((a, b) => a - b);
  const at = (permille: number) => sorted[Math.min(sorted.length - 1, Math.floor((permille / 1000) * sorted.length))];
  const quantiles = sorted.length ? Uint16Array.from({ length: 1001 }, (_, permille) => at(permille) as number) : null;
  return { width, height: codes.length / width, codes: Uint16Array.from(codes), quantiles };
}

export function storedMap(quantity: Quantity | null, scale: number, offset: number, unit: string | null): StoredMap {
  return { path: "/map.png", problem: null, quantity, scale, offset, unit, source: null, run: null };
}

/** Metric depth, a code a millimetre. */
export const MILLIMETRES: StoredMap = storedMap("depth", 0.001, 0, "m");

export function alignment(mode: string, scale: number, shift: number, cap: number | null = null): Alignment {
  return { mode, scale, shift, cap, origin: "of the test" };
}

export function loaded(
  map: CodeMap,
  stored: StoredMap = MILLIMETRES,
  found: Alignment | null = null,
  field = "field",
): LoadedMap {
  const transform: Transform = transformOf(stored, found);
  return { ...map, field, url: `/${field}`, quantity: stored.quantity, transform };
}
