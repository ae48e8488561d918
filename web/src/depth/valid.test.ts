import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EvaluationInfo, ScoreRecord } from "../contract";
import { codeMap } from "./fixtures";
import { countedBox, DEFAULT_RULE, ruleOf } from "./valid";

const EVALUATION: EvaluationInfo = {
  run: "r", field: "dpt", truth: "gt_depth", eval_key: null, protocol: "kitti", space: "metres",
  min_depth: 0.001, max_depth: 80, cap: null, metrics: [],
};
const CROP = { top: 1, bottom: 3, left: 0, right: 2 };
const SCORE: ScoreRecord = {
  values: {}, mode: "none", scale: 1, shift: 0, n_valid: 1, flipped: false, reason: null, crop: CROP,
};

describe("ruleOf", () => {
  test("takes range and cap of the evaluation and the crop of the sample", () => {
    expect(ruleOf({ ...EVALUATION, cap: 50 }, SCORE)).toEqual({ minDepth: 0.001, maxDepth: 80, cap: 50, crop: CROP });
    expect(ruleOf(EVALUATION, null)).toEqual({ minDepth: 0.001, maxDepth: 80, cap: 80, crop: null });
  });

  test("in the 8-bit space every depth that can be stored counts, and all numbers stay finite", () => {
    const rule = ruleOf({ ...EVALUATION, space: "8-bit", min_depth: null, max_depth: null }, SCORE);
    for (const metres of [0.001, 655.35]) expect(rule.minDepth < metres && metres < rule.maxDepth).toBe(true);
    expect(rule.minDepth).toBeGreaterThan(0);
    expect([rule.minDepth, rule.maxDepth, rule.cap].every(Number.isFinite)).toBe(true);
    expect(rule.crop).toBe(CROP);
  });
});

test("countedBox holds the pixels of the crop, within the box and the map; their upper left edges count, the lower right do not", () => {
  const EDGE = fc.integer({ min: -3, max: 9 });
  const BOX = fc.record({ top: EDGE, bottom: EDGE, left: EDGE, right: EDGE });
  const map = codeMap(6, new Array<number>(30).fill(1));
  const holds = (box: typeof CROP, x: number, y: number) =>
    y >= box.top && y < box.bottom && x >= box.left && x < box.right;
  fc.assert(
    fc.property(fc.option(BOX), fc.option(BOX), (crop, box) => {
      const counted = countedBox(map, { ...DEFAULT_RULE, crop }, box);
      for (let y = -3; y < 9; y++) {
        for (let x = -3; x < 9; x++) {
          const within = x >= 0 && x < 6 && y >= 0 && y < 5;
          expect(holds(counted, x, y)).toBe(within && [crop, box].every((part) => part === null || holds(part, x, y)));
        }
      }
    }),
  );
});

test("a box that cuts through pixels holds all that it touches", () => {
  const map = codeMap(6, new Array<number>(30).fill(1));
  const box = { top: 0.9, bottom: 1.1, left: 2.5, right: 2.9 };
  expect(countedBox(map, DEFAULT_RULE, box)).toEqual({ top: 0, bottom: 2, left: 2, right: 3 });
});
