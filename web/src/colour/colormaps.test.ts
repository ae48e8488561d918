import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ColormapName, ColourScale, DisplayRange } from "../types";
import { COLORMAPS, colourOf, lut, position, scaleOf, valueAtPosition } from "./colormaps";
import { ticks } from "./ticks";

const names = Object.keys(COLORMAPS) as ColormapName[];
const scales: ColourScale[] = ["linear", "inverse", "log"];
const anyName = fc.constantFrom(...names);
const anyShare = fc.double({ min: 0, max: 1, noNaN: true });

/** Ranges as people look at them: millimetres to kilometres, from 1 % wide to 10,000-fold. */
const positiveRange = fc
  .record({
    low: fc.double({ min: -3, max: 3, noNaN: true }).map((power) => 10 ** power),
    factor: fc.double({ min: 0.005, max: 4, noNaN: true }).map((power) => 10 ** power),
    scale: fc.constantFrom(...scales),
  })
  .map(({ low, factor, scale }): DisplayRange => ({ low, high: low * factor, scale }));
const signedRange = fc
  .double({ min: -3, max: 3, noNaN: true })
  .map((power): DisplayRange => ({ low: -(10 ** power), high: 10 ** power, scale: "linear" }));
const anyRange = fc.oneof(positiveRange, signedRange);

