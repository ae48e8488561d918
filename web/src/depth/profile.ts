/** The depths along a line. */

import type { Point } from "../types";
import { type ReadableMap, valueAt } from "./transform";

export interface Profile {
  /** From the line's beginning, in pixels. */
  readonly distance: number[];
  /** In the map's unit; null where it has no value, and outside of it. */
  readonly values: (number | null)[];
}

/**
 * The values of the pixels nearest to a line, from the middle of one pixel to the middle of another.
 *
 * @param from, to points within these pixels
 * @param samples how many, both ends among them; so many that no step is longer than a pixel unless it is given
 */
export function profile(map: ReadableMap, from: Point, to: Point, samples?: number): Profile {
  const x = Math.floor(from.x);
  const y = Math.floor(from.y);
  const dx = Math.floor(to.x) - x;
  const dy = Math.floor(to.y) - y;
  const length = Math.hypot(dx, dy);
  const steps = Math.max(1, samples === undefined ? Math.ceil(length) : Math.floor(samples) - 1);
  const distance: number[] = [];
  const values: (number | null)[] = [];
  for (let step = 0; step <= steps; step++) {
    const share = step / steps;
    distance.push(length * share);
    values.push(valueAt(map, Math.round(x + dx * share), Math.round(y + dy * share)));
  }
  return { distance, values };
}
