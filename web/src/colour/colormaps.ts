/** From a value to its place in a range, and from there to a colour: the rule that the shaders follow too. */

import type { ColormapName, ColourScale, DisplayRange } from "../types";
import { TABLES } from "./tables";

export interface Colormap {
  readonly label: string;
  /** Light in the middle, for values on both sides of 0. */
  readonly diverging: boolean;
  /** Equal steps of the value look equally large. */
  readonly perceptuallyUniform: boolean;
  /** Readable with the common colour vision deficiencies. */
  readonly colourBlindSafe: boolean;
}

const sequential = { diverging: false, perceptuallyUniform: true, colourBlindSafe: true };
const diverging = { diverging: true, perceptuallyUniform: false, colourBlindSafe: true };

/** In the order of a menu: first what misleads nobody, the diverging ones last. */
export const COLORMAPS: Readonly<Record<ColormapName, Colormap>> = {
  viridis: { label: "viridis", ...sequential },
  cividis: { label: "cividis", ...sequential },
  magma: { label: "magma", ...sequential },
  inferno: { label: "inferno", ...sequential },
  grey: { label: "grey", ...sequential },
  turbo: { label: "turbo", ...sequential, perceptuallyUniform: false, colourBlindSafe: false },
  Spectral: { label: "Spectral", ...sequential, perceptuallyUniform: false, colourBlindSafe: false },
  RdBu: { label: "blue to red", ...diverging },
  PuOr: { label: "purple to orange", ...diverging },
};

/** How many colours a colormap has. */
export const COLOURS = 256;

/**
 * How far below the edge between two colours, in colours, a value counts as on it, and has the upper one's: wider than
 * the rounding of the shaders' 32-bit numbers, so that a value on an edge has one colour everywhere.
 */
export const EDGE = 1 / 2048;

const luts = new Map<ColormapName, Uint8Array>();

/** The colours of a colormap from the lowest value to the highest: 256 x 4 bytes, red, green, blue, 255. */
export function lut(name: ColormapName): Uint8Array {
  let table = luts.get(name);
  if (!table) {
    const bytes = atob(TABLES[name]);
    table = new Uint8Array(4 * COLOURS).fill(255);
    for (let i = 0; i < bytes.length; i++) table[4 * Math.floor(i / 3) + (i % 3)] = bytes.charCodeAt(i);
    luts.set(name, table);
  }
  return table;
}

/** Which colour is at `t`, 0 to 1 from the lowest value to the highest; as in matplotlib, each has an equal share. */
const indexAt = (t: number) => Math.min(COLOURS - 1, Math.max(0, Math.floor(t * COLOURS + EDGE)));

/** The colour at `t`, 0 to 1 from the lowest value to the highest. */
export function colourOf(name: ColormapName, t: number): [number, number, number] {
  const [red, green, blue] = lut(name).subarray(4 * indexAt(t));
  return [red ?? 0, green ?? 0, blue ?? 0];
}

/** The scale that a range can have: inverse and log ones need it to lie above 0, else linear stands in. */
export function scaleOf(range: DisplayRange): ColourScale {
  return range.low > 0 ? range.scale : "linear";
}

/** What is spread evenly over a scale's colours; values at or below 0 lie below every range of the latter two. */
const FORWARD: Readonly<Record<ColourScale, (value: number) => number>> = {
  linear: (value) => value,
  inverse: (value) => -1 / Math.max(value, Number.MIN_VALUE),
  log: (value) => Math.log2(Math.max(value, Number.MIN_VALUE)),
};

const BACKWARD: Readonly<Record<ColourScale, (even: number) => number>> = {
  linear: (even) => even,
  inverse: (even) => -1 / even,
  log: (even) => 2 ** even,
};

/** The two numbers that `forward(value)` is spread between: a range's ends on its scale. */
export function ends(range: DisplayRange): { scale: ColourScale; first: number; last: number } {
  const scale = scaleOf(range);
  return { scale, first: FORWARD[scale](range.low), last: FORWARD[scale](range.high) };
}

/** Where a value lies in a range, from 0 at its low end to 1 at its high end; what is outside has the end's. */
export function position(range: DisplayRange, value: number): number {
  const { scale, first, last } = ends(range);
  return Math.min(1, Math.max(0, (FORWARD[scale](value) - first) / (last - first)));
}

/** Which of a colormap's colours each value has by a range; NaN for NaN. */
export function indexBy(range: DisplayRange): (value: number) => number {
  const { scale, first, last } = ends(range);
  const forward = FORWARD[scale];
  return (value) => indexAt((forward(value) - first) / (last - first));
}

/** The value that lies at `t`, 0 to 1, of a range. */
export function valueAtPosition(range: DisplayRange, t: number): number {
  if (t <= 0) return range.low;
  if (t >= 1) return range.high;
  const { scale, first, last } = ends(range);
  return Math.min(range.high, Math.max(range.low, BACKWARD[scale](first + t * (last - first))));
}
