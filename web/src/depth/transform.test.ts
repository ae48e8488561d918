import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignment, codeMap, loaded, MILLIMETRES, storedMap } from "./fixtures";
import { decode, isKnownMode, transformOf, valueAt, valueOf } from "./transform";

const CODE = fc.integer({ min: 1, max: 65535 });
const NUMBER = fc.double({ min: -50, max: 50, noNaN: true });
const STEP = fc.double({ min: 1e-6, max: 1, noNaN: true });
const DISPARITY = storedMap("inverse_depth", -0.01, 700, null);

describe("transformOf", () => {
  test("reads the millimetres of a metric map as metres, to the last digit", () => {
    fc.assert(fc.property(CODE, (code) => valueOf(transformOf(MILLIMETRES, null), code) === 0 + 0.001 * code));
  });

  test.each(["none", "median", "robust_scale", "lsq_depth", "robust_depth"])(
    "%s takes a prediction to scale x prediction + shift metres",
    (mode) => {
      fc.assert(
        fc.property(STEP, NUMBER, NUMBER, NUMBER, CODE, (step, offset, scale, shift, code) => {
          const transform = transformOf(storedMap("affine_depth", step, offset, null), alignment(mode, scale, shift));
          const prediction = offset + step * code;
          const metres = scale * prediction + shift;
          const digits = Math.abs(scale) * (Math.abs(offset) + step * code) + Math.abs(shift);
          expect(Math.abs(decode(transform, code) - metres)).toBeLessThanOrEqual(1e-14 * digits + 1e-300);
          expect(transform).toMatchObject({ unit: "m", inverse: false, origin: "of the test" });
        }),
      );
    },
  );

  test.each([
    ["lsq_disparity", 8, 1000],
    ["robust_disparity", 8, 1000],
    ["midas_disparity", 8, 8],
    ["midas_disparity", 10, 10],
    ["midas_disparity", null, 1000],
  ])("%s inverts, and with a cap of %s m nothing lies beyond %s m", (mode, cap, farthest) => {
    const transform = transformOf(DISPARITY, alignment(mode, 0.002, -0.1, cap));
    expect(decode(transform, 1)).toBeCloseTo(1 / (0.002 * 699.99 - 0.1), 12);
    expect(decode(transform, 65000)).toBeCloseTo(farthest, 9);
    expect(decode(transform, 65535)).toBeCloseTo(farthest, 9);
    expect(transform).toMatchObject({ unit: "m", inverse: true });
  });

  test("a metric map keeps its metres without alignment, and takes those of an evaluation that scaled it", () => {
    expect(transformOf(MILLIMETRES, null)).toMatchObject({ unit: "m", origin: "metres as stored" });
    expect(decode(transformOf(MILLIMETRES, alignment("median", 1.5, 0)), 2000)).toBeCloseTo(3, 12);
  });

  test.each([
    ["inverse_depth", -0.01],
    ["affine_depth", 0.01],
  ] as const)("%s without alignment is an order from 0 to 1, growing with distance, in no unit", (quantity, scale) => {
    const transform = transformOf(storedMap(quantity, scale, 3, null), null);
    expect(decode(transform, 1)).toBe(0);
    expect(decode(transform, 65535)).toBeCloseTo(1, 12);
    expect(decode(transform, 300)).toBeGreaterThan(decode(transform, 299));
    expect(transform.unit).toBeNull();
  });

  test("what is floored stays finite, for shaders too, whatever the alignment", () => {
    fc.assert(
      fc.property(NUMBER, NUMBER, CODE, (scale, shift, code) => {
        const transform = transformOf(DISPARITY, alignment("lsq_disparity", scale, shift));
        expect(decode(transform, code)).toBeGreaterThan(0);
        expect(decode(transform, code)).toBeLessThanOrEqual(1000);
        expect(transform.floor).toBeGreaterThan(0);
      }),
    );
  });
});

describe("the transform of uncertainty", () => {
  const OWN = storedMap(null, 0.001, -0.001, null);

  test("a fit in depth takes it to metres by the scale alone, which is never negative", () => {
    const transform = transformOf(OWN, alignment("lsq_depth", -4, 30));
    expect(decode(transform, 1)).toBe(0);
    expect(decode(transform, 501)).toBeCloseTo(2, 12);
    expect(transform.unit).toBe("m");
  });

  test("a fit in inverse depth leaves it in the model's own unit", () => {
    const transform = transformOf(OWN, alignment("lsq_disparity", 2, 1));
    expect(decode(transform, 501)).toBeCloseTo(0.5, 12);
    expect(transform).toMatchObject({ unit: null, inverse: false });
  });

  test("without alignment it is in metres only where it was stored so", () => {
    expect(transformOf(OWN, null).unit).toBeNull();
    expect(transformOf({ ...OWN, unit: "m" }, null).unit).toBe("m");
  });
});

describe("reading a map", () => {
  const map = loaded(codeMap(3, [1000, 0, 3000, 4000, 5000, 6000]));

  test("code 0 has no value", () => {
    expect(valueOf(map.transform, 0)).toBeNull();
    expect(valueAt(map, 1, 0)).toBeNull();
  });

  test("anywhere within a pixel is that pixel, row by row", () => {
    expect(valueAt(map, 2, 0)).toBe(3);
    expect(valueAt(map, 0, 1)).toBe(4);
    expect(valueAt(map, 2.99, 1.99)).toBe(6);
  });

  test.each([[-0.01, 0], [3, 0], [0, 2], [0, -1], [Number.NaN, 0], [Infinity, 1]])(
    "(%s, %s) is outside and has no value, not that of the next row",
    (x, y) => expect(valueAt(map, x, y)).toBeNull(),
  );
});

test("a mode that only a newer Plumb knows is not taken for one of ours", () => {
  expect(["lsq_depth", "midas_disparity", "none"].every(isKnownMode)).toBe(true);
  expect(isKnownMode("per_object")).toBe(false);
});
