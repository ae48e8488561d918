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
    title: { text: title, font: { size: 12, color: null }, standoff: 8 }, zeroline: false, gridcolor: GRID, automargin: true, ...more,
  };
}

/** The paint of a run's bars: hatched where an earlier run has the same colour. */
export function paint({ colour, again }: Drawn): object {
  return again ? { color: colour, pattern: { shape: "/", fillmode: "overlay", size: 5, solidity: 0.4 } } : { color: colour };
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
