/** The values that a colour bar names. */

import type { DisplayRange } from "../types";
import { scaleOf, valueAtPosition } from "./colormaps";

/** About how many values are named. */
const COUNT = 5;

/** Half the window around an even share of the bar in which the roundest number is looked for, in shares. */
const REACH = 0.3;

/** Numbers that are closer together than these tell apart are not rounded. */
const MOST_DIGITS = 9;

/**
 * Round numbers in a range, growing, 2 to 8 of them: at even steps on a linear scale, else the roundest ones
 * near even places of the bar.
 */
export function ticks(range: DisplayRange): number[] {
  return scaleOf(range) === "linear" ? evenSteps(range.low, range.high) : roundNear(range);
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function evenSteps(low: number, high: number): number[] {
  const rough = (high - low) / COUNT;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough < 1.4 * power ? 1 : rough < 2.8 * power ? 2 : rough < 7 * power ? 5 : 10);
  // The ends belong to the range, however they are rounded.
  const slack = 1e-9 * (high - low);
  const found = [];
  for (let n = Math.ceil((low - slack) / step); n * step <= high + slack; n++) found.push(plain(n * step));
  return found;
}

function roundNear(range: DisplayRange): number[] {
  const found: number[] = [];
  for (let n = 0; n < COUNT; n++) {
    const share = (offset: number) => valueAtPosition(range, (n + offset) / (COUNT - 1));
    const value = roundest(share(-REACH), share(REACH), share(0));
    if (value !== found.at(-1)) found.push(value);
  }
  return found;
}

/** The number between two, above 0, that has the fewest digits; of several the one nearest to `wanted`. */
function roundest(low: number, high: number, wanted: number): number {
  let power = 10 ** Math.ceil(Math.log10(high));
  for (let digits = 1; digits <= MOST_DIGITS; digits++, power /= 10) {
    for (const factor of [1, 0.5, 0.2]) {
      const step = power * factor;
      const nearest = Math.min(Math.floor(high / step), Math.max(Math.ceil(low / step), Math.round(wanted / step)));
      const value = plain(nearest * step);
      if (value >= low && value <= high && value > 0) return value;
    }
  }
  return wanted;
}

/** Without the dust of binary fractions: 0.3, not 0.30000000000000004. */
function plain(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}
