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

/** Runs with the place that they have in their block, which gives them their marker and their colour, see `useColours`. */
export interface Drawn {
  readonly run: Run;
  readonly index: number;
  readonly colour: string;
}

export const GREY = "#888888";
const GRID = "rgba(128,128,128,0.22)";

const LEGEND = { orientation: "h", x: 0, y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)", font: { size: 12 } };
export const COMMON = {
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: true, legend: LEGEND, font: { size: 12 },
  margin: { t: 30, l: 46, b: 40, r: 10, pad: 0 }, hovermode: "closest", dragmode: "select", bargap: 0.12, uirevision: "same",
  // What stands under the pointer is left-aligned, and never cut.
  hoverlabel: { align: "left", namelength: -1, font: { size: 12 } },
};

/** Without a colour of its own the title has that of the ticks, which the App's view would make fainter. */
export function axis(title: string, more: object = {}): object {
  return {
    title: { text: title, font: { size: 12, color: null }, standoff: 8 }, zeroline: false, gridcolor: GRID, automargin: true, ...more,
  };
}

/** What stands behind a name in a legend. */
export function label(run: Run): string {
  return run.alignment ? `${run.name}, ${run.alignment}` : run.name;
}