describe("a table of colours", () => {
  test.each(names)("of %s has 256 opaque ones, and is the same object each time", (name) => {
    expect(lut(name)).toHaveLength(1024);
    expect(lut(name).filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
    expect(lut(name)).toBe(lut(name));
  });

  test("has the published first and last colours", () => {
    const ofEnds = (name: ColormapName) => [colourOf(name, 0), colourOf(name, 1)];
    expect(ofEnds("viridis")).toEqual([[68, 1, 84], [253, 231, 36]]);
    expect(ofEnds("turbo")).toEqual([[48, 18, 59], [122, 4, 2]]);
    expect(ofEnds("grey")).toEqual([[0, 0, 0], [255, 255, 255]]);
    expect(ofEnds("RdBu")).toEqual([[5, 48, 97], [103, 0, 31]]);
  });

  test("of those called perceptually uniform grows lighter from entry to entry", () => {
    for (const name of names.filter((each) => COLORMAPS[each].perceptuallyUniform)) {
      const lightness = Array.from({ length: 256 }, (_, i) => {
        const [r, g, b] = [0, 1, 2].map((part) => ((lut(name)[4 * i + part] ?? 0) / 255) ** 2.2);
        return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
      });
      for (let i = 1; i < 256; i++) expect(lightness[i]).toBeGreaterThan((lightness[i - 1] ?? 0) - 0.001);
      expect((lightness[255] ?? 0) - (lightness[0] ?? 0)).toBeGreaterThan(0.5);
    }
  });

  test("the menu begins with what is uniform and safe for all eyes, and ends with the diverging ones", () => {
    const safe = names.map((name) => COLORMAPS[name].perceptuallyUniform && COLORMAPS[name].colourBlindSafe);
    expect(safe.lastIndexOf(true)).toBeLessThan(safe.indexOf(false));
    expect(names.filter((name) => COLORMAPS[name].diverging)).toEqual(names.slice(-2));
  });
});

describe("the colour of a share", () => {
  test("gives each of the 256 entries an equal part, of which the lower edge is its own", () => {
    fc.assert(
      fc.property(anyName, fc.integer({ min: 0, max: 255 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (name, i, x) => {
        expect(colourOf(name, (i + x) / 256)).toEqual([...lut(name).subarray(4 * i, 4 * i + 3)]);
      }),
    );
  });

  test("an edge is the upper entry's, although its fraction is rounded down", () => {
    const share = 0.15 / 1.6; // 24 / 256, but for the last digit
    expect(share * 256).toBeLessThan(24);
    expect(colourOf("viridis", share)).toEqual(colourOf("viridis", 24.5 / 256));
  });

  test("beyond the ends is the end's", () => {
    fc.assert(
      fc.property(anyName, fc.double({ min: 0, max: 1e9, noNaN: true }), (name, far) => {
        expect(colourOf(name, -far)).toEqual(colourOf(name, 0));
        expect(colourOf(name, 1 + far)).toEqual(colourOf(name, 1));
      }),
    );
  });
});

describe("the place of a value in a range", () => {
  test("is 0 at the low end, 1 at the high end, and beyond them", () => {
    fc.assert(
      fc.property(anyRange, fc.double({ min: 0, max: 1e6, noNaN: true }), (range, far) => {
        expect(position(range, range.low)).toBeCloseTo(0, 12);
        expect(position(range, range.high)).toBeCloseTo(1, 12);
        expect(position(range, range.low - far)).toBe(0);
        expect(position(range, range.high + far)).toBe(1);
      }),
    );
  });

  test("grows with the value, whatever the scale", () => {
    fc.assert(
      fc.property(anyRange, anyShare, anyShare, (range, a, b) => {
        const value = (t: number) => range.low + t * (range.high - range.low);
        fc.pre(a < b && value(a) < value(b));
        expect(position(range, value(a))).toBeLessThanOrEqual(position(range, value(b)));
      }),
    );
  });

  test("leads back to the value", () => {
    fc.assert(
      fc.property(anyRange, anyShare, (range, t) => {
        const value = valueAtPosition(range, t);
        expect(value).toBeGreaterThanOrEqual(range.low);
        expect(value).toBeLessThanOrEqual(range.high);
        expect(position(range, value)).toBeCloseTo(t, 9);
      }),
    );
  });

  test("halfway is the arithmetic, the harmonic or the geometric mean of the ends", () => {
    expect(valueAtPosition({ low: 1, high: 4, scale: "linear" }, 0.5)).toBeCloseTo(2.5);
    expect(valueAtPosition({ low: 1, high: 4, scale: "inverse" }, 0.5)).toBeCloseTo(1.6);
    expect(valueAtPosition({ low: 1, high: 4, scale: "log" }, 0.5)).toBeCloseTo(2);
    expect(position({ low: 1, high: 4, scale: "inverse" }, 1.6)).toBeCloseTo(0.5);
  });

  test("values at and below 0 lie below a range of any scale", () => {
    for (const scale of scales) {
      for (const value of [0, -1, -Infinity]) expect(position({ low: 0.5, high: 8, scale }, value)).toBe(0);
    }
  });

  test("a range that reaches 0 has only a linear scale", () => {
    const range: DisplayRange = { low: 0, high: 2, scale: "log" };
    expect(scaleOf(range)).toBe("linear");
    expect(position(range, 0.5)).toBe(0.25);
    expect(valueAtPosition(range, 0.25)).toBe(0.5);
  });
});

describe("the values that a colour bar names", () => {
  test.each<[DisplayRange, number[]]>([
    [{ low: 0, high: 8, scale: "linear" }, [0, 2, 4, 6, 8]],
    [{ low: 0.4, high: 7.3, scale: "linear" }, [1, 2, 3, 4, 5, 6, 7]],
    [{ low: -0.3, high: 0.3, scale: "linear" }, [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]],
    [{ low: 0, high: 0.05, scale: "linear" }, [0, 0.01, 0.02, 0.03, 0.04, 0.05]],
    [{ low: 0.5, high: 8, scale: "log" }, [0.5, 1, 2, 4, 8]],
    [{ low: 0.1, high: 1000, scale: "log" }, [0.1, 1, 10, 100, 1000]],
    [{ low: 1, high: 10, scale: "inverse" }, [1, 1.2, 2, 3, 10]],
  ])("of %j are %j", (range, expected) => {
    expect(ticks(range)).toEqual(expected);
  });

  test("grow, lie in the range, are 2 to 8, and apart on the bar", () => {
    fc.assert(
      fc.property(anyRange, (range) => {
        const found = ticks(range);
        const slack = 1e-8 * (range.high - range.low);
        expect(found.length).toBeGreaterThanOrEqual(2);
        expect(found.length).toBeLessThanOrEqual(8);
        for (const [i, value] of found.entries()) {
          expect(value).toBeGreaterThanOrEqual(range.low - slack);
          expect(value).toBeLessThanOrEqual(range.high + slack);
          if (i > 0) expect(position(range, value) - position(range, found[i - 1] ?? 0)).toBeGreaterThan(0.08);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("of what is no range are few, and found in no time", () => {
    for (const [low, high] of [[1, 1], [0, 0], [1, Infinity], [NaN, NaN], [2, 1]] as const) {
      for (const scale of scales) expect(ticks({ low, high, scale }).length).toBeLessThan(9);
    }
  });

  test("have few digits", () => {
    fc.assert(
      fc.property(positiveRange.filter(({ low, high }) => high > 1.2 * low), (range) => {
        for (const value of ticks(range)) expect(Number(value.toPrecision(3))).toBe(value);
      }),
    );
  });
});
