import { describe, expect, it } from "vitest";
import {
  coordinate, count, decimalsOf, fixed, metres, metricHeader, metricValue, percent, relative, signedMetres, signedPercent,
} from "./format";

describe("lengths", () => {
  it("have three decimals below 10 m and two above, also where rounding reaches 10", () => {
    expect(metres(0.0014)).toBe("0.001 m");
    expect(metres(3.2144)).toBe("3.214 m");
    expect(metres(9.9994)).toBe("9.999 m");
    expect(metres(9.9996)).toBe("10.00 m");
    expect(metres(12.345)).toBe("12.35 m");
  });

  it("are no value where there is none, never 0 or NaN", () => {
    for (const nothing of [null, NaN, Infinity, -Infinity]) expect(metres(nothing)).toBe("no value");
  });
});

describe("errors", () => {
  it("have a sign, a true minus sign among them", () => {
    expect(signedMetres(0.1204)).toBe("+0.120 m");
    expect(signedMetres(-0.1204)).toBe("\u22120.120 m");
    expect(signedPercent(-0.123)).toBe("\u221212.3 %");
    expect(signedPercent(0.0042)).toBe("+0.4 %");
  });

  it("that round to nothing have none", () => {
    expect(signedMetres(-0.0002)).toBe("0.000 m");
    expect(signedMetres(0.0002)).toBe("0.000 m");
    expect(signedPercent(-0.0001)).toBe("0.0 %");
    expect(fixed(-0, 2)).toBe("0.00");
  });

  it("are no value where there is none", () => {
    expect(signedMetres(null)).toBe("no value");
    expect(signedPercent(NaN)).toBe("no value");
    expect(percent(null)).toBe("no value");
  });
});

it("a relative value says so and has no unit", () => {
  expect(relative(0.43)).toBe("relative 0.430");
  expect(relative(1234.5)).toBe("relative 1,235");
  expect(relative(null)).toBe("no value");
});

it("a share is in percent, a coordinate in bare metres, a count with its thousands", () => {
  expect(percent(0.1234)).toBe("12.3 %");
  expect(coordinate(-0.4125)).toBe("\u22120.412");
  expect(count(386900)).toBe("386,900");
});

describe("metrics", () => {
  it("carry their unit, a ratio none", () => {
    expect(metricValue(0.3124, "m")).toBe("0.312 m");
    expect(metricValue(31.25, "dB")).toBe("31.25 dB");
    expect(metricValue(0.871, "")).toBe("0.871");
    expect(metricValue(null, "m")).toBe("no value");
    expect(metricHeader({ name: "rmse", unit: "m" })).toBe("rmse [m]");
    expect(metricHeader({ name: "delta1", unit: "" })).toBe("delta1");
  });

  it("have the digits that the largest of their row needs", () => {
    expect(decimalsOf([0.0123, 0.871])).toBe(3);
    expect(decimalsOf([31.25, 4])).toBe(2);
    expect(decimalsOf([12345])).toBe(0);
    expect(decimalsOf([0.00001234])).toBe(6);
    expect(decimalsOf([null, 0])).toBe(3);
    expect(decimalsOf([])).toBe(3);
    expect(decimalsOf([1e-9])).toBe(6);
  });
});
