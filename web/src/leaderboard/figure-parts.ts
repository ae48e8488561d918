/** What all plots share: their axes, markers and margins, in the words of Plotly. */

import type { Run } from "./types";

export interface Figure {
  readonly data: readonly object[];
  readonly layout: object;
}

/** A bar or point that was clicked, or lies in a box: which trace it is of, and which of its points. */
export interface Picked {
  readonly trace: number;
  readonly point: number;
}

/** A bar or point as Plotly tells of it; `data` is its trace as it was drawn. */
export interface PlotlyPoint {
  readonly curveNumber: number;
  readonly pointIndex?: number;
  readonly pointNumber?: number;
  readonly data?: { readonly meta?: { readonly columnsOf?: number } };
}

/** What was clicked: the column above a bar is that bar. */
export function clicked(points: readonly PlotlyPoint[]): Picked[] {
  return points.map((one) => (
    { trace: one.data?.meta?.columnsOf ?? one.curveNumber, point: one.pointIndex ?? one.pointNumber ?? -1 }
  ));
}

/** What lies in a box, which is drawn around what is seen: no column. */
export function boxed(points: readonly PlotlyPoint[]): Picked[] {
  return clicked(points.filter((one) => one.data?.meta?.columnsOf === undefined));
}

/** A run with the place that it has in its block, which gives it its marker and its colour, see `useColours`. */
export interface Drawn {
  readonly run: Run;
  readonly index: number;
  readonly colour: string;
  /** Whether an earlier run of the block has this colour too. */
  readonly again: boolean;
}

export const GREY = "#888888";
const GRID = "rgba(128,128,128,0.22)";

export const COMMON = {
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, font: { size: 12 },
  margin: { t: 10, l: 46, b: 40, r: 10, pad: 0 }, hovermode: "closest", dragmode: "select", bargap: 0.12, uirevision: "same",
  // What stands under the pointer is left-aligned, and never cut.
  hoverlabel: { align: "left", namelength: -1, font: { size: 12 } },
};

/** Without a colour of its own the title has that of the ticks, which the App's view would make fainter. */
export function axis(title: string, more: object = {}): object {
  return {
    title: { text: title, font: { size: 12, color: null }, standoff: 8 }, zeroline: false, gridcolor: GRID, automargin: true,
    // Ticks that are not seen keep the first numbers of the two axes apart.
    ticks: "outside", ticklen: 4, tickcolor: "rgba(0,0,0,0)", ...more,
  };
}

/** The paint of a run's bars: hatched where an earlier run has the same colour. */
export function paint({ colour, again }: Drawn): Bars["marker"] {
  return again ? { color: colour, pattern: { shape: "/", fillmode: "overlay", size: 5, solidity: 0.4 } } : { color: colour };
}

/** Bars of one trace, as Plotly takes them. */
export interface Bars {
  readonly y: readonly (number | null)[];
  /** Bars of one group stand at one place of a bin. */
  readonly offsetgroup?: string;
  readonly marker: { readonly color: string; readonly pattern?: object };
  readonly hovertemplate: string;
}

/**
 * Bars that are not seen and fill the plot above those of a trace, each from the top down to its bar: so the whole column is
 * where the pointer finds it, for a bar of few images is hardly a pixel high. Under the pointer they say what their bar
 * says, which may therefore not name y, and a click on them is one on their bar, see `clicked`. An empty bin has none.
 *
 * @param trace the number of the bars' trace in its figure
 * @param top where the axis ends
 */
export function columnsAbove(bars: Bars, trace: number, top: number): object {
  const { y, marker: { color } } = bars;
  return {
    ...bars, meta: { columnsOf: trace }, base: top, y: y.map((value) => (value ? value - top : null)),
    marker: { color, opacity: 0 }, error_y: { visible: false },
  };
}

/** The ends of an axis of bars: zero, and a little more than these values reach. */
export function endsOf(values: readonly number[]): [low: number, top: number] {
  const [low, top] = [Math.min(0, ...values), Math.max(0, ...values)];
  return low === top ? [0, 1] : [1.05 * low, 1.05 * top];
}

/** A run in a legend, and at an axis. */
export function label(run: Run): string {
  return run.alignment ? `${run.name}, ${run.alignment}` : run.name;
}

/** A name that fits beside a plot: the middle of a long one is left out, for models of one family end differently. */
export function brief(name: string, most = 32): string {
  if (name.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - end)}…${name.slice(-end)}`;
}
