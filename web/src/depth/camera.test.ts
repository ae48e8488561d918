import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { positionOf } from "./camera";

const CAMERA = { fx: 529.5, fy: 530.25, cx: 364.75, cy: 265.5 };

describe("positionOf", () => {
  test.each([
    [0, 0, 2.5, [-1.7221435316336167, -1.2517680339462518, 2.5]],
    [729, 529, 7.125, [4.901381019830028, 3.5406647807637905, 7.125]],
    [365, 265, 0.65, [0.00030689329556185085, -0.0006129184347006129, 0.65]],
    [100, 400, 3.333, [-1.6665, 0.8454285714285715, 3.333]],
  ])("of (%s, %s) at %s m is that of plumb.points.unproject, to the last digit", (x, y, metres, position) => {
    expect(positionOf(CAMERA, x, y, metres)).toEqual(position);
  });

  test("projects back to the pixel it came from", () => {
    const PIXEL = fc.integer({ min: 0, max: 4000 });
    const FOCAL = fc.double({ min: 50, max: 4000, noNaN: true });
    const METRES = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(PIXEL, PIXEL, METRES, FOCAL, FOCAL, PIXEL, PIXEL, (x, y, metres, fx, fy, cx, cy) => {
        const [right, down, forward] = positionOf({ fx, fy, cx, cy }, x, y, metres);
        expect((fx * right) / forward + cx).toBeCloseTo(x, 6);
        expect((fy * down) / forward + cy).toBeCloseTo(y, 6);
      }),
    );
  });

  test("the principal point lies straight ahead, what is right of it at the right, what is below it below", () => {
    expect(positionOf({ fx: 100, fy: 100, cx: 5, cy: 7 }, 5, 7, 3)).toEqual([0, 0, 3]);
    const [right, down] = positionOf({ fx: 100, fy: 100, cx: 5, cy: 7 }, 6, 8, 3);
    expect(right).toBeGreaterThan(0);
    expect(down).toBeGreaterThan(0);
  });
});
