import { describe, expect, it } from "vitest";
import { aMap, aSample, METRES, RELATIVE } from "../readout/samples.fixture";
import { defaultSettings } from "../state/settings";
import { rangesOf, withRanges } from "./ranges";

const SETTINGS = defaultSettings();

/** A room whose truth is between these metres and whose prediction is off by as much everywhere. */
function room(near: number, far: number, off: number) {
  const metres = Array.from({ length: 100 }, (_, i) => near + ((far - near) * i) / 99);
  const codes = metres.map((value) => Math.round(1000 * value));
  const quantiles = Uint16Array.from({ length: 1001 }, (_, n) => codes[Math.min(99, Math.floor(n / 10))] ?? 0);
  const gt = { ...aMap("gt", 100, codes, METRES), quantiles };
  const dpt = { ...aMap("dpt", 100, codes.map((code) => code + 1000 * off), METRES), quantiles };
  const made = aSample({ maps: { gt, dpt }, truth: "gt", intrinsics: null });
  const errors = ["absolute", "relative"].map((kind) => ({ id: `${kind}:dpt`, kind, field: "dpt", label: kind }));
  return { ...made, layers: [...made.layers, ...errors] } as typeof made;
}

describe("one range for all tiles", () => {
  it("holds three quarters of the samples wholly: one hall does not leave all rooms dark", () => {
    const { depth } = rangesOf([room(1, 3, 0.1), room(1, 4, 0.1), room(0.5, 5, 0.1), room(2, 60, 0.1)], SETTINGS);
    expect(depth?.high).toBeGreaterThan(4.8);
    expect(depth?.high).toBeLessThan(5.1);
    expect(depth?.low).toBeCloseTo(1, 0);
  });

  it("takes the middle one of the errors, which one failure does not stretch", () => {
    const { absolute } = rangesOf([room(1, 3, 0.1), room(1, 3, 0.1), room(1, 3, 9)], SETTINGS);
    expect(absolute).toBeLessThan(0.2);
  });

  it("says nothing without samples, or with none in metres", () => {
    expect(rangesOf([], SETTINGS)).toEqual({ depth: null, absolute: null, relative: null });
    const order = aSample({ maps: { dpt: aMap("dpt", 1, [1], RELATIVE) }, truth: null, intrinsics: null });
    expect(rangesOf([order], SETTINGS).depth).toBeNull();
  });

  it("stands in the place of each sample's own, shared", () => {
    const ranges = { depth: { low: 1, high: 5 }, absolute: 0.3, relative: null };
    const settings = withRanges({ ...SETTINGS, range: { ...SETTINGS.range, shared: false } }, ranges);
    expect(settings.range).toMatchObject({ mode: "typed", low: 1, high: 5, shared: true });
    expect(settings.errorRange).toEqual({ mode: "typed", absolute: 0.3, relative: SETTINGS.errorRange.relative });
  });

  it("leaves alone what was typed", () => {
    const typed = {
      ...SETTINGS,
      range: { ...SETTINGS.range, mode: "typed" as const, low: 2, high: 3 },
      errorRange: { mode: "typed" as const, absolute: 1, relative: 1 },
    };
    const settings = withRanges(typed, { depth: { low: 1, high: 5 }, absolute: 0.3, relative: 0.1 });
    expect(settings.range).toMatchObject({ low: 2, high: 3 });
    expect(settings.errorRange).toEqual(typed.errorRange);
  });
});
