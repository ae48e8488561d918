import { describe, expect, it } from "vitest";
import { defaultSettings } from "../state/settings";
import { stateForTest } from "./example";
import {
  activeLayer, activePrediction, colormapsFor, detailOf, listed, placeProblem, problemOf, rowsOf, switchLayer, withoutPlace,
} from "./rows"; // prettier-ignore
import type { CompareActions } from "../state/compare";
import type { ColormapName, Layer } from "../types";

const state = stateForTest();
const sample = state.sample as NonNullable<typeof state.sample>;
const layerOf = (id: string) => sample.layers.find((layer) => layer.id === id) as Layer;
const set = (on: boolean) => ({ on, opacity: 1, colormap: "magma" as ColormapName });

describe("rows", () => {
  it("are one for each layer but errors, which stand with their prediction, and numbered from 1", () => {
    expect(rowsOf(sample.layers).map(({ layer, number, errors }) => [number, layer.id, errors.length])).toEqual([
      [1, "picture", 0],
      [2, "depth:truth", 0],
      [3, "depth:near", 4],
      [4, "depth:far", 4],
      [5, "uncertainty:far_deviation", 0],
      [6, "valid", 0],
    ]);
  });

  it("past the ninth have no number", () => {
    const many: Layer[] = Array.from({ length: 11 }, (_, n) => ({
      id: `depth:${n}`,
      kind: "depth",
      field: String(n),
      label: String(n),
    }));
    expect(rowsOf(many).map((row) => row.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, null, null]);
  });

  it("keep an error whose prediction is not listed", () => {
    expect(rowsOf([layerOf("absolute:near")]).map((row) => row.layer.id)).toEqual(["absolute:near"]);
  });

  it("list errors only while they are on", () => {
    const settings = { ...defaultSettings(), layers: { "signed:near": set(true), "signed:far": set(false) } };
    const ids = listed({ ...state, settings }).map((layer) => layer.id);
    expect(ids).toEqual([
      "picture",
      "depth:truth",
      "depth:near",
      "signed:near",
      "depth:far",
      "uncertainty:far_deviation",
      "valid",
    ]);
  });
});

describe("the active layer", () => {
  it("is the one that was chosen, and the topmost that is on where that one is not on this sample", () => {
    expect(activeLayer({ ...state, active: "depth:truth" })?.id).toBe("depth:truth");
    expect(activeLayer({ ...state, active: "depth:of another sample" })?.id).toBe("depth:far");
  });

  it("is none where nothing is shown", () => {
    expect(activeLayer({ ...state, sample: null })).toBeNull();
    expect(activePrediction({ ...state, sample: null })).toBeNull();
  });
});

describe("a layer that is switched", () => {
  const settings = (on: string[]) => ({
    ...defaultSettings(),
    layers: Object.fromEntries(sample.layers.map(({ id }) => [id, set(on.includes(id))])),
  });
  function callsOf(id: string, on: boolean, active: string | null, before: string[]): unknown[] {
    const calls: unknown[] = [];
    const actions = {
      changeLayer: (...call: unknown[]) => calls.push(["changeLayer", ...call]),
      activate: (...call: unknown[]) => calls.push(["activate", ...call]),
    } as unknown as CompareActions;
    switchLayer({ ...state, active, settings: settings(before) }, actions, layerOf(id), on);
    return calls;
  }

  it("on becomes the active one", () => {
    expect(callsOf("signed:near", true, "picture", ["picture"])).toEqual([
      ["changeLayer", "signed:near", { on: true }],
      ["activate", "signed:near"],
    ]);
  });

  it("off hands on to a layer of its field, else to the topmost that is on", () => {
    const on = ["picture", "depth:near", "signed:near", "depth:far"];
    expect(callsOf("signed:near", false, "signed:near", on)[1]).toEqual(["activate", "depth:near"]);
    expect(callsOf("depth:far", false, "depth:far", on)[1]).toEqual(["activate", "signed:near"]);
  });

  it("off leaves another active layer as it is", () => {
    expect(callsOf("depth:near", false, "picture", ["picture", "depth:near"])).toHaveLength(1);
  });

  it("on may have no place: past six views, and past the two sides of a swipe", () => {
    const on = ["picture", "depth:truth", "depth:near", "depth:far", "absolute:near", "relative:near", "signed:near"];
    const side = { ...settings(on), arrangement: "side" as const };
    expect(withoutPlace(side, sample).map(({ id }) => id)).toEqual(["signed:near"]);
    expect(placeProblem(layerOf("signed:near"), side, sample)).toBe("not shown: six views are full");
    expect(placeProblem(layerOf("relative:near"), side, sample)).toBeNull();
    expect(placeProblem(layerOf("delta1:near"), side, sample)).toBeNull();
    const swipe = { ...settings(on.slice(0, 4)), arrangement: "swipe" as const };
    expect(withoutPlace(swipe, sample).map(({ id }) => id)).toEqual(["depth:far"]);
    expect(placeProblem(layerOf("depth:far"), swipe, sample)).toBe("not shown: a swipe has two sides");
    expect(withoutPlace({ ...swipe, arrangement: "overlay" }, sample)).toEqual([]);
    const errors = { ...settings(["picture", "absolute:near", "signed:near"]), arrangement: "swipe" as const };
    expect(withoutPlace(errors, sample)).toEqual([]);
  });
});

