/** What the shaders are told about values: how codes become them, which count, and how they become colours. */

import { COLOURS, EDGE, ends } from "../colour/colormaps";
import type { Crop } from "../contract";
import { decode } from "../depth/transform";
import type { ColourScale, DisplayRange, Transform } from "../types";
import type { Mask } from "./draw";

/** How many codes 16 bits have. */
export const CODES = 65536;

/** The least value that an inverse or a log scale is asked about; far below any range, and finite when inverted. */
const TINY = 1e-30;
const HUGE = 3e38;

/** What a shader does to a number before it is spread over the colours. */
export type Form = "same" | "reciprocal" | "logarithm";

/** Which of the 256 colours a value has: `form`(value) x `spread[0]` + `spread[1]`, rounded down and kept in 0 to 255. */
export interface Spread {
  readonly form: Form;
  readonly spread: readonly [number, number];
}

const FORMS: Readonly<Record<ColourScale, Form>> = { linear: "same", inverse: "reciprocal", log: "logarithm" };

/** How a range's colours are told to a shader that computes values. */
export function spreadOf(range: DisplayRange): Spread {
  const { scale, first, last } = ends(range);
  const factor = COLOURS / (last - first);
  return { form: FORMS[scale], spread: [scale === "inverse" ? -factor : factor, EDGE - first * factor] };
}

/** How codes become values: `line[0]` x code + `line[1]`, or its reciprocal once it is at least `line[2]`. */
export function lineOf({ slope, base, inverse, floor }: Transform): number[] {
  return [slope, base, inverse ? Math.max(floor, TINY) : -HUGE];
}

/** Of the truth's map, which pixels are painted: codes from `first` to `last`, within rows and columns. */
export interface Counted {
  readonly first: number;
  readonly last: number;
  /** Null for all. */
  readonly crop: Crop | null;
}

/** Null where a mask hides nothing. */
export function countedBy({ truth, measured, rule }: Mask): Counted | null {
  if (!truth || (!measured && !rule)) return null;
  if (!rule) return { first: 1, last: CODES - 1, crop: null };
  const [first, last] = codesBetween(truth.transform, rule.minDepth, rule.maxDepth);
  return { first, last, crop: rule.crop };
}

/**
 * The first and the last code above 0 whose value lies between two, strictly; first > last where there is none. Found in
 * 64-bit numbers, so that the shaders count exactly those pixels that an evaluation counts.
 */
export function codesBetween(transform: Transform, low: number, high: number): [number, number] {
  const value = (code: number) => decode(transform, code);
  const grows = value(CODES - 1) >= value(1);
  const entered = (code: number) => (grows ? value(code) > low : value(code) < high);
  const left = (code: number) => (grows ? !(value(code) < high) : !(value(code) > low));
  return [firstCode(1, entered), firstCode(1, left) - 1];
}

/** The first code from `low` on for which something holds that holds for all later ones too; `CODES` where it never does. */
export function firstCode(low: number, holds: (code: number) => boolean): number {
  let high = CODES;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
