/** A colormap as a CSS background. */

import { lut } from "../colour/colormaps";
import type { ColormapName } from "../types";

const STOPS = 32;
const made = new Map<ColormapName, string>();

/** From the colour of the lowest value at the left to that of the highest at the right. */
export function gradient(name: ColormapName): string {
  let css = made.get(name);
  if (!css) {
    const colours = lut(name);
    const last = colours.length / 4 - 1;
    const stops = Array.from({ length: STOPS + 1 }, (_, n) => {
      const at = 4 * Math.round((n / STOPS) * last);
      return `rgb(${colours.slice(at, at + 3).join(" ")})`;
    });
    css = `linear-gradient(to right, ${stops.join(", ")})`;
    made.set(name, css);
  }
  return css;
}
