import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EvaluationInfo, ScoreRecord } from "../contract";
import type { ValidRule } from "../types";
import { fit, storedAlignment } from "./alignment";
import { codeMap, loaded, MILLIMETRES, storedMap } from "./fixtures";
import { DEFAULT_RULE } from "./valid";
import { VECTORS, WIDTH } from "./vectors";

const WIDE: ValidRule = { minDepth: 1e-3, maxDepth: 100, cap: 100, crop: null };

describe("fit", () => {
  test.each(VECTORS)("finds what plumb.alignment.align finds: $name", (vector) => {
    const stored = storedMap(vector.quantity, vector.scale, vector.offset, null);
    const found = fit(stored, codeMap(WIDTH, vector.codes), loaded(codeMap(WIDTH, vector.truth)), vector.rule);
    if (vector.fit === null) {
      expect(found).toBeNull();
    } else {
      expect(found?.mode).toBe(vector.fit.mode);
      expect(found?.scale).toBeCloseTo(vector.fit.scale, 9 - exponent(vector.fit.scale));
      expect(found?.shift).toBeCloseTo(vector.fit.shift, 9 - exponent(vector.fit.shift));
    }
  });

  test("a prediction that is the truth but for scale and shift gives them back", () => {
    // Code 1 is the rule's lower limit itself, which does not count.
    const CODES = fc.array(fc.integer({ min: 2, max: 65535 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(CODES, (codes) => {
        fc.pre(new Set(codes).size > 1);
        const map = codeMap(1, codes);
        const affine = fit(storedMap("affine_depth", 1 / 65534, -1 / 65534, null), map, loaded(map), WIDE);
        expect(affine?.scale).toBeCloseTo(65.534, 6);
        expect(affine?.shift).toBeCloseTo(0.001, 6);
      }),
    );
  });

  test("pixels without truth, without prediction, out of range or outside of the crop have no say", () => {
    const stored = storedMap("affine_depth", 1 / 65534, -1 / 65534, null);
    const wild = { truth: [0, 2000, 9000, 2000], codes: [9, 0, 9, 60000] };
    const truth = loaded(codeMap(4, [1000, 2000, 3000, 4000, ...wild.truth]));
    const map = codeMap(4, [10000, 20000, 30000, 40000, ...wild.codes]);
    const found = fit(stored, map, truth, { ...DEFAULT_RULE, crop: { top: 0, bottom: 2, left: 0, right: 3 } });
    expect(found?.scale).toBeCloseTo(6.5534, 9);
    expect(found?.shift).toBeCloseTo(0.0001, 9);
  });

  test("code 0 of the truth is no depth, whatever its offset would make of it", () => {
    const stored = storedMap("affine_depth", 0.1, 0, null);
    const far = storedMap("depth", 0.001, 2, "m");
    const map = codeMap(3, [10, 20, 30]);
    const found = fit(stored, map, loaded(codeMap(3, [1000, 2000, 0]), far), DEFAULT_RULE);
    expect(found?.scale).toBeCloseTo(1, 9);
    expect(found?.shift).toBeCloseTo(2, 9);
  });

  test("a disparity of 0 but for the rounding of its scale has no say", () => {
    const stored = storedMap("inverse_depth", -0.1, 0.5 + Number.EPSILON / 2, null);
    expect(stored.offset + stored.scale * 5).toBeGreaterThan(0);
    const map = codeMap(4, [1, 2, 3, 5]);
    const without = fit(stored, map, loaded(codeMap(4, [1000, 2000, 4000, 0])), DEFAULT_RULE);
    expect(fit(stored, map, loaded(codeMap(4, [1000, 2000, 4000, 500])), DEFAULT_RULE)).toEqual(without);
  });

  test("one fit leaves nothing behind for the next", () => {
    const stored = storedMap("inverse_depth", -0.01, 700, null);
    const truth = loaded(codeMap(3, [1000, 2000, 4000]));
    const map = codeMap(3, [100, 30000, 50000]);
    const first = fit(stored, map, truth, DEFAULT_RULE);
    fit(storedMap("affine_depth", 0.1, 0, null), codeMap(3, [7, 30000, 9]), truth, DEFAULT_RULE);
    expect(fit(stored, map, truth, DEFAULT_RULE)).toEqual(first);
  });

  test("depth is metres already and needs no truth", () => {
    const empty = loaded(codeMap(1, [0]));
    const found = fit(MILLIMETRES, codeMap(1, [5]), empty, DEFAULT_RULE);
    expect(found).toMatchObject({ mode: "none", scale: 1, shift: 0 });
  });

  test("says that it was made on the spot", () => {
    const truth = loaded(codeMap(2, [1000, 2000]));
    const found = fit(storedMap("affine_depth", 1, 0, null), codeMap(2, [1, 2]), truth, DEFAULT_RULE);
    expect(found?.origin).toMatch(/^fitted here/);
  });

  test.each([
    ["no pixel counts", "affine_depth", [1, 2], [0, 9000]],
    ["the sizes differ", "affine_depth", [1, 2, 3], [1000, 2000]],
    ["it is uncertainty", null, [1, 2], [1000, 2000]],
  ] as const)("nothing is found where %s", (_, quantity, codes, truth) => {
    const map = { ...codeMap(1, codes) };
    expect(fit(storedMap(quantity, 1, 0, null), map, loaded(codeMap(1, truth)), DEFAULT_RULE)).toBeNull();
  });

  test.each([[2, 1], [1, 3]])("a map of %s x %s is not fitted to a truth of 1 x 1", (width, height) => {
    const map = codeMap(width, Array.from({ length: width * height }, (_, i) => i + 1));
    const truth = loaded(codeMap(1, [1000]));
    expect(fit(storedMap("affine_depth", 1, 0, null), map, truth, DEFAULT_RULE)).toBeNull();
    expect(fit(storedMap("affine_depth", 1, 0, null), codeMap(1, [1]), truth, DEFAULT_RULE)).not.toBeNull();
  });

  test("a truth without metres gives no metres", () => {
    const relative = storedMap("affine_depth", 0.1, 0, null);
    const map = codeMap(2, [20000, 60000]);
    expect(fit(relative, map, loaded(map, relative), DEFAULT_RULE)).toBeNull();
  });
});

describe("storedAlignment", () => {
  const evaluation: EvaluationInfo = {
    run: "evaluate_1", field: "dpt", truth: "gt_depth", eval_key: "all", protocol: "sunrgbd", space: "metres",
    min_depth: 0.001, max_depth: 8, cap: 10, metrics: [],
  };
  const score: ScoreRecord = {
    values: {}, mode: "midas_disparity", scale: 2, shift: -1, n_valid: 9, flipped: false, reason: null, crop: null,
  };

  test("is the evaluation's, cap and all, and names it", () => {
    expect(storedAlignment(evaluation, score)).toEqual({
      mode: "midas_disparity", scale: 2, shift: -1, cap: 10, origin: 'scale and shift of the evaluation "all"',
    });
    expect(storedAlignment({ ...evaluation, eval_key: null }, score)?.origin).toMatch(/of the default evaluation$/);
    expect(storedAlignment(evaluation, { ...score, mode: "none", scale: 1 })?.origin).toMatch(/^taken as metres/);
  });

  test("is null where nothing was scored or aligned, or in a way of a newer Plumb", () => {
    expect(storedAlignment(evaluation, null)).toBeNull();
    expect(storedAlignment(evaluation, { ...score, scale: null })).toBeNull();
    expect(storedAlignment(evaluation, { ...score, mode: "per_object" })).toBeNull();
  });
});

/** So that the digits of toBeCloseTo are relative. */
function exponent(value: number): number {
  return Math.max(0, Math.ceil(Math.log10(Math.abs(value))));
}
