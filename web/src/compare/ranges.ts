/** Whether what was typed is a range: all that the menu takes, `fromJson` takes back. */

import { DEPTH_ENDS, ERROR_ENDS } from "../state/settings-checks";
import type { ColourScale } from "../types";

/** Why two ends in metres are no range, null where they are. */
export function endsProblem(low: number, high: number, scale: ColourScale): string | null {
  if (![low, high].every((end) => isWithin(end, DEPTH_ENDS))) return `The range must lie between ${span(DEPTH_ENDS, "m")}.`;
  if (!(low < high)) return "The range must begin below its end.";
  if (scale !== "linear" && !(low > 0)) return "An inverse or logarithmic range must begin above 0 m.";
  return null;
}

/** Why a range of errors cannot end there, null where it can; metres, or a share of the distance that is told in percent. */
export function errorEndProblem(end: number, unit: "m" | "%"): string | null {
  if (isWithin(end, ERROR_ENDS)) return null;
  const [least, most] = ERROR_ENDS;
  return `The range of errors must end between ${span(unit === "m" ? ERROR_ENDS : [100 * least, 100 * most], unit)}.`;
}

function isWithin(value: number, [least, most]: readonly [number, number]): boolean {
  return value >= least && value <= most;
}

function span([least, most]: readonly [number, number], unit: string): string {
  const text = (value: number) => value.toLocaleString("en-US", { maximumSignificantDigits: 6 }).replace("-", "\u2212");
  return `${text(least)} and ${text(most)} ${unit}`;
}
