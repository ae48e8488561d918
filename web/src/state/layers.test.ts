import { describe, expect, test } from "vitest";
import type { BadMap, DatasetInfo, MapRecord, SampleRecord } from "../contract";
import { storedMap } from "../depth/fixtures";
import { layersOf } from "./layers";

const TRUTH = storedMap("depth", 0.001, 0, "m");
const DISPARITY = storedMap("inverse_depth", -0.01, 700, null);
const SPREAD = storedMap(null, 0.01, 0, null);
const BROKEN: BadMap = { path: null, problem: "an 8-bit map of another tool; predict it again" };

const INFO: DatasetInfo = {
  dataset: "rooms",
  stored: "1",
  fields: [
    { name: "gt_depth", role: "truth", of: null },
    { name: "dpt_tiny", role: "prediction", of: null },
    { name: "marigold", role: "prediction", of: null },
    { name: "marigold_uncertainty", role: "uncertainty", of: "marigold" },
  ],
  truth: "gt_depth",
  evaluations: [],
};

function record(maps: Record<string, MapRecord>): SampleRecord {
  return { id: "1", filepath: "/1.jpg", name: "1.jpg", intrinsics: null, maps, scores: {} };
}

const FULL = record({ gt_depth: TRUTH, dpt_tiny: DISPARITY, marigold: DISPARITY, marigold_uncertainty: SPREAD });

const ids = (maps: SampleRecord, truth: string | null) => layersOf(INFO, maps, truth).map(({ id }) => id);

describe("layersOf", () => {
  test("gives all that can be shown, from the bottom to the top, in words", () => {
    expect(layersOf(INFO, FULL, "gt_depth").map(({ id, label }) => [id, label])).toEqual([
      ["picture", "RGB"],
      ["depth:gt_depth", "gt_depth"],
      ["depth:dpt_tiny", "dpt_tiny"],
      ["depth:marigold", "marigold"],
      ["absolute:dpt_tiny", "dpt_tiny: |error|"],
      ["relative:dpt_tiny", "dpt_tiny: relative error"],
      ["signed:dpt_tiny", "dpt_tiny: signed error"],
      ["delta1:dpt_tiny", "dpt_tiny: delta1 violations"],
      ["absolute:marigold", "marigold: |error|"],
      ["relative:marigold", "marigold: relative error"],
      ["signed:marigold", "marigold: signed error"],
      ["delta1:marigold", "marigold: delta1 violations"],
      ["uncertainty:marigold_uncertainty", "marigold: uncertainty"],
      ["valid", "pixels that count"],
    ]);
  });

  test("each layer knows its kind and its field; the pixels that count are the truth's", () => {
    const layers = layersOf(INFO, FULL, "gt_depth");
    expect(layers[0]).toMatchObject({ kind: "picture", field: null });
    expect(layers[4]).toMatchObject({ kind: "absolute", field: "dpt_tiny" });
    expect(layers.at(-2)).toMatchObject({ kind: "uncertainty", field: "marigold_uncertainty" });
    expect(layers.at(-1)).toMatchObject({ kind: "valid", field: "gt_depth" });
  });

  test("without a truth there is nothing to be wrong against", () => {
    const depths = ["depth:gt_depth", "depth:dpt_tiny", "depth:marigold"];
    expect(ids(FULL, null)).toEqual(["picture", ...depths, "uncertainty:marigold_uncertainty"]);
  });

  test.each([
    ["is not on this sample", {}, []],
    ["cannot be read", { gt_depth: BROKEN }, ["depth:gt_depth"]],
    ["is not in metres", { gt_depth: DISPARITY }, ["depth:gt_depth"]],
  ])("a truth that %s is none to be compared with", (_, maps, layers) => {
    expect(ids(record({ ...maps, dpt_tiny: DISPARITY }), "gt_depth")).toEqual(["picture", ...layers, "depth:dpt_tiny"]);
  });

  test("a prediction that cannot be read has a place for its message, and no errors", () => {
    expect(ids(record({ gt_depth: TRUTH, dpt_tiny: BROKEN }), "gt_depth")).toEqual([
      "picture", "depth:gt_depth", "depth:dpt_tiny", "valid",
    ]);
  });

  test("another field as the truth stands first, and is compared with the other predictions alone", () => {
    const metric = record({ ...FULL.maps, marigold: TRUTH });
    const layers = ids(metric, "marigold");
    expect(layers.slice(0, 4)).toEqual(["picture", "depth:marigold", "depth:gt_depth", "depth:dpt_tiny"]);
    expect(layers.filter((id) => id.startsWith("absolute"))).toEqual(["absolute:dpt_tiny"]);
  });

  test("a sample without maps has its picture", () => expect(ids(record({}), "gt_depth")).toEqual(["picture"]));

  test("a field with the name of a property of all objects is not on every sample", () => {
    const info: DatasetInfo = { ...INFO, fields: [{ name: "constructor", role: "prediction", of: null }] };
    expect(layersOf(info, record({}), null).map(({ id }) => id)).toEqual(["picture"]);
  });
});
