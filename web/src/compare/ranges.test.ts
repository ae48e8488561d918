import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultSettings } from "../state/settings";
import { fromHash, fromJson, toHash, toJson } from "../state/settings-codec";
import type { Settings } from "../types";
import { codeMap, loaded, MILLIMETRES } from "../depth/fixtures";
import { stateForTest } from "./example";
import { depthEndsNow, endsProblem, errorEndProblem, errorEndsNow } from "./ranges";

/** Numbers that people type, those near the limits, and any others. */
const NUMBER = fc
  .oneof(fc.integer({ min: -20_000, max: 20_000 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(1e-7, 1e-6))
  .map((number) => number + 0); // JSON has no -0
const SCALE = fc.constantFrom("linear" as const, "inverse" as const, "log" as const);

function expectToComeBack(settings: Settings): void {
  expect(fromJson(toJson(settings))).toEqual(settings);
  expect(fromHash(toHash(settings, null))).toEqual({ settings, sample: null });
}

describe("a typed range", () => {
  test("that the menu takes comes back from the storage and from a link", () => {
    fc.assert(
      fc.property(NUMBER, NUMBER, SCALE, (low, high, scale) => {
        fc.pre(endsProblem(low, high, scale) === null);
        const settings = defaultSettings();
        expectToComeBack({ ...settings, range: { shared: true, mode: "typed", low, high, scale } });
      }),
    );
  });

  test.each([[500, 12_000], [-10_001, 8], [0, Infinity]])("is refused beyond ten kilometres: %s to %s m", (low, high) => {
    expect(endsProblem(low, high, "linear")).toBe("The range must lie between \u221210,000 and 10,000 m.");
  });

  test("may lie on either side of 0 on a linear scale alone, and not the wrong way round", () => {
    expect(endsProblem(-2, 10_000, "linear")).toBeNull();
    expect(endsProblem(0, 8, "log")).toMatch(/above 0 m/);
    expect(endsProblem(8, 8, "linear")).toMatch(/begin below/);
  });
});

describe("a typed end of errors", () => {
  test("that the menu takes comes back from the storage and from a link", () => {
    fc.assert(
      fc.property(NUMBER, NUMBER, (absolute, relative) => {
        fc.pre(errorEndProblem(absolute, "m") === null && errorEndProblem(relative, "%") === null);
        expectToComeBack({ ...defaultSettings(), errorRange: { mode: "typed", absolute, relative } });
      }),
    );
  });

  test.each([0, -1, 1e-7, 10_001, NaN])("is refused in its own unit: %s", (end) => {
    expect(errorEndProblem(end, "m")).toBe("The range of errors must end between 0.000001 and 10,000 m.");
    expect(errorEndProblem(end, "%")).toBe("The range of errors must end between 0.0001 and 1,000,000 %.");
  });
});

describe("typing begins with the robust ends", () => {
  const metres = (from: number, to: number) => {
    const codes = Array.from({ length: 1000 }, (_, n) => Math.round(from + ((to - from) * n) / 1000));
    return loaded(codeMap(100, codes), MILLIMETRES);
  };
  const begun = stateForTest();
  const example = begun.sample as NonNullable<typeof begun.sample>;
  const sample = { ...example, maps: { ...example.maps, truth: metres(1000, 6000), near: metres(1200, 7200) } };
  const state = { ...begun, sample };

  test("of depth: those of the truth where they are shared, of the active layer where not", () => {
    expect(depthEndsNow(state)).toEqual({ low: 1.1, high: 5.9 });
    const range = { ...state.settings.range, shared: false, mode: "typed" as const, low: 3, high: 4 };
    const own = { ...state, settings: { ...state.settings, range }, active: "depth:near" };
    expect(depthEndsNow(own)).toEqual({ low: 1.32, high: 7.08 });
    expect(depthEndsNow({ ...own, active: "depth:far" }), "far has no metres").toEqual({ low: 1.1, high: 5.9 });
  });

  test("of errors, in metres and as a share of the distance", () => {
    const errors = errorEndsNow(state);
    const robust = { ...state.settings, errorRange: { mode: "typed" as const, absolute: 9, relative: 9 } };
    expect(errors).toEqual({ absolute: 1.5, relative: 0.2 });
    expect(errorEndsNow({ ...state, settings: robust })).toEqual(errors);
  });

  test("and leaves what was typed before where nothing is in metres", () => {
    expect(depthEndsNow({ ...state, sample: null })).toBeNull();
    expect(errorEndsNow({ ...state, sample: { ...sample, truth: null } })).toEqual({});
  });
});
