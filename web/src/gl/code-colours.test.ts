import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COLORMAPS, colourOf, position } from "../colour/colormaps";
import { decode } from "../depth/transform";
import type { ColormapName, ColourScale, DisplayRange, Transform } from "../types";
import { type Colouring, coloursOfCodes } from "./code-colours";

const transform: Transform = { slope: 0.001, base: 0, inverse: false, floor: 0, unit: "m", origin: "" };
const range: DisplayRange = { low: 1, high: 8, scale: "linear" };

const anySlope = fc.double({ min: 1e-6, max: 2e-3, noNaN: true });
/** Of metric maps and of relative ones that were aligned, growing or falling; ranges on every scale. */
const anyColouring = fc.record({
  transform: fc
    .record({
      slope: fc.oneof(anySlope, anySlope.map((slope) => -slope)),
      base: fc.double({ min: -5, max: 5, noNaN: true }),
      inverse: fc.boolean(),
      floor: fc.constantFrom(0.1, 0.125, 1e-3),
    })
    .map((parts): Transform => ({ ...transform, ...parts })),
  range: fc
    .record({
      low: fc.integer({ min: -500, max: 500 }).map((hundredths) => hundredths / 100),
      width: fc.double({ min: 0.01, max: 50, noNaN: true }),
      scale: fc.constantFrom<ColourScale>("linear", "inverse", "log"),
    })
    .map(({ low, width, scale }): DisplayRange => ({ low, high: low + width, scale })),
  colormap: fc.constantFrom(...(Object.keys(COLORMAPS) as ColormapName[])),
});

const wrongCodes = (of: Colouring) => {
  const table = coloursOfCodes(of);
  const wrong: number[] = [];
  for (let code = 1; code < 65536; code++) {
    const [red, green, blue] = colourOf(of.colormap, position(of.range, decode(of.transform, code)));
    const at = 4 * code;
    if (table[at] !== red || table[at + 1] !== green || table[at + 2] !== blue || table[at + 3] !== 255) wrong.push(code);
  }
  return wrong;
};

describe("the colours of codes", () => {
  test("are those of the colour bar at the codes' values, for every code", () => {
    fc.assert(
      fc.property(anyColouring, (colouring) => {
        expect(wrongCodes(colouring)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test("say that code 0 has no value", () => {
    expect([...coloursOfCodes({ transform, range, colormap: "turbo" }).subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });

  test("are one where all values are the same, and none where they are no numbers", () => {
    const flat = { transform: { ...transform, slope: 0, base: 2 }, range, colormap: "viridis" } as const;
    expect(wrongCodes(flat)).toEqual([]);
    const none = coloursOfCodes({ ...flat, transform: { ...transform, slope: NaN } });
    expect(none.every((byte) => byte === 0)).toBe(true);
  });
});
