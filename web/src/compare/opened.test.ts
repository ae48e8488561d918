/** What a sample's files become: each prediction by its own evaluation. */

import { describe, expect, it } from "vitest";
import type { DatasetInfo, EvaluationInfo, MapRecord, SampleRecord, ScoreRecord } from "../contract";
import { DEFAULT_RULE } from "../depth/valid";
import { scoreBox } from "../readout/box";
import { defaultSettings } from "../state/settings";
import type { CodeMap, Settings } from "../types";
import { assemble, type Opened } from "./opened";

const WHOLE = { top: 0, bottom: 2, left: 0, right: 2 };
const CROP = { top: 1, bottom: 2, left: 0, right: 2 };

function evaluationOf(field: string, change: Partial<EvaluationInfo> = {}): EvaluationInfo {
  return {
    run: `${field}_${change.eval_key ?? ""}`, field, truth: "gt", eval_key: null, protocol: "sunrgbd", space: "metres",
    min_depth: 0.001, max_depth: 8, cap: 8, metrics: [], ...change,
  }; // prettier-ignore
}

function scoreOf(change: Partial<ScoreRecord> = {}): ScoreRecord {
  return {
    values: {}, mode: "none", scale: 1, shift: 0, n_valid: 4, flipped: false, reason: null, crop: null, ...change,
  }; // prettier-ignore
}

function mapOf(quantity: "depth" | "affine_depth" | null): MapRecord {
  const unit = quantity === "depth" ? "m" : null;
  return { path: "/a.png", problem: null, quantity, scale: 0.001, offset: 0, unit, source: null, run: null };
}

const CODES: Record<string, number[]> = {
  gt: [1000, 2000, 4000, 9000],
  one: [1500, 2000, 4000, 9000],
  other: [1500, 2000, 5000, 9000],
  loose: [2000, 4000, 5000, 3000],
  other_sigma: [1, 1, 1, 1],
};

const INFO: DatasetInfo = {
  dataset: "rooms",
  stored: "1",
  truth: "gt",
  fields: [
    { name: "gt", role: "truth", of: null },
    ...["one", "other", "loose"].map((name) => ({ name, role: "prediction" as const, of: null })),
    { name: "other_sigma", role: "uncertainty", of: "other" },
  ],
  evaluations: [
    evaluationOf("one"),
    evaluationOf("other", { protocol: "nyuv2", max_depth: 10, cap: 10 }),
    evaluationOf("other", { eval_key: "near", max_depth: 3, cap: 2.5 }),
  ],
};

function opened(scores: Record<string, ScoreRecord>): Opened {
  const quantities = { gt: "depth", one: "depth", other: "depth", loose: "affine_depth", other_sigma: null } as const;
  const maps = Object.fromEntries(Object.entries(quantities).map(([field, quantity]) => [field, mapOf(quantity)]));
  const record: SampleRecord = { id: "a", filepath: "/a.jpg", name: "a.jpg", intrinsics: null, maps, scores };
  const codes = Object.entries(CODES).map(([field, all]): [string, CodeMap] => [
    field, { width: 2, height: 2, codes: Uint16Array.from(all), quantiles: null },
  ]); // prettier-ignore
  return { record, picture: null, codes: Object.fromEntries(codes), urls: {}, problems: {} };
}

const BOTH = { one_: scoreOf(), other_: scoreOf({ crop: CROP }), other_near: scoreOf() };
const viewOf = (scores: Record<string, ScoreRecord>, change: Partial<Settings> = {}) =>
  assemble(opened(scores), INFO, { ...defaultSettings(), ...change });

describe("which pixels count", () => {
  it("is for each prediction, and for its uncertainty, what its own evaluation counts", () => {
    const { rules } = viewOf(BOTH);
    expect(rules["one"]).toEqual({ minDepth: 0.001, maxDepth: 8, cap: 8, crop: null });
    expect(rules["other"]).toEqual({ minDepth: 0.001, maxDepth: 10, cap: 10, crop: CROP });
    expect(rules["other_sigma"]).toEqual(rules["other"]);
    expect("gt" in rules).toBe(false);
  });

  it("is what the evaluation with the chosen key counts", () => {
    const { rules } = viewOf(BOTH, { evalKey: "near" });
    expect(rules["other"]).toEqual({ minDepth: 0.001, maxDepth: 3, cap: 2.5, crop: null });
    expect(rules["one"]).toMatchObject({ maxDepth: 8 });
  });

  it("is for a prediction without an evaluation that of the first that has one, which its fit keeps to", () => {
    const near = viewOf({ other_near: scoreOf() });
    expect(near.rules["loose"]).toBe(near.rules["other"]);
    // Below 3 m gt is half of it; the pixels beyond would bend the line.
    expect(near.maps["loose"]?.transform.slope).toBeCloseTo(0.0005, 9);
    expect(near.maps["loose"]?.transform.origin).toContain("fitted here");
    expect(viewOf({}).rules["loose"]).toEqual(DEFAULT_RULE);
  });
});

it("a box over the whole picture scores each prediction as its own evaluation did", () => {
  const found = scoreBox(viewOf(BOTH), WHOLE);
  if (typeof found === "string") throw new Error(found);
  const [one, other] = found.scores;
  // One: 9 m lies beyond 8 m. Other: the lower row alone, to 10 m.
  expect([one?.n, one?.values["mae"]]).toEqual([3, expect.closeTo(0.5 / 3, 12)]);
  expect([other?.n, other?.values["mae"]]).toEqual([2, expect.closeTo(0.5, 12)]);
  expect(found.unranked).toContain("different rules");
});
