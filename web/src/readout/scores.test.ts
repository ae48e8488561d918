import { describe, expect, it } from "vitest";
import type { DatasetInfo, EvaluationInfo, MetricInfo, SampleRecord, ScoreRecord } from "../contract";
import { alignmentOf, bestOf, fitOf, metricsShown, protocolOf, scoreGroups } from "./scores";

const METRICS: MetricInfo[] = [
  { name: "abs_rel", unit: "", better: "lower", description: "" },
  { name: "rmse", unit: "m", better: "lower", description: "" },
  { name: "delta1", unit: "", better: "higher", description: "" },
  { name: "mae", unit: "m", better: "lower", description: "" },
];

function evaluation(field: string, change: Partial<EvaluationInfo> = {}): EvaluationInfo {
  return {
    run: `run_${field}_${change.eval_key ?? ""}`,
    field,
    truth: "gt",
    eval_key: null,
    protocol: "sunrgbd: ground truth gt, 0.001 < g < 8 m",
    space: "metres",
    min_depth: 0.001,
    max_depth: 8,
    cap: 8,
    metrics: METRICS,
    ...change,
  };
}

function score(change: Partial<ScoreRecord> = {}): ScoreRecord {
  const values = { abs_rel: 0.1, rmse: 0.5, delta1: 0.9, mae: 0.4 };
  const fit = { mode: "lsq_depth", scale: 2, shift: 0.25 };
  return { values, ...fit, n_valid: 1000, flipped: false, reason: null, crop: null, ...change };
}

function groups(...scored: [EvaluationInfo, ScoreRecord | null][]) {
  const info: DatasetInfo = { dataset: "d", stored: "1", fields: [], truth: "gt", evaluations: scored.map(([one]) => one) };
  const scores = Object.fromEntries(scored.flatMap(([one, found]) => (found ? [[one.run, found]] : [])));
  const record: SampleRecord = { id: "1", filepath: "/a.jpg", name: "a.jpg", intrinsics: null, maps: {}, scores };
  return scoreGroups(info, record);
}

const fieldsOf = (found: ReturnType<typeof groups>) => found.map((group) => group.columns.map((c) => c.label));

describe("evaluations stand in one table", () => {
  it("when protocol and truth are the same, though each quantity has an alignment of its own", () => {
    const a = evaluation("dpt", { protocol: "sunrgbd: ground truth gt, fitted in inverse depth" });
    const b = evaluation("marigold", { protocol: "sunrgbd: ground truth gt, fitted in depth" });
    const found = groups([a, score({ mode: "lsq_disparity" })], [b, score({ mode: "lsq_depth" })]);
    expect(fieldsOf(found)).toEqual([["dpt", "marigold"]]);
    expect(found[0]?.protocol).toBe("sunrgbd: ground truth gt; dpt: fitted in inverse depth; marigold: fitted in depth");
  });

  it("but not when another truth, range, protocol or crop was used", () => {
    const others: [EvaluationInfo, ScoreRecord][] = [
      [evaluation("truth", { truth: "gt2" }), score()],
      [evaluation("range", { max_depth: 10 }), score()],
      [evaluation("name", { protocol: "nyuv2: ground truth gt, 0.001 < g < 8 m" }), score()],
      [evaluation("crop"), score({ crop: { top: 1, bottom: 9, left: 1, right: 9 } })],
    ];
    expect(groups([evaluation("a"), score()], ...others)).toHaveLength(5);
  });

  it("and not when one was given scale and shift that another had to know", () => {
    const found = groups([evaluation("relative"), score()], [evaluation("metric"), score({ mode: "none" })]);
    expect(fieldsOf(found)).toEqual([["relative"], ["metric"]]);
  });

  it("and not when one was fitted by least squares and the other robustly", () => {
    const robust = evaluation("dpt", { eval_key: "robust" });
    const found = groups([evaluation("dpt"), score()], [robust, score({ mode: "robust_depth" })]);
    expect(fieldsOf(found)).toEqual([["dpt"], ["dpt \u00b7 robust"]]);
  });

  it("and an evaluation that does not know the sample stands in none", () => {
    expect(groups([evaluation("a"), null])).toEqual([]);
  });
});

