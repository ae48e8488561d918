/** What the plots draw: traces and layouts for Plotly, and what a click on them means. Pure functions. */

import { count, decimalsOf, metricHeader, shown } from "../readout/format";
import { axis, brief, columnsAbove, COMMON, GREY, endsOf, paint, type Bars, type Drawn, type Figure, type Picked } from "./figure-parts";
import type { Against, Bin, Distribution, GroupBar, Groups, RankedMetric, Run } from "./types";
import { counted } from "./table";

/** More points than these are drawn by WebGL. */
const MANY = 1500;

/** Bars for each run; a dashed line marks each mean. */
export function distributionFigure(found: Distribution, drawn: readonly Drawn[], metric: RankedMetric): Figure {
  const { edges } = found;
  const digits = stepDecimals(edges);
  const every = Math.max(1, Math.ceil(edges.length / 8));
  const ticks = edges.filter((_, place) => place % every === 0);
  const middles = edges.slice(1).map((edge, bin) => (edge + (edges[bin] ?? edge)) / 2);
  const spans = edges.slice(1).map((edge, bin) => `${shown(edges[bin] ?? edge, digits)} to ${shown(edge, digits)}`);
  const ofRun = new Map(found.runs.map((one) => [one.run, one]));
  const bars = drawn.map((one) => {
    const counts = ofRun.get(one.run.run)?.counts ?? [];
    return {
      type: "bar", name: one.run.name, x: middles, y: counts, marker: paint(one), offsetgroup: one.run.run,
      customdata: spans.map((span, bin) => [counted(counts[bin] ?? 0, "image"), span]),
      hovertemplate: `${one.run.name}<br>%{customdata[0]} with ${metricHeader(metric)} %{customdata[1]}<extra></extra>`,
    };
  });
  const ends = endsOf(found.runs.flatMap((one) => one.counts));
  const shapes = drawn.flatMap(({ run, colour }) => {
    const mean = ofRun.get(run.run)?.mean ?? null;
    return mean === null ? [] : [{
      type: "line", x0: mean, x1: mean, y0: 0, y1: 1, yref: "paper", line: { color: colour, width: 1.5, dash: "dash" },
    }];
  });
  return {
    data: withColumns(bars, ends),
    layout: {
      ...COMMON, barmode: "group", shapes,
      yaxis: axis("images", { range: ends, ...(ends[1] < 6 ? { dtick: 1 } : {}) }),
      xaxis: axis(`${metricHeader(metric)} of an image; dashed: mean`, {
        tickmode: "array", tickvals: ticks, ticktext: ticks.map((tick) => shown(tick, digits)),
      }),
    },
  };
}

function withColumns(bars: readonly Bars[], [, top]: [low: number, top: number]): object[] {
  return [...bars, ...bars.map((one, trace) => columnsAbove(one, trace, top))];
}

/** Decimals that tell the ends of bins apart. */
function stepDecimals(edges: readonly number[]): number {
  const step = (edges[1] ?? 1) - (edges[0] ?? 0);
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
}

/** What the outer bars hold beside their own, in words; "" where nothing. */
export function beyond(found: Distribution): string {
  const parts = [
    found.below ? `The first bar holds ${counted(found.below, "image")} from below its end.` : "",
    found.above ? `The last bar holds ${counted(found.above, "image")} from above its end.` : "",
  ].filter(Boolean);
  return parts.join(" ");
}

/** The values behind the bars that were picked; the outer bars reach to infinity. */
export function binsOf(picked: readonly Picked[], found: Distribution, drawn: readonly Drawn[]): Bin[] {
  const last = found.edges.length - 2;
  return picked.flatMap(({ trace, point }) => {
    const run = drawn[trace]?.run.run;
    if (run === undefined || point < 0 || point > last) return [];
    const low = found.edges[point] ?? null;
    const high = found.edges[point + 1] ?? null;
    return [{ run, low: point === 0 ? null : low, high: point === last ? null : high }];
  });
}

/** Means with their intervals, a bar for each run in each group; the groups with the worst values of the first run first. */
export function groupFigure(found: Groups, drawn: readonly Drawn[], metric: RankedMetric, path: string): Figure {
  const ofRun = new Map(found.runs.map((one) => [one.run, one.statistics]));
  const order = groupOrder(found, drawn[0]?.run.run, metric);
  const ends = endsOf(found.runs.flatMap((one) => one.statistics.flatMap((value) => [value?.low ?? value?.mean ?? 0, value?.high ?? value?.mean ?? 0])));
  const bars = drawn.map((one) => {
    const { run } = one;
    const values = order.map((place) => ofRun.get(run.run)?.[place] ?? null);
    const digits = decimalsOf(values.map((value) => value?.mean ?? null));
    return {
      type: "bar", name: run.name, x: order.map((place) => found.groups[place]), y: values.map((value) => value?.mean ?? null),
      customdata: values.map((value) => [shown(value?.mean ?? 0, digits), count(value?.n ?? 0)]),
      marker: paint(one), offsetgroup: run.run,
      error_y: {
        type: "data", symmetric: false, thickness: 1.2, width: 3, color: GREY,
        array: values.map((value) => Math.max(0, (value?.high ?? value?.mean ?? 0) - (value?.mean ?? 0))),
        arrayminus: values.map((value) => Math.max(0, (value?.mean ?? 0) - (value?.low ?? value?.mean ?? 0))),
      },
      hovertemplate: `${run.name}<br>%{x}: ${metricHeader(metric)} %{customdata[0]}, n = %{customdata[1]}<extra></extra>`,
    };
  });
  return {
    data: withColumns(bars, ends),
    layout: {
      ...COMMON, barmode: "group", xaxis: axis(path, { type: "category", tickangle: "auto" }),
      yaxis: axis(`${metricHeader(metric)}, mean and 95 % interval`, { range: ends }),
    },
  };
}

