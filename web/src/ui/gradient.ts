/** Colormaps as CSS backgrounds. */

import { colourOf, lut } from "../colour/colormaps";
import type { ColormapName } from "../types";

const STOPS = 32;
const made = new Map<ColormapName, string>();

/** From the colour of the lowest value at the left to that of the highest at the right. */
export function gradient(name: ColormapName): string {
  let background = made.get(name);
  if (!background) {
    const colours = lut(name);
    const last = colours.length / 4 - 1;
    const stops = Array.from({ length: STOPS + 1 }, (_, n) => {
      const at = 4 * Math.round((n / STOPS) * last);
      return css([...colours.slice(at, at + 3)]);
    });
    background = `linear-gradient(to right, ${stops.join(", ")})`;
    made.set(name, background);
  }
  return background;
}

/** The colour of a colormap's highest value. */
export function solid(name: ColormapName): string {
  return css(colourOf(name, 1));
}

/** Red, green and blue from 0 to 255. */
export function css(colour: readonly number[]): string {
  return `rgb(${colour.join(" ")})`;
}
