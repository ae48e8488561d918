import { describe, expect, it } from "vitest";
import type { EvaluationInfo, ScoreRecord } from "../contract";
import type { SampleView } from "../state/compare";
import { boxMetrics, placeOf, scoreBox, workOf } from "./box";
import { aMap, aSample, METRES, RELATIVE } from "./samples.fixture";

const BOX = { top: 0, bottom: 1, left: 0, right: 2 };

/** One row of three pixels; the box holds the first two. */
const maps = {
  gt: aMap("gt", 3, [2000, 4000, 4000], METRES),
  near: aMap("near", 3, [1000, 5000, 1], METRES),
  exact: aMap("exact", 3, [2000, 4000, 1], METRES),
};

function scored(sample: SampleView, box = BOX) {
  const found = scoreBox(sample, box);
  if (typeof found === "string") throw new Error(found);
  return found;
}

describe("a box is scored", () => {
  it("on its own pixels alone, each prediction against the truth", () => {
    const found = scored(aSample({ maps, truth: "gt", intrinsics: null }));
    expect(found.scores.map(({ field, n }) => [field, n])).toEqual([["near", 2], ["exact", 2]]);
    expect(found.scores[0]?.values["mae"]).toBeCloseTo(1, 12);
    expect(found.scores[0]?.values["abs_rel"]).toBeCloseTo(0.375, 12);
    expect(found.scores[1]?.values["rmse"]).toBe(0);
  });

  it("with the pixels that the protocol counts, which is said", () => {
    const rule = { minDepth: 0.5, maxDepth: 3, cap: 2.5, crop: null };
    const found = scored(aSample({ maps, truth: "gt", intrinsics: null, rules: { near: rule, exact: rule } }));
    expect(found.scores[0]?.n).toBe(1);
    expect(found.counted).toContain("0.5 < gt < 3 m");
    expect(found.counted).toContain("[0.5, 2.5] m");
  });

  it("each prediction on the pixels of its own evaluation, clipped by it, and each says which", () => {
    const rules = {
      near: { minDepth: 0.5, maxDepth: 5, cap: 4.5, crop: null },
      exact: { minDepth: 0.5, maxDepth: 5, cap: 5, crop: { top: 0, bottom: 1, left: 1, right: 3 } },
    };
    const found = scored(aSample({ maps, truth: "gt", intrinsics: null, rules }));
    expect(found.scores.map(({ n }) => n)).toEqual([2, 1]);
    // 5 m is clipped to 4.5 m: errors of 1 m and 0.5 m.
    expect(found.scores[0]?.values["mae"]).toBeCloseTo(0.75, 12);
    expect(found.counted).toContain("its own evaluation counts");
    expect(found.scores[0]?.counted).toBe(
      "0.5 < gt < 5 m and the prediction has a value; predictions are clipped to [0.5, 4.5] m",
    );
    expect(found.scores[1]?.counted).toContain("within the evaluation's crop (2 \u00d7 1 px)");
  });

  it("with a reason where it has no pixel that counts", () => {
    const holes = { gt: aMap("gt", 3, [0, 0, 4000], METRES), near: maps.near };
    const [score] = scored(aSample({ maps: holes, truth: "gt", intrinsics: null })).scores;
    expect(score).toMatchObject({ values: {}, n: 0 });
    expect(score?.reason).toContain("no pixel");
  });

  it("never against a map without metres", () => {
    const relative = { gt: maps.gt, order: aMap("order", 3, [1, 2, 3], RELATIVE) };
    const [score] = scored(aSample({ maps: relative, truth: "gt", intrinsics: null })).scores;
    expect(score).toMatchObject({ values: {}, n: 0 });
    expect(score?.reason).toContain("metres");
  });
});

describe("a box is not scored", () => {
  it("without a truth or a prediction, and a sentence says which", () => {
    expect(scoreBox(aSample({ maps: { near: maps.near }, truth: null, intrinsics: null }), BOX)).toContain("no ground truth");
    expect(scoreBox(aSample({ maps: { gt: maps.gt }, truth: "gt", intrinsics: null }), BOX)).toContain("no prediction");
  });
});

describe("none is marked as the best", () => {
  it("when they were scored on different pixels", () => {
    const hole = { ...maps, exact: aMap("exact", 3, [2000, 0, 1], METRES) };
    expect(scored(aSample({ maps: hole, truth: "gt", intrinsics: null })).unranked).toContain("different pixels");
  });

  it("when their evaluations clip predictions differently, although the pixels are the same", () => {
    const rule = { minDepth: 0.001, maxDepth: 8, cap: 8, crop: null };
    const found = (cap: number) =>
      scored(aSample({ maps, truth: "gt", intrinsics: null, rules: { near: rule, exact: { ...rule, cap } } }));
    expect(found(8).unranked).toBeNull();
    expect(found(8).scores.map(({ counted }) => counted)).toEqual([null, null]);
    expect(found(6).unranked).toContain("different rules");
    expect(found(6).scores.map(({ n }) => n)).toEqual([2, 2]);
  });

  it("when one was given scale and shift that another had to know", () => {
    const sample = aSample({ maps, truth: "gt", intrinsics: null });
    const one = { run: "r", field: "near", eval_key: null } as EvaluationInfo;
    const score = { mode: "lsq_depth", scale: 1.5, shift: 0.1 } as ScoreRecord;
    const aligned = { ...sample, evaluations: { near: one }, record: { ...sample.record, scores: { r: score } } };
    expect(scored(sample).unranked).toBeNull();
    expect(scored(aligned).unranked).toContain("different things from the truth");
    expect(scored(aligned).scores[0]?.alignment).toContain("scale 1.500, shift 0.1000 m");
  });
});

it("a box's place and its work are told", () => {
  expect(placeOf({ top: 40, bottom: 120, left: 30, right: 150 })).toBe("120 \u00d7 80 px from x 30, y 40");
  expect(workOf(aSample({ maps, truth: "gt", intrinsics: null }), BOX)).toBe(4);
});

it("the main metrics of a box are a few of all", () => {
  expect(boxMetrics(false).map(({ name }) => name)).toEqual(["abs_rel", "rmse", "silog", "delta1", "mae"]);
  expect(boxMetrics(true)).toHaveLength(12);
});
