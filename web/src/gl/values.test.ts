import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { position } from "../colour/colormaps";
import type { ColourScale, DisplayRange, Transform } from "../types";
import type { Mask } from "./draw";
import { codesBetween, countedBy, type Form, lineOf, spreadOf } from "./values";

const metres: Transform = { slope: 0.001, base: 0, inverse: false, floor: 0, unit: "m", origin: "" };

const anyCode = fc.integer({ min: 1, max: 65535 });
const anyRange = fc
  .record({
    low: fc.double({ min: 0.05, max: 5, noNaN: true }),
    width: fc.double({ min: 0.2, max: 50, noNaN: true }),
    scale: fc.constantFrom<ColourScale>("linear", "inverse", "log"),
  })
  .map(({ low, width, scale }): DisplayRange => ({ low, high: low + width, scale }));
/** Metric maps, and relative ones that were aligned; flipped ones too. */
const anyTransform = fc
  .record({
    slope: fc.oneof(fc.double({ min: 1e-6, max: 2e-3, noNaN: true }), fc.double({ min: -2e-3, max: -1e-6, noNaN: true })),
    base: fc.double({ min: -1, max: 5, noNaN: true }),
    inverse: fc.boolean(),
    floor: fc.constantFrom(0.1, 0.125, 1e-6),
  })
  .map((parts): Transform => ({ ...parts, unit: "m", origin: "" }));

const valueOf = ({ slope, base, inverse, floor }: Transform, code: number) => {
  const u = base + slope * code;
  return inverse ? 1 / Math.max(u, floor) : u;
};

/** The shaders' arithmetic, in 32-bit numbers. */
const f = Math.fround;
const FORMS: Readonly<Record<Form, (x: number) => number>> = {
  same: (x) => x,
  reciprocal: (x) => f(1 / x),
  logarithm: (x) => f(Math.log2(x)),
};
const line = ([slope, base, least]: readonly number[], code: number) =>
  Math.max(f(f(f(slope ?? 0) * code) + f(base ?? 0)), f(least ?? 0));
const place = (form: Form, [factor, offset]: readonly [number, number], x: number) =>
  f(f(FORMS[form](x) * f(factor)) + f(offset));

describe("the place of a value that a shader computes, among the colours", () => {
  test("is that of the colour bar", () => {
    fc.assert(
      fc.property(anyRange, fc.double({ min: 1e-3, max: 100, noNaN: true }), (range, value) => {
        const { form, spread } = spreadOf(range);
        const found = Math.min(256, Math.max(0, place(form, spread, f(value))));
        expect(Math.abs(found - 256 * position(range, value))).toBeLessThan(0.02);
      }),
    );
  });

  test("values are those of the transform", () => {
    fc.assert(
      fc.property(anyTransform, anyCode, (transform, code) => {
        const x = line(lineOf(transform), code);
        const found = transform.inverse ? 1 / x : x;
        const expected = valueOf(transform, code);
        // Where slope x code and base cancel, what is left has their rounding.
        const cancelled = transform.inverse ? expected ** 2 : 1;
        expect(Math.abs(found - expected)).toBeLessThan(1e-4 * (Math.abs(expected) + cancelled));
      }),
    );
  });
});

describe("the codes between two values", () => {
  test("are those whose 64-bit values lie strictly between", () => {
    fc.assert(
      fc.property(anyTransform, anyRange, (transform, { low, high }) => {
        const [first, last] = codesBetween(transform, low, high);
        const near = [first, last].flatMap((edge) => [-2, -1, 0, 1, 2].map((step) => edge + step));
        for (const code of [1, 5000, 20000, 40000, 60000, 65535, ...near]) {
          if (code < 1 || code > 65535) continue;
          const value = valueOf(transform, code);
          if ((low < value && value < high) !== (first <= code && code <= last)) expect.fail(`code ${code}`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("of millimetres from 1 mm to 8 m are 2 to 7999", () => {
    expect(codesBetween(metres, 0.001, 8)).toEqual([2, 7999]);
  });

  test("are none where no value lies between, nor where the transform is no number", () => {
    for (const [transform, low, high] of [
      [metres, 70, 80],
      [{ ...metres, slope: 0, base: 5 }, 6, 7],
      [{ ...metres, slope: NaN }, 0, 8],
    ] as const) {
      const [first, last] = codesBetween(transform, low, high);
      expect(first).toBeGreaterThan(last);
    }
    expect(codesBetween({ ...metres, slope: 0, base: 5 }, 4, 6)).toEqual([1, 65535]);
  });
});

describe("what a mask hides", () => {
  const map = { width: 1, height: 1, codes: new Uint16Array(1), quantiles: null };
  const truth = { map, transform: metres };
  const rule = { minDepth: 0.5, maxDepth: 2, cap: 2, crop: { top: 1, bottom: 2, left: 3, right: 4 } };
  const mask = (change: Partial<Mask>): Mask => ({ truth, measured: false, rule: null, hatch: false, ...change });

  test("is nothing without a truth or a wish", () => {
    expect(countedBy(mask({}))).toBeNull();
    expect(countedBy(mask({ hatch: true }))).toBeNull();
    expect(countedBy(mask({ truth: null, measured: true, rule }))).toBeNull();
  });

  test("is what was not measured, or what a rule leaves out", () => {
    expect(countedBy(mask({ measured: true }))).toEqual({ first: 1, last: 65535, crop: null });
    expect(countedBy(mask({ rule }))).toEqual({ first: 501, last: 1999, crop: rule.crop });
  });
});