/** The places of the groups in the order in which they are drawn. */
export function groupOrder(found: Groups, run: string | undefined, metric: RankedMetric): number[] {
  const statistics = found.runs.find((one) => one.run === run)?.statistics ?? [];
  const sign = metric.better === "lower" ? 1 : -1;
  const badness = (place: number) => sign * (statistics[place]?.mean ?? -sign * Infinity);
  return found.groups.map((_, place) => place).sort((a, b) => badness(b) - badness(a) || a - b);
}

/** The bars that were picked, by run and group. */
export function groupBarsOf(picked: readonly Picked[], found: Groups, drawn: readonly Drawn[], metric: RankedMetric): GroupBar[] {
  const order = groupOrder(found, drawn[0]?.run.run, metric);
  return picked.flatMap(({ trace, point }) => {
    const run = drawn[trace]?.run.run;
    const group = found.groups[order[point] ?? -1];
    return run === undefined || group === undefined ? [] : [{ run, group }];
  });
}

/** Each image by its value from two runs; the colour tells which of the two is better there. */
export function againstFigure(found: Against, a: Drawn, b: Drawn, metric: RankedMetric): Figure {
  const { x, y } = found;
  const [low, high, log] = limits([...x, ...y]);
  const sign = metric.better === "lower" ? 1 : -1;
  const colours = x.map((value, row) => {
    const difference = sign * ((y[row] ?? value) - value);
    return difference === 0 ? GREY : (difference < 0 ? a : b).colour;
  });
  const many = x.length > MANY;
  const scale = { type: log ? "log" : "linear", range: log ? [Math.log10(low), Math.log10(high)] : [low, high] };
  const corner = (drawn: Drawn, below: boolean) => ({
    xref: "paper", yref: "paper", x: below ? 0.99 : 0.01, y: below ? 0.01 : 0.99, showarrow: false,
    xanchor: below ? "right" : "left", yanchor: below ? "bottom" : "top",
    text: `${brief(drawn.run.name)} is better`, font: { color: drawn.colour, size: 12 },
  });
  const aBelow = metric.better === "lower";
  return {
    data: [{
      type: many ? "scattergl" : "scatter", mode: "markers", x, y, text: found.names, showlegend: false,
      customdata: x.map((value, row) => [hovered(y[row] ?? value), hovered(value)]),
      marker: { color: colours, size: many ? 4 : 8, opacity: many ? 0.45 : 0.8 },
      hovertemplate: `%{text}<br>${a.run.name} %{customdata[0]}<br>${b.run.name} %{customdata[1]}<extra></extra>`,
    }],
    layout: {
      ...COMMON,
      xaxis: axis(`${metricHeader(metric)} of ${brief(b.run.name)}`, scale),
      yaxis: axis(`${metricHeader(metric)} of ${brief(a.run.name)}`, scale),
      shapes: [{ type: "line", x0: low, y0: low, x1: high, y1: high, line: { color: GREY, width: 1 } }],
      annotations: [corner(a, aBelow), corner(b, !aBelow)],
    },
  };
}

/** A value under the pointer, with a true minus sign, which Plotly's own format has not. */
function hovered(value: number): string {
  return shown(value, decimalsOf([value]));
}

/** One range for both axes, and whether they are logarithmic: where the values span two powers of ten or more. */
export function limits(values: readonly number[]): [low: number, high: number, log: boolean] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1, false];
  if (low > 0 && high >= 100 * low) return [low / 1.2, high * 1.2, true];
  const margin = 0.03 * (high - low) || 1;
  return [low - margin, high + margin, false];
}

/** Who is better on how many images, in one sentence. */
export function verdict(found: Against, a: Run, b: Run, metric: RankedMetric): string {
  if (!found.n || found.won === null || found.tied === null || found.difference === null) {
    return `No image has ${metric.name} from both.`;
  }
  const digits = decimalsOf([found.difference, found.low]);
  const interval = found.low === null || found.high === null ? "" : ` (95 %: ${shown(found.low, digits)} to ${shown(found.high, digits)})`;
  const lines = [
    `${a.name} is better on ${percent(found.won)} of ${counted(found.n, "image")}, tied on ${percent(found.tied)}`,
    `mean of ${a.name} − ${b.name}: ${shown(found.difference, digits)}${metric.unit ? ` ${metric.unit}` : ""}${interval}`,
  ];
  if (found.on_other_pixels) lines.push(`${counted(found.on_other_pixels, "image")} scored on different pixels`);
  return `${lines.join("; ")}.`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
