/** The geometry of the profile's plot: where values lie, and the lines between them. Lengths are CSS pixels. */

import { position } from "../colour/colormaps";
import { ticks } from "../colour/ticks";
import type { ColourScale, DisplayRange } from "../types";

/** The depth of one layer along the line. */
export interface Curve {
  readonly field: string;
  readonly truth: boolean;
  /** Metres at each place, null where the map has no value there. */
  readonly values: readonly (number | null)[];
}

/** The inner part of the plot, in which the curves are. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Axis {
  readonly range: DisplayRange;
  /** Whether values lie beyond its ends: those of a prediction that runs off to far above all others. */
  readonly cut: boolean;
}

/** Share of the values that must fit; fewer may be cut off, but only where they would squeeze the rest. */
const FITTING = 0.98;
/** How many times the room of the rest the cut values must need. */
const SQUEEZE = 1.5;

/** The axis of depth that holds all curves with a little room, null where there is no value at all. */
export function depthAxis(curves: readonly Curve[], scale: ColourScale): Axis | null {
  const known = curves.flatMap((curve) => curve.values.filter((value): value is number => value !== null));
  if (known.length === 0) return null;
  known.sort((a, b) => a - b);
  const least = known[0] as number;
  const largest = known[known.length - 1] as number;
  const most = known[Math.ceil(FITTING * known.length) - 1] as number;
  const cut = largest - least > SQUEEZE * (most - least) && most > least;
  const high = cut ? most : largest;
  const room = high > least ? 0.06 * (high - least) : Math.max(0.05 * Math.abs(high), 0.01);
  const low = least > 0 ? Math.max(least - room, 0.9 * least) : least - room;
  return { range: { low, high: high + room, scale }, cut };
}

export function xOf(frame: Frame, distance: number, length: number): number {
  return frame.left + (length > 0 ? distance / length : 0) * frame.width;
}

export function yOf(frame: Frame, range: DisplayRange, value: number): number {
  return frame.top + (1 - position(range, value)) * frame.height;
}

/** The curve as an SVG path with gaps where there is no value; a lone value is a dot of the line's width. */
export function pathOf(curve: Curve, distances: readonly number[], length: number, frame: Frame, range: DisplayRange): string {
  const parts: string[] = [];
  curve.values.forEach((value, index) => {
    if (value === null) return;
    const joined = index > 0 && curve.values[index - 1] !== null;
    const x = round(xOf(frame, distances[index] ?? 0, length));
    const y = round(yOf(frame, range, value));
    const lone = !joined && (curve.values[index + 1] ?? null) === null;
    parts.push(`${joined ? "L" : "M"}${x} ${y}${lone ? "h0" : ""}`);
  });
  return parts.join("");
}

/** Round numbers along the line, from 0 to its length. */
export function distanceTicks(length: number): number[] {
  return length > 0 ? ticks({ low: 0, high: length, scale: "linear" }) : [0];
}

/** The place along the line that is nearest to a point of the plot. */
export function nearest(distances: readonly number[], length: number, frame: Frame, x: number): number {
  const wanted = ((x - frame.left) / frame.width) * length;
  let best = 0;
  distances.forEach((distance, index) => {
    if (Math.abs(distance - wanted) < Math.abs((distances[best] ?? 0) - wanted)) best = index;
  });
  return best;
}

/**
 * Okabe's and Ito's colours, which people with any colour vision tell apart, in the order of their contrast. Yellow,
 * orange and sky blue are darkened on light ground, where as they are they would hardly be seen.
 */
const COLOURS = {
  light: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#A66F00", "#3A8FC4"],
  dark: ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00"],
} as const;

const variables = (theme: keyof typeof COLOURS) => COLOURS[theme].map((colour, n) => `--plumb-curve-${n}: ${colour};`).join(" ");

/** The colours of both themes as variables. */
export const CURVE_CSS = `.plumb-profile { ${variables("light")} }
[data-mui-color-scheme="dark"] .plumb-profile { ${variables("dark")} }`;

/** The colour of the n-th prediction; the truth has that of text. */
export function colourOf(prediction: number): string {
  return `var(--plumb-curve-${prediction % COLOURS.light.length})`;
}

/** Dashes tell apart the predictions whose colours repeat. */
export function dashOf(prediction: number): string | undefined {
  return prediction < COLOURS.light.length ? undefined : "5 3";
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
