/** The depths along a line. */

import type { Point } from "../types";
import { type ReadableMap, valueAt } from "./transform";

/** The pixels nearest to a line, in steps of one length that is at most a pixel. */
export interface LinePixels {
  /** From the line's beginning, in pixels. */
  readonly distances: readonly number[];
  /** Columns and rows, one at each distance. */
  readonly places: readonly Point[];
}

/** The pixels from the middle of one to the middle of another; `from` and `to` lie anywhere within these two. */
export function pixelsAlong(from: Point, to: Point): LinePixels {
  const x = Math.floor(from.x);
  const y = Math.floor(from.y);
  const dx = Math.floor(to.x) - x;
  const dy = Math.floor(to.y) - y;
  const length = Math.hypot(dx, dy);
  const steps = Math.max(1, Math.ceil(length));
  const shares = Array.from({ length: steps + 1 }, (_, step) => step / steps);
  return {
    distances: shares.map((share) => length * share),
    places: shares.map((share) => ({ x: Math.round(x + dx * share), y: Math.round(y + dy * share) })),
  };
}

/** The values of a map at the pixels of a line, in its unit; null where it has none, and outside of it. */
export function profile(map: ReadableMap, { places }: LinePixels): (number | null)[] {
  return places.map(({ x, y }) => valueAt(map, x, y));
}
