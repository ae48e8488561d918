/** The values that a colour bar names, as they are written below it. */

import { position } from "../colour/colormaps";
import { ticks } from "../colour/ticks";
import type { DisplayRange } from "../types";

/** A value that a bar names. */
export interface Tick {
  readonly value: number;
  /** 0 at the bar's low end, 1 at its high end. */
  readonly at: number;
  readonly text: string;
  /** Where its text would stand out of the bar if it stood in the middle below its place. */
  readonly end: "low" | "high" | undefined;
}

/** How near a tick is to an end, in shares of the bar, where its text begins or ends at it. */
const NEAR_END = 0.05;

/** The values that a bar names, in its own unit. */
export function ticksOf(range: DisplayRange): Tick[] {
  return ticks(range).map((value) => {
    const at = position(range, value);
    const end = at < NEAR_END ? "low" : at > 1 - NEAR_END ? "high" : undefined;
    return { value, at, text: tickText(value), end };
  });
}

/** A tick as it is written: no more digits than the number has. */
export function tickText(value: number): string {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
