import { describe, expect, it } from "vitest";
import { metricHeader } from "../readout/format";
import {
  allMetrics, atMost, cells, counted, firstInWords, isSeen, nextSorting, sorted, valued, visibleMetrics, type SortKey,
} from "./table";
import type { Block, RankedMetric, Run, Value } from "./types";

const metric = (name: string, more: Partial<RankedMetric> = {}): RankedMetric => ({
  name, unit: "", better: "lower", description: "", ranked: true, ...more,
});
const value = (mean: number | null, more: Partial<Value> = {}): Value => ({
  n: mean === null ? 0 : 16, mean, median: mean, low: mean, high: mean, ...more,
});
const run = (name: string, means: Record<string, number | null>, more: Partial<Run> = {}): Run => ({
  run: `run_${name}`, name, field: name, eval_key: null, alignment: "lsq_disparity", scored: 16, unscored: 0, flipped: 0,
  on_filled: 0, missing_pixels: 0, reasons: {},
  values: Object.fromEntries(Object.entries(means).map(([key, mean]) => [key, value(mean)])), ...more,
});
const block = (metrics: RankedMetric[], runs: Run[]): Block => ({
  key: "A", protocol: "sunrgbd: ...", truth: "gt_depth", taken: "scale", images: 16, apart: null, unranked: null,
  metrics, runs,
});
const names = (runs: Run[]) => runs.map((one) => one.name);

describe("order of runs", () => {
  const runs = [run("b", { abs_rel: 0.2, delta1: 0.9 }), run("a", { abs_rel: 0.1, delta1: 0.5 }), run("c", { abs_rel: null })];
  const table = block([metric("abs_rel"), metric("delta1", { better: "higher" })], runs);

  it("stays as it came until somebody sorts", () => {
    expect(names(sorted(table, null))).toEqual(["b", "a", "c"]);
  });

  it("begins with the best in the direction of the metric, or with the worst", () => {
    expect(names(sorted(table, { key: "metric:abs_rel", bestFirst: true }))).toEqual(["a", "b", "c"]);
    expect(names(sorted(table, { key: "metric:abs_rel", bestFirst: false }))).toEqual(["b", "a", "c"]);
    expect(names(sorted(table, { key: "metric:delta1", bestFirst: true }))).toEqual(["b", "a", "c"]);
  });

  it("goes by names, and by numbers of images from the largest", () => {
    expect(names(sorted(table, { key: "name", bestFirst: true }))).toEqual(["a", "b", "c"]);
    const counts = block([], [run("few", {}, { scored: 3 }), run("many", {}, { scored: 12 })]);
    expect(names(sorted(counts, { key: "images", bestFirst: true }))).toEqual(["many", "few"]);
  });

  it("does not change the block", () => {
    sorted(table, { key: "name", bestFirst: true });
    expect(names(table.runs)).toEqual(["b", "a", "c"]);
  });

  it("turns round at the second click on a column, and begins with the best on another", () => {
    const first = nextSorting(null, "name");
    expect(first).toEqual({ key: "name", bestFirst: true });
    expect(nextSorting(first, "name")).toEqual({ key: "name", bestFirst: false });
    expect(nextSorting({ key: "name", bestFirst: false }, "images")).toEqual({ key: "images", bestFirst: true });
  });
});

describe("columns", () => {
  const table = block(["mae", "abs_rel", "delta1"].map((name) => metric(name)), []);

  it("are those that papers report until somebody chooses, in the protocol's order", () => {
    expect(visibleMetrics(table, null).map((one) => one.name)).toEqual(["abs_rel", "delta1"]);
    expect(visibleMetrics(table, ["delta1", "mae"]).map((one) => one.name)).toEqual(["mae", "delta1"]);
  });

  it("are the usual ones of a block that has none of the chosen, and all where it has none of these", () => {
    expect(visibleMetrics(table, ["ssim"]).map((one) => one.name)).toEqual(["abs_rel", "delta1"]);
    expect(visibleMetrics(block([metric("own")], []), null)).toHaveLength(1);
  });

  it("tell whether the sorting can be seen", () => {
    const seen = (key: SortKey, chosen: string[] | null) => isSeen({ key, bestFirst: true }, [block([], []), table], chosen);
    expect([seen("name", ["mae"]), seen("metric:mae", ["mae"]), seen("metric:mae", null), seen("metric:gone", null)])
      .toEqual([true, true, false, false]);
  });

  it("are offered once though several blocks have them", () => {
    expect(allMetrics([table, table, block([metric("psnr")], [])]).map((one) => one.name))
      .toEqual(["mae", "abs_rel", "delta1", "psnr"]);
  });
});

