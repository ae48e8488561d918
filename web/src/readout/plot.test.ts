import { describe, expect, it } from "vitest";
import { colourOf, CURVE_CSS, dashOf, depthAxis, distanceTicks, nearest, pathOf, xOf, yOf, type Curve, type Frame } from "./plot";

const FRAME: Frame = { left: 50, top: 10, width: 100, height: 80 };
const curve = (...values: (number | null)[]): Curve => ({ field: "f", truth: false, values });

describe("the axis of depth", () => {
  it("holds every value with a little room", () => {
    const axis = depthAxis([curve(1, 2, null), curve(3)], "linear");
    expect(axis?.cut).toBe(false);
    expect(axis?.range.low).toBeCloseTo(0.9);
    expect(axis?.range.high).toBeCloseTo(3.12);
  });

  it("stays above 0 where all values are, as logarithms need", () => {
    expect(depthAxis([curve(0.1, 8)], "log")?.range.low).toBeGreaterThan(0);
  });

  it("has room even where all values are one", () => {
    const range = depthAxis([curve(2, 2)], "linear")?.range;
    expect(range?.low).toBeLessThan(2);
    expect(range?.high).toBeGreaterThan(2);
  });

  it("cuts off the few values that would squeeze all others, and says so", () => {
    const ordinary = Array.from({ length: 99 }, (_, i) => 1 + i / 99);
    const axis = depthAxis([curve(...ordinary, 1000)], "linear");
    expect(axis?.cut).toBe(true);
    expect(axis?.range.high).toBeLessThan(2.2);
  });

  it("is none where there is no value", () => {
    expect(depthAxis([curve(null, null)], "linear")).toBeNull();
    expect(depthAxis([], "linear")).toBeNull();
  });
});

describe("a curve", () => {
  const range = { low: 0, high: 10, scale: "linear" } as const;

  it("grows to the right and upwards", () => {
    expect([xOf(FRAME, 0, 4), xOf(FRAME, 4, 4)]).toEqual([50, 150]);
    expect([yOf(FRAME, range, 0), yOf(FRAME, range, 10)]).toEqual([90, 10]);
  });

  it("has a gap where there is no value, and a dot for a lone value", () => {
    expect(pathOf(curve(0, 10, null, 5, null), [0, 1, 2, 3, 4], 4, FRAME, range)).toBe("M50 90L75 10M125 50h0");
    expect(pathOf(curve(null), [0], 0, FRAME, range)).toBe("");
  });

  it("has a middle that depends on the scale", () => {
    expect(yOf(FRAME, { low: 1, high: 100, scale: "log" }, 10)).toBeCloseTo(50);
    expect(yOf(FRAME, { low: 1, high: 3, scale: "inverse" }, 1.5)).toBeCloseTo(50);
  });
});

it("the place below the mouse is the nearest one, also beyond the ends", () => {
  const distances = [0, 10, 20];
  expect(nearest(distances, 20, FRAME, 106)).toBe(1);
  expect(nearest(distances, 20, FRAME, 126)).toBe(2);
  expect(nearest(distances, 20, FRAME, -50)).toBe(0);
  expect(nearest(distances, 20, FRAME, 500)).toBe(2);
});

it("places along the line are named by round numbers", () => {
  expect(distanceTicks(412)).toEqual([0, 100, 200, 300, 400]);
  expect(distanceTicks(0)).toEqual([0]);
});

it("no two of the first twelve predictions look alike, in either theme", () => {
  const looks = Array.from({ length: 12 }, (_, i) => `${colourOf(i)} ${dashOf(i)}`);
  expect(new Set(looks).size).toBe(12);
  const [light, dark] = CURVE_CSS.split("\n").map((rule) => rule.match(/#[0-9A-F]{6}/g));
  for (const colours of [light, dark]) expect(new Set(colours).size).toBe(6);
});
