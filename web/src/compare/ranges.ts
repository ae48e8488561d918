/** Whether what was typed is a range. */

import type { ColourScale } from "../types";

/** Why two ends in metres are no range, null where they are. */
export function endsProblem(low: number, high: number, scale: ColourScale): string | null {
  if (!(low < high)) return "The range must begin below its end.";
  if (scale !== "linear" && !(low > 0)) return "An inverse or logarithmic range must begin above 0 m.";
  return null;
}