describe("the line of several evaluations", () => {
  it("is their own where they have the same", () => {
    const line = "sunrgbd: ground truth gt, clipped to [0.001, 8] m, mean over images";
    expect(protocolOf([["a", line], ["b", line]])).toBe(line);
  });

  it("says once what they share and by name what they do not, with ranges whole", () => {
    const lines = [["a", "p: x, clipped to [0, 8] m, scaled"], ["b", "p: x, clipped to [0, 9] m, shifted"]] as const;
    expect(protocolOf(lines)).toBe("p: x; a: clipped to [0, 8] m, scaled; b: clipped to [0, 9] m, shifted");
  });

  it("is by name alone where nothing is shared", () => {
    expect(protocolOf([["a", "one"], ["b", "other"]])).toBe("a: one; b: other");
  });
});

describe("the best is marked", () => {
  it("the lowest error and the highest share, with those that look like it", () => {
    expect(bestOf([0.21, 0.2, 0.3], "lower", 2)).toEqual([false, true, false]);
    expect(bestOf([0.81, 0.9, 0.1], "higher", 2)).toEqual([false, true, false]);
    expect(bestOf([0.2041, 0.2044, 0.3], "lower", 3)).toEqual([true, true, false]);
  });

  it("never among fewer than two values", () => {
    expect(bestOf([null, 0.2, null], "lower", 3)).toEqual([false, false, false]);
  });

  it("never among evaluations of different pixels, which is said", () => {
    const [same] = groups([evaluation("a"), score()], [evaluation("b"), score()]);
    expect(same?.unranked).toBeNull();
    const [other] = groups([evaluation("a"), score()], [evaluation("b"), score({ n_valid: 999 })]);
    expect(other?.unranked).toContain("different pixels");
  });

  it("also where another one could not be scored at all", () => {
    const none = score({ n_valid: 0, reason: "the ground truth has no valid pixel" });
    const [group] = groups([evaluation("a"), score()], [evaluation("b"), score()], [evaluation("c"), none]);
    expect(group?.unranked).toBeNull();
  });
});

describe("the metrics of a table", () => {
  it("are the three main ones of its space, or all", () => {
    const [group] = groups([evaluation("a"), score()]);
    if (!group) throw new Error("no group");
    expect(metricsShown(group, false).map((metric) => metric.name)).toEqual(["abs_rel", "rmse", "delta1"]);
    expect(metricsShown(group, true)).toHaveLength(4);
  });

  it("are those of every column", () => {
    const more = [...METRICS, { name: "point_error", unit: "m", better: "lower", description: "" } as const];
    const [group] = groups([evaluation("a"), score()], [evaluation("b", { metrics: more }), score()]);
    expect(group?.metrics.map((metric) => metric.name)).toContain("point_error");
  });
});

describe("an alignment in words", () => {
  it("gives the shift in the unit of the space that was fitted in", () => {
    expect(fitOf(score({ mode: "lsq_depth", scale: 1.23456, shift: -0.05 }))).toBe("scale 1.235, shift \u22120.05000 m");
    expect(fitOf(score({ mode: "robust_disparity", scale: 2, shift: 0 }))).toBe("scale 2.000, shift 0.000 1/m");
  });

  it("gives no shift to a mode without one, and nothing where nothing was fitted", () => {
    expect(fitOf(score({ mode: "median", scale: 31.5, shift: 0 }))).toBe("scale 31.50");
    expect(fitOf(score({ mode: "none", scale: 1, shift: 0 }))).toBeNull();
    expect(fitOf(score({ scale: null, shift: null }))).toBeNull();
  });

  it("names every mode", () => {
    expect(alignmentOf(score({ mode: "none" }))).toBe("none, taken as metres");
    expect(alignmentOf(score({ mode: "of tomorrow" }))).toBe("of tomorrow");
  });
});
