import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Settings } from "../types";
import { alignment, codeMap, loaded, storedMap } from "./fixtures";
import { depthRange, errorRange, niceAbove } from "./ranges";
import { DEFAULT_RULE } from "./valid";

const ROBUST: Settings["range"] = { shared: true, mode: "robust", low: 0.5, high: 8, scale: "linear" };
const ERRORS: Settings["errorRange"] = { mode: "robust", absolute: 0.7, relative: 0.2 };
const RELATIVE = storedMap("inverse_depth", -0.01, 700, null);

/** Codes first, first + 1, ... in a map of 40 columns. */
function ramp(first: number, length = 1000): ReturnType<typeof codeMap> {
  return codeMap(40, Array.from({ length }, (_, i) => first + i));
}

const truth = loaded(ramp(1000), undefined, null, "gt_depth");
const near = loaded(ramp(500), undefined, null, "near");
const far = loaded(ramp(3000), undefined, null, "far");
const wild = loaded(ramp(60000), undefined, null, "wild");

describe("depthRange", () => {
  test("of one map is from its 2nd to its 98th percentile", () => {
    expect(depthRange(near, [], null, ROBUST)).toEqual({ low: 0.52, high: 1.48, scale: "linear" });
  });

  test("that is shared is the truth's, whatever the predictions are", () => {
    const own = depthRange(truth, [], null, ROBUST);
    for (const map of [truth, near, far, wild]) {
      expect(depthRange(map, [truth, near, far, wild], truth, ROBUST)).toEqual(own);
    }
  });

  test("that is shared without a truth leaves a wild model out, and of two models holds both", () => {
    const three = depthRange(near, [near, far, wild], null, ROBUST);
    expect(three).toEqual(depthRange(far, [], null, ROBUST));
    expect(depthRange(near, [far, near], null, ROBUST)).toEqual({ low: 0.52, high: 3.98, scale: "linear" });
  });

  test("that is not shared is the map's own, with a truth or without", () => {
    const own = depthRange(far, [], null, ROBUST);
    expect(depthRange(far, [truth, near, far], truth, { ...ROBUST, shared: false })).toEqual(own);
  });

  test("of a map whose order the alignment turns round has its ends the right way", () => {
    const aligned = loaded(ramp(1, 60000), RELATIVE, alignment("lsq_disparity", -0.004, 3));
    const { low, high } = depthRange(aligned, [], null, ROBUST);
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(high);
  });

  test("that two maps share holds both, though the alignment turns one of them round", () => {
    const turned = loaded(ramp(3000), storedMap("affine_depth", 0.001, 0, null), alignment("lsq_depth", -1, 8));
    const both = depthRange(near, [near, turned], null, ROBUST);
    expect(both.low).toBeCloseTo(0.52, 9);
    expect(both.high).toBeCloseTo(4.98, 9);
  });

  test("that is typed is as typed, for each map in metres", () => {
    const typed: Settings["range"] = { shared: false, mode: "typed", low: 1, high: 4, scale: "log" };
    expect(depthRange(far, [truth, far], truth, typed)).toEqual({ low: 1, high: 4, scale: "log" });
  });

  test("of a relative map is its own, linear and not in metres, whatever is typed or shared", () => {
    const relative = loaded(ramp(1, 65535 - 40), RELATIVE);
    const found = depthRange(relative, [truth, relative], truth, { ...ROBUST, mode: "typed", scale: "log" });
    expect(found.low).toBeCloseTo(0.02, 2);
    expect(found.high).toBeCloseTo(0.98, 2);
    expect(found.scale).toBe("linear");
  });

  test("a relative or empty truth has no say in metres", () => {
    const both = depthRange(far, [near, far], null, ROBUST);
    for (const mute of [loaded(ramp(1), RELATIVE), loaded(codeMap(1, [0]))]) {
      expect(depthRange(far, [mute, near, far], mute, ROBUST)).toEqual(both);
    }
  });

  test("of uncertainty begins at 0, which is certainty, and is linear and its own", () => {
    const uncertainty = loaded(ramp(1), storedMap(null, 0.001, 0, null));
    const found = depthRange(uncertainty, [truth], truth, { ...ROBUST, mode: "typed", scale: "log" });
    expect(found).toEqual({ low: 0, high: 0.981, scale: "linear" });
    const certain = loaded(codeMap(1, [1, 1]), storedMap(null, 0.001, -0.001, null));
    expect(depthRange(certain, [], null, ROBUST)).toEqual({ low: 0, high: 1, scale: "linear" });
  });

  test("of a constant or empty map has two ends all the same", () => {
    const found = depthRange(loaded(codeMap(2, [2000, 2000])), [], null, ROBUST);
    expect(found.low).toBeCloseTo(1.9, 9);
    expect(found.high).toBeCloseTo(2.1, 9);
    expect(depthRange(loaded(codeMap(1, [0])), [], null, ROBUST)).toEqual({ low: 0, high: 1, scale: "linear" });
  });

  test("always has low below high, and above 0 where the scale needs it, whatever is stored, aligned or typed", () => {
    const NUMBER = fc.double({ min: -100, max: 100, noNaN: true });
    const CODES = fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 1, maxLength: 20 });
    const MODE = fc.constantFrom("lsq_depth", "lsq_disparity");
    const RANGE = fc.record({
      shared: fc.boolean(), mode: fc.constantFrom("robust" as const, "typed" as const), low: NUMBER, high: NUMBER,
      scale: fc.constantFrom("linear" as const, "inverse" as const, "log" as const),
    });
    fc.assert(
      fc.property(CODES, MODE, NUMBER, NUMBER, RANGE, (codes, mode, scale, shift, range) => {
        const map = loaded(codeMap(1, codes), RELATIVE, alignment(mode, scale, shift));
        const found = depthRange(map, [map, near], null, range);
        expect(found.low).toBeLessThan(found.high);
        expect(Number.isFinite(found.low) && Number.isFinite(found.high)).toBe(true);
        if (range.scale !== "linear") expect(found.low).toBeGreaterThan(0);
      }),
    );
  });
});

