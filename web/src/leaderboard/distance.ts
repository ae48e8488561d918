/** The plot of errors by distance, and which of its points and bars were picked. Pure functions. */

import { axis, columnsAbove, COMMON, endsOf, GREY, type Drawn, type Figure, type Picked } from "./figure-parts";
import type { DistanceBands, DistancePoint } from "./types";

const MARKERS = ["circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star"];

/** The metrics that are drawn, each on an axis of its own, from above. */
const LINES = [{ of: "abs_rel", yaxis: "y" }, { of: "delta1", yaxis: "y2" }] as const;

/** abs_rel and delta1 by distance, and below them the share of pixels in each band: a band of few says little. */
export function distanceFigure(found: readonly DistanceBands[], drawn: readonly Drawn[]): Figure {
  const lines = linesOf(found, drawn).map(({ one: { run, index, colour }, bands, of, yaxis }) => ({
    type: "scatter", mode: "lines+markers", name: run.name, yaxis,
    x: bands.map((band) => (band.low + band.high) / 2), y: bands.map((band) => band[of]),
    customdata: bands.map((band) => `${band.low} to ${band.high} m`),
    line: { color: colour, width: 2 }, marker: { size: 6, symbol: MARKERS[index % MARKERS.length] },
    hovertemplate: `${run.name}<br>${of} %{y:.4g} at %{customdata}<extra></extra>`,
  }));
  const shares = pixelShares(found);
  const bars = {
    type: "bar", x: shares.map((band) => band.low + 0.5), y: shares.map((band) => band.share), yaxis: "y3",
    width: 0.86, marker: { color: GREY },
    customdata: shares.map((band) => `${(100 * band.share).toFixed(1)} % of the pixels at ${band.low} to ${band.low + 1} m`),
    hovertemplate: "%{customdata}<extra></extra>",
  };
  const ends = endsOf(bars.y);
  return {
    data: [...lines, bars, { ...columnsAbove(bars, lines.length, ends[1]), width: 1 }],
    layout: {
      ...COMMON, dragmode: found.some((one) => one.selects) ? "select" : "zoom",
      xaxis: axis("true distance [m]", { anchor: "y3" }),
      yaxis: axis("abs_rel", { domain: [0.63, 1], rangemode: "tozero" }),
      yaxis2: axis("delta1", { domain: [0.22, 0.59] }),
      yaxis3: axis("pixels", { domain: [0, 0.15], range: ends, tickformat: ".0%", nticks: 3 }),
    },
  };
}

/**
 * What the picked points and bars show, of those runs that know their images. All runs of a block have the same pixels but
 * for those without a prediction, so a bar stands for those of the first run that knows them.
 */
export function distancesOf(picked: readonly Picked[], found: readonly DistanceBands[], drawn: readonly Drawn[]): DistancePoint[] {
  const lines = linesOf(found, drawn);
  const knowing = new Set(found.filter((one) => one.selects).map((one) => one.run));
  const first = drawn.find(({ run }) => knowing.has(run.run))?.run.run;
  return picked.flatMap(({ trace, point }): DistancePoint[] => {
    const line = lines[trace];
    const low = line ? line.bands[point]?.low : pixelShares(found)[point]?.low;
    const run = line ? line.one.run.run : first;
    if (trace > lines.length || low === undefined || run === undefined || !knowing.has(run)) return [];
    return [{ run, of: line?.of ?? "pixels", low }];
  });
}

/** Why some runs select nothing, and how that is mended; "" where all do. */
export function unknowing(found: readonly DistanceBands[], drawn: readonly Drawn[]): string {
  const without = new Set(found.filter((one) => one.bands.length && !one.selects).map((one) => one.run));
  const names = drawn.filter(({ run }) => without.has(run.run)).map(({ run }) => run.name);
  if (!names.length) return "";
  return `${names.join(", ")}: evaluated by an earlier version of Plumb; evaluate again, and points and bars select images here too.`;
}

/** The lines in the order in which they are drawn: one for each metric of each run that has bands. */
function linesOf(found: readonly DistanceBands[], drawn: readonly Drawn[]) {
  const ofRun = new Map(found.map((one) => [one.run, one.bands]));
  return drawn.flatMap((one) => {
    const bands = ofRun.get(one.run.run) ?? [];
    return bands.length ? LINES.map((line) => ({ one, bands, ...line })) : [];
  });
}

function pixelShares(found: readonly DistanceBands[]): { low: number; share: number }[] {
  const counts = new Map<number, number>();
  for (const { low, n_pixels } of found.flatMap((one) => one.bands)) counts.set(low, (counts.get(low) ?? 0) + n_pixels);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts].sort(([a], [b]) => a - b).map(([low, count]) => ({ low, share: count / total }));
}