describe("what a row says", () => {
  it("is first the quantity, then the source of the truth, and how the metres came about", () => {
    expect(detailOf(layerOf("depth:truth"), sample, state.settings)).toBe(
      "metric depth · measured, with holes · metres as stored",
    );
    expect(detailOf(layerOf("depth:near"), sample, state.settings)).toBe(
      "affine-invariant disparity · scale and shift of the default evaluation",
    );
  });

  it("says of a map that has no metres that it is relative", () => {
    expect(detailOf(layerOf("depth:far"), sample, state.settings)).toContain("relative");
    expect(detailOf(layerOf("depth:far"), sample, state.settings)).toContain("nothing brings it to metres");
  });

  it("is for the pixels that count which distances those are", () => {
    expect(detailOf(layerOf("valid"), sample, state.settings)).toBe("ground truth between 0.001 m and 8 m");
    const crop = { top: 40, bottom: 440, left: 40, right: 600 };
    const rule = { minDepth: 0.001, maxDepth: 8, cap: 8, crop };
    const cropped = { ...sample, rules: { near: rule, far: rule, far_deviation: rule } };
    expect(detailOf(layerOf("valid"), cropped, state.settings)).toMatch(/inside the evaluation's crop$/);
  });

  it("is for the pixels that count of predictions that are evaluated differently what counts for both", () => {
    const near = { minDepth: 0.5, maxDepth: 8, cap: 8, crop: null };
    const differing = { ...sample, rules: { near, far: { ...near, minDepth: 0.001, maxDepth: 10 } } };
    expect(detailOf(layerOf("valid"), differing, state.settings)).toBe(
      "by the evaluations of all that are shown: ground truth between 0.5 m and 8 m",
    );
    const alone = { ...defaultSettings(), layers: { "depth:near": set(false) } };
    expect(detailOf(layerOf("valid"), differing, alone)).toBe("ground truth between 0.001 m and 10 m");
  });

  it("is nothing for the picture, and for a map that could not be read its problem", () => {
    expect(detailOf(layerOf("picture"), sample, state.settings)).toBe("");
    const broken = { ...sample, problems: { near: "the file is gone", picture: "no such picture" } };
    expect(problemOf(layerOf("depth:near"), broken)).toBe("the file is gone");
    expect(problemOf(layerOf("picture"), broken)).toBe("no such picture");
    expect(problemOf(layerOf("depth:far"), broken)).toBeNull();
  });
});

it("offers diverging colours to signed errors alone", () => {
  expect(colormapsFor(layerOf("signed:near"))).toEqual(["RdBu", "PuOr"]);
  expect(colormapsFor(layerOf("depth:near"))).toHaveLength(7);
  expect(colormapsFor(layerOf("depth:near"))).not.toContain("RdBu");
});
