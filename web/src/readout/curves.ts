/** The depths of all layers along the line, and the same as a table for other programs. */

import { type LinePixels, pixelsAlong, profile } from "../depth/profile";
import type { SampleView } from "../state/compare";
import type { Point } from "../types";
import type { Curve } from "./plot";

/** All layers along one line; every curve has a value or null at each place. */
export interface Curves extends LinePixels {
  readonly curves: readonly Curve[];
  /** Fields that have no curve, with the sentence why. */
  readonly left: readonly { readonly field: string; readonly why: string }[];
}

/** The depth layers of a sample along a line between the middles of two pixels. */
export function curvesOf(sample: SampleView, [from, to]: readonly [Point, Point]): Curves {
  const curves: Curve[] = [];
  const left: { field: string; why: string }[] = [];
  const line = pixelsAlong(from, to);
  for (const { kind, field } of sample.layers) {
    if (kind !== "depth" || field === null) continue;
    const map = sample.maps[field];
    if (!map) left.push({ field, why: sample.problems[field] ?? "its map is not there" });
    else if (map.transform.unit !== "m") left.push({ field, why: map.transform.origin });
    else curves.push({ field, truth: field === sample.truth, values: profile(map, line) });
  }
  return { ...line, curves, left };
}

/** Comma-separated, one row a place, metres with a column a layer; empty where there is no value. */
export function csvOf({ distances, places, curves }: Curves): string {
  const head = ["distance_px", "x", "y", ...curves.map(({ field }) => quoted(`${field}_m`))];
  const rows = distances.map((distance, index) => [
    plain(distance, 3),
    String(places[index]?.x),
    String(places[index]?.y),
    ...curves.map(({ values }) => plain(values[index] ?? null, 6)),
  ]);
  return [head, ...rows].map((row) => `${row.join(",")}\n`).join("");
}

/** What a curve spans, null where it has no value. */
export function spanOf({ values }: Curve): readonly [number, number] | null {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least <= most ? [least, most] : null;
}

function plain(value: number | null, decimals: number): string {
  return value === null ? "" : String(Number(value.toFixed(decimals)));
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