it("offers a metric that blocks have in several units once, with all of them", () => {
  const blocks = ["m", "8-bit levels", "m"].map((unit) => block([metric("rmse", { unit })], []));
  expect(allMetrics(blocks).map(metricHeader)).toEqual(["rmse [m or 8-bit levels]"]);
});

describe("cells", () => {
  const means = (found: ReturnType<typeof cells>) => found.map((cell) => cell.mean);
  const best = (found: ReturnType<typeof cells>) => found.map((cell) => cell.best);

  it("mark the lowest error and the highest share", () => {
    const runs = [run("a", { abs_rel: 0.1, delta1: 0.8 }), run("b", { abs_rel: 0.2, delta1: 0.9 })];
    expect(best(cells(metric("abs_rel"), runs))).toEqual([true, false]);
    expect(best(cells(metric("delta1", { better: "higher" }), runs))).toEqual([false, true]);
  });

  it("mark all that look alike", () => {
    const runs = [run("a", { abs_rel: 0.20001 }), run("b", { abs_rel: 0.20002 }), run("c", { abs_rel: 0.3 })];
    expect(best(cells(metric("abs_rel"), runs))).toEqual([true, true, false]);
  });

  it("mark nobody who is alone or not ranked", () => {
    const runs = [run("a", { abs_rel: 0.1 }), run("b", { abs_rel: 0.2 })];
    expect(best(cells(metric("abs_rel", { ranked: false }), runs))).toEqual([false, false]);
    expect(best(cells(metric("abs_rel"), [run("a", { abs_rel: 0.1 }), run("b", { abs_rel: null })]))).toEqual([false, false]);
  });

  it("have a dash where there is no value, and no interval where there is one image", () => {
    const one = run("b", {}, { values: { abs_rel: value(0.25, { low: null, high: null }) } });
    const found = cells(metric("abs_rel"), [run("a", {}), one]);
    expect(means(found)).toEqual(["–", "0.250"]);
    expect(found.map((cell) => cell.interval)).toEqual(["", ""]);
  });

  it("say of how many images a value is, where these are not all", () => {
    const some = run("a", {}, { values: { boundary_f1: value(0.5, { n: 12 }) } });
    expect(cells(metric("boundary_f1"), [some])[0]?.fewer).toBe("n = 12");
    expect(cells(metric("abs_rel"), [run("a", { abs_rel: 0.5 })])[0]?.fewer).toBe("");
  });

  it("show three or four digits of the largest value", () => {
    expect(means(cells(metric("rmse"), [run("a", { rmse: 1234.5678 }), run("b", { rmse: 0.5 })]))).toEqual(["1,235", "1"]);
    expect(means(cells(metric("rmse"), [run("a", { rmse: 12.3456 })]))).toEqual(["12.35"]);
    expect(means(cells(metric("rmse"), [run("a", { rmse: 0.012345 })]))).toEqual(["0.0123"]);
  });
});

it("counts in words", () => {
  expect([counted(1, "image"), counted(10335, "image")]).toEqual(["1 image", "10,335 images"]);
});

describe("what is shown in the grid", () => {
  it("is 25 images, or all where there are fewer", () => expect([0, 16, 25, 26].map(atMost)).toEqual([0, 16, 25, 25]));

  it("is of the images that have the metric", () => {
    const some = run("a", {}, { values: { boundary_f1: value(0.5, { n: 12 }) } });
    expect([valued(some, metric("boundary_f1")), valued(some, metric("rmse")), valued(undefined, metric("rmse"))]).toEqual([12, 0, 0]);
  });
});

it("says in words which rows a sorted table has at its top", () => {
  const told = (["metric:rmse", "name", "images"] as const).map((key) => [true, false].map((bestFirst) => firstInWords({ key, bestFirst })));
  expect(told).toEqual([["best first", "worst first"], ["A to Z", "Z to A"], ["most first", "fewest first"]]);
});
