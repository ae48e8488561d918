import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeMap, loaded, storedMap } from "./fixtures";
import { pixelsAlong, profile } from "./profile";
import type { Point } from "../types";
import { valueAt } from "./transform";

const WIDTH = 9;
/** A code a metre, so that every value is a whole number. */
const METRES = storedMap("depth", 1, 0, "m");
const map = loaded(codeMap(WIDTH, Array.from({ length: 63 }, (_, i) => (i % 10 === 3 ? 0 : 1000 + i))), METRES);
const POINT = fc.record({ x: fc.integer({ min: -4, max: 12 }), y: fc.integer({ min: -4, max: 12 }) });

function along(from: Point, to: Point, read = map) {
  const line = pixelsAlong(from, to);
  return { ...line, values: profile(read, line) };
}

describe("profile", () => {
  test("along a row gives each of its pixels once, a pixel apart, with holes as null", () => {
    const found = along({ x: 0, y: 0 }, { x: 4, y: 0 });
    expect(found.distances).toEqual([0, 1, 2, 3, 4]);
    expect(found.values).toEqual([1000, 1001, 1002, null, 1004]);
  });

  test("along a column goes down, or up", () => {
    const down = along({ x: 2, y: 1 }, { x: 2, y: 3 });
    expect(down.values).toEqual([1011, 1020, 1029]);
    expect(along({ x: 2, y: 3 }, { x: 2, y: 1 }).values).toEqual([...down.values].reverse());
  });

  test("begins and ends in its two pixels, in steps of at most a pixel, all of one length", () => {
    fc.assert(
      fc.property(POINT, POINT, (from, to) => {
        const { distances, values } = along(from, to);
        expect(values).toHaveLength(distances.length);
        expect(values[0]).toBe(valueAt(map, from.x, from.y));
        expect(values.at(-1)).toBe(valueAt(map, to.x, to.y));
        expect(distances.at(-1)).toBeCloseTo(Math.hypot(to.x - from.x, to.y - from.y), 9);
        const step = distances[1] as number;
        distances.forEach((here, i) => expect(here).toBeCloseTo(i * step, 9));
        expect(step).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("each value is that of a pixel within half a pixel of the line, in either direction", () => {
    // Each code of this map is another, so that a value tells where it was read.
    const inEach = loaded(codeMap(WIDTH, Array.from({ length: 63 }, (_, i) => 1000 + i)), METRES);
    const INSIDE = fc.record({ x: fc.integer({ min: 0, max: 8 }), y: fc.integer({ min: 0, max: 6 }) });
    fc.assert(
      fc.property(INSIDE, INSIDE, (from, to) => {
        const { distances, places, values } = along(from, to, inEach);
        const length = distances.at(-1) || 1;
        distances.forEach((here, i) => {
          const place = (values[i] as number) - 1000;
          expect(places[i]).toEqual({ x: place % WIDTH, y: Math.floor(place / WIDTH) });
          const x = from.x + ((to.x - from.x) * here) / length;
          const y = from.y + ((to.y - from.y) * here) / length;
          expect(Math.abs((place % WIDTH) - x)).toBeLessThanOrEqual(0.5 + 1e-9);
          expect(Math.abs(Math.floor(place / WIDTH) - y)).toBeLessThanOrEqual(0.5 + 1e-9);
        });
      }),
    );
  });

  test("a point anywhere within a pixel stands for that pixel", () => {
    const exact = along({ x: 1, y: 2 }, { x: 7, y: 5 });
    expect(along({ x: 1.9, y: 2.2 }, { x: 7.4, y: 5.99 })).toEqual(exact);
  });

  test("has nothing outside of the map", () => {
    const { values } = along({ x: 7, y: 0 }, { x: 11, y: 0 });
    expect(values).toEqual([1007, 1008, null, null, null]);
  });

  test("of a line without length is its pixel", () => {
    const found = along({ x: 1, y: 0 }, { x: 1, y: 0 });
    expect(new Set(found.values)).toEqual(new Set([1001]));
    expect(new Set(found.distances)).toEqual(new Set([0]));
  });
});
