/** The colour of every code that a map may have, from which layers of values are painted. */

import { indexBy, lut } from "../colour/colormaps";
import { decode } from "../depth/transform";
import type { ColormapName, DisplayRange, Transform } from "../types";
import { CODES, firstCode } from "./values";

/** How the codes of a map become colours. */
export interface Colouring {
  readonly transform: Transform;
  readonly range: DisplayRange;
  readonly colormap: ColormapName;
}

/** As a texture, with code c in column c % 256 of row c / 256. */
export const TABLE_SIZE = { width: 256, height: 256 } as const;

/**
 * RGBA bytes of all codes in turn, in 64-bit arithmetic; alpha is 0 for code 0, which has no value, and 255 for all others.
 *
 * Values grow or fall from code to code, so that each colour belongs to codes that follow one another: only where it
 * begins is searched for, a hundredth of the work that all 65,536 would be.
 */
export function coloursOfCodes({ transform, range, colormap }: Colouring): Uint8Array<ArrayBuffer> {
  const colours = new Uint32Array(lut(colormap).buffer);
  const table = new Uint32Array(CODES);
  const indexOfValue = indexBy(range);
  const indexOf = (code: number) => indexOfValue(decode(transform, code));
  for (let code = 1; code < CODES; ) {
    const index = indexOf(code);
    const next = firstCode(code + 1, (later) => !Object.is(indexOf(later), index));
    table.fill(colours[index] ?? 0, code, next);
    code = next;
  }
  return new Uint8Array(table.buffer);
}