describe("errorRange", () => {
  /** As far from the truth as these millimetres everywhere. */
  const off = (millimetres: number) => loaded(ramp(1000 + millimetres));

  test("is what 95 % of the errors stay below, rounded up to read well", () => {
    const found = errorRange("absolute", [off(230)], truth, {}, ERRORS);
    expect(found).toEqual({ low: 0, high: 0.25, scale: "linear" });
    const tenth = codeMap(40, Array.from({ length: 1000 }, (_, i) => 1000 + i + (i % 10 === 0 ? 900 : 100)));
    expect(errorRange("absolute", [loaded(tenth)], truth, {}, ERRORS).high).toBe(1);
    const few = codeMap(40, Array.from({ length: 1000 }, (_, i) => 1000 + i + (i % 25 === 0 ? 900 : 100)));
    expect(errorRange("absolute", [loaded(few)], truth, {}, ERRORS).high).toBe(0.1);
  });

  test("of several models is neither the wild one's nor the perfect one's", () => {
    const high = (...models: ReturnType<typeof off>[]) =>
      errorRange("absolute", models, truth, {}, ERRORS).high;
    expect(high(off(200), off(300), wild)).toBe(0.3);
    expect(high(off(200), off(300), off(1))).toBe(0.2);
    expect(high(off(100), off(400))).toBe(0.2);
    expect(high(off(0), off(400))).toBe(0.4);
  });

  test("of relative errors is a share of the distance, of signed ones symmetric in metres", () => {
    const twice = loaded(ramp(1000), storedMap("depth", 0.002, 0, "m"));
    expect(errorRange("relative", [twice], truth, {}, ERRORS)).toMatchObject({ low: 0, high: 1 });
    expect(errorRange("signed", [off(230)], truth, {}, ERRORS)).toMatchObject({ low: -0.25, high: 0.25 });
    expect(errorRange("delta1", [off(230)], truth, {}, ERRORS)).toMatchObject({ low: 0, high: 1 });
  });

  test("only pixels that count have a say", () => {
    const codes = Array.from({ length: 1000 }, (_, i) => 1000 + i + (i < 200 ? 5000 : 100));
    const cropped = { ...DEFAULT_RULE, crop: { top: 5, bottom: 25, left: 0, right: 40 } };
    expect(errorRange("absolute", [loaded(codeMap(40, codes))], truth, { field: cropped }, ERRORS).high).toBe(0.1);
    const ranged = { ...DEFAULT_RULE, minDepth: 1.2 };
    expect(errorRange("absolute", [loaded(codeMap(40, codes))], truth, { field: ranged }, ERRORS).high).toBe(0.1);
  });

  test("of several models counts each one's pixels by its own rule", () => {
    const codes = Array.from({ length: 1000 }, (_, i) => 1000 + i + (i < 200 ? 5000 : 100));
    const models = ["one", "other"].map((field) => loaded(codeMap(40, codes), undefined, null, field));
    const rule = { ...DEFAULT_RULE, minDepth: 1.2 };
    expect(errorRange("absolute", models, truth, { one: rule, other: rule }, ERRORS).high).toBe(0.1);
    // Of the one the large errors count: 5 m and 0.1 m have the middle 0.71 m on a logarithmic scale.
    expect(errorRange("absolute", models, truth, { one: DEFAULT_RULE, other: rule }, ERRORS).high).toBe(0.8);
    expect(errorRange("absolute", models, truth, { one: rule, other: DEFAULT_RULE }, ERRORS).high).toBe(0.8);
  });

  test("pixels without truth are no errors of 0", () => {
    const holes = codeMap(40, Array.from({ length: 1000 }, (_, i) => (i % 2 ? 0 : 1000)));
    const model = codeMap(40, Array.from({ length: 1000 }, (_, i) => (i < 500 ? 1100 : 1400)));
    expect(errorRange("absolute", [loaded(model)], loaded(holes), {}, ERRORS).high).toBe(0.4);
  });

  test("of a large map is that of its sample of pixels", () => {
    const size = 300;
    const codes = Array.from({ length: size * size }, (_, i) => 1000 + (i % 3000));
    const large = loaded(codeMap(size, codes));
    const model = loaded(codeMap(size, codes.map((code) => code + 200)));
    expect(errorRange("absolute", [model], large, {}, ERRORS).high).toBe(0.2);
  });

  test("that is typed is as typed: metres for absolute and signed errors, a share for relative ones", () => {
    const typed = { ...ERRORS, mode: "typed" as const };
    expect(errorRange("absolute", [wild], truth, {}, typed)).toMatchObject({ low: 0, high: 0.7 });
    expect(errorRange("signed", [wild], truth, {}, typed)).toMatchObject({ low: -0.7, high: 0.7 });
    expect(errorRange("relative", [wild], truth, {}, typed)).toMatchObject({ low: 0, high: 0.2 });
  });

  test.each([
    ["there is no model", []],
    ["none is in metres", [loaded(ramp(1), RELATIVE)]],
    ["none has the truth's size", [loaded(codeMap(20, [1, 2, ...new Array<number>(998).fill(3)]))]],
    ["all are perfect", [truth]],
  ])("falls back to the typed one where %s", (_, models) => {
    expect(errorRange("absolute", models, truth, {}, ERRORS)).toMatchObject({ low: 0, high: 0.7 });
  });
});

test("niceAbove is the next number that reads well, and such a number is its own", () => {
  expect([0.23, 0.3, 1.01, 9, 0.00061].map(niceAbove)).toEqual([0.25, 0.3, 1.5, 10, 0.0008]);
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), (value) => {
      const nice = niceAbove(value);
      expect(nice).toBeGreaterThanOrEqual(value * (1 - 1e-9));
      expect(nice).toBeLessThanOrEqual(value * 1.5000001);
      expect(niceAbove(nice)).toBe(nice);
    }),
  );
});
