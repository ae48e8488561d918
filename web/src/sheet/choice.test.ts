import { describe, expect, it } from "vitest";
import type { CompareState } from "../state/compare";
import { defaultSettings } from "../state/settings";
import type { Store } from "../state/store";
import { firstChoice, keyOf, remember, remembered, stillThere, type Choice } from "./choice";
import { anEvaluation, INFO } from "./info.fixture";
import { sortedBy, summaryOf } from "./summary";

const SETTINGS = defaultSettings();
const ROBUST = { ...SETTINGS, evalKey: "robust" };
const UNEVALUATED = { ...INFO, evaluations: [] };

describe("the sheet begins", () => {
  it("worst first by the first evaluation with the key that is shown", () => {
    expect(firstChoice(INFO, SETTINGS)).toEqual({
      order: "worst", show: "depth", key: { run: "dpt1", metric: "abs_rel", against: null },
    });
    expect(firstChoice(INFO, { ...SETTINGS, evalKey: "robust" }).key?.run).toBe("dpt2");
  });

  it("in the order of the view where nothing is evaluated", () => {
    expect(firstChoice(UNEVALUATED, SETTINGS)).toEqual({ order: "view", show: "depth", key: null });
  });
});

it("another run keeps the metric if it has it, else takes its main one", () => {
  expect(keyOf(anEvaluation("r", "f"), "delta1")?.metric).toBe("delta1");
  expect(keyOf(anEvaluation("r", "f"), "psnr")?.metric).toBe("abs_rel");
  expect(keyOf(anEvaluation("r", "f", { metrics: [] }), null)).toBeNull();
});

describe("a choice whose evaluation was deleted", () => {
  const choice: Choice = { order: "different", show: "absolute", key: { run: "dpt2", metric: "rmse", against: "mari2" } };

  it("begins anew but for what tiles show", () => {
    const left = { ...INFO, evaluations: INFO.evaluations.filter(({ run }) => run !== "dpt2") };
    expect(stillThere(choice, left, SETTINGS)).toMatchObject({ order: "worst", show: "absolute", key: { run: "dpt1" } });
  });

  it("sorts by one model where only the other one is gone", () => {
    const left = { ...INFO, evaluations: INFO.evaluations.filter(({ run }) => run !== "mari2") };
    expect(stillThere(choice, left, ROBUST)).toMatchObject({ order: "worst", key: { run: "dpt2", against: null } });
  });

  it("stays as it is while all is there", () => {
    expect(stillThere(choice, INFO, ROBUST)).toBe(choice);
  });

  it("follows the settings to the same models by another key, and stays where they have none of it", () => {
    expect(stillThere(choice, INFO, SETTINGS).key).toEqual({ run: "dpt1", metric: "rmse", against: "mari1" });
    expect(stillThere(choice, INFO, { ...SETTINGS, evalKey: "other" })).toBe(choice);
  });
});

it("choice and place are kept while one sample is looked at, and forgotten with the dataset", () => {
  const store = {} as Store<CompareState>; // only who it is matters
  remembered(store, INFO, SETTINGS);
  const choice: Choice = { order: "view", show: "relative", key: null };
  remember(store, { choice: { ...choice, key: { run: "mari1", metric: "rmse", against: null } }, place: { scrollTop: 700, row: 3, column: 2 } });
  expect(remembered(store, INFO, SETTINGS)).toMatchObject({ choice: { show: "relative" }, place: { scrollTop: 700, row: 3 } });
  expect(remembered(store, { ...INFO, dataset: "halls" }, SETTINGS).place.scrollTop).toBe(0);
});

describe("the sentence above the sheet", () => {
  const rows = [{ id: "a", value: 0.5 }, { id: "b", value: null }];
  const key = { run: "dpt1", metric: "rmse", against: null };

  it("says the order, by what, and how many have no value", () => {
    const choice: Choice = { order: "worst", show: "depth", key };
    expect(summaryOf(INFO, rows, choice, false)).toBe("2 samples, the worst rmse of dpt first. 1 without a value stands last.");
    expect(sortedBy(INFO, rows[0] ?? { id: "", value: null }, choice)).toBe("rmse 0.500 m (dpt)");
    expect(sortedBy(INFO, { id: "b", value: null }, choice)).toBe("no rmse");
  });

  it("says which is subtracted from which", () => {
    const choice: Choice = { order: "different", show: "depth", key: { ...key, against: "mari1" } };
    expect(summaryOf(INFO, rows, choice, false)).toContain("largest difference of rmse between dpt and mari first");
    expect(sortedBy(INFO, { id: "a", value: -0.25 }, choice)).toBe("rmse \u22120.250 m: dpt minus mari");
  });

  it("says what to do where nothing is evaluated, or there is no sample", () => {
    expect(summaryOf(INFO, [], { order: "worst", show: "depth", key }, false)).toContain("No samples in this view");
    expect(summaryOf(UNEVALUATED, rows, { order: "view", show: "depth", key: null }, false)).toContain("run Evaluate depth");
  });
});
