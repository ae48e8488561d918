import { describe, expect, it } from "vitest";
import type { ScoreRecord } from "../contract";
import { aMap, aSample, METRES, RELATIVE } from "../readout/samples.fixture";
import { defaultSettings, layerSettings } from "../state/settings";
import { brief, captionOf, columnsOf, evaluationBelow, layerOf, protocolLine, tileSettings } from "./columns";
import { anEvaluation, INFO } from "./info.fixture";

const SETTINGS = defaultSettings();
const maps = { gt: aMap("gt", 1, [1000], METRES), dpt: aMap("dpt", 1, [900], METRES), mari: aMap("mari", 1, [1], RELATIVE) };
const KEY = { run: "dpt1", metric: "rmse", against: null };

function sample(change: Partial<Parameters<typeof aSample>[0]> = {}) {
  const made = aSample({ maps, truth: "gt", intrinsics: null, ...change });
  const errors = ["absolute", "relative"].map((kind) => ({ id: `${kind}:dpt`, kind, field: "dpt", label: kind }));
  return { ...made, layers: [...made.layers, ...errors] } as typeof made;
}

const column = (field: string) => {
  const found = columnsOf(INFO, SETTINGS).find((one) => one.field === field);
  if (!found) throw new Error(`no column ${field}`);
  return found;
};

describe("the columns", () => {
  it("are the picture, the truth and every prediction, without uncertainty", () => {
    expect(columnsOf(INFO, SETTINGS).map(({ kind, label }) => `${kind} ${label}`)).toEqual([
      "picture RGB", "truth gt", "prediction dpt", "prediction mari",
    ]);
  });

  it("follow the truth that the settings name, and do without one", () => {
    expect(columnsOf(INFO, { ...SETTINGS, truth: "mari" }).map(({ label }) => label)).toEqual(["RGB", "mari", "dpt"]);
    expect(columnsOf({ ...INFO, truth: null }, SETTINGS).map(({ kind }) => kind)).not.toContain("truth");
  });
});

describe("a tile", () => {
  it("shows depth or an error of predictions, and always depth of the truth", () => {
    expect(layerOf(sample(), column("dpt"), "depth")).toMatchObject({ id: "depth:dpt" });
    expect(layerOf(sample(), column("dpt"), "absolute")).toMatchObject({ id: "absolute:dpt" });
    expect(layerOf(sample(), column("dpt"), "relative")).toMatchObject({ id: "relative:dpt" });
    expect(layerOf(sample(), column("gt"), "relative")).toMatchObject({ id: "depth:gt" });
  });

  it("has a sentence in its place: of the file, of a map that is not there, of an error without truth or metres", () => {
    expect(layerOf(sample({ problems: { dpt: "dpt.png is damaged" } }), column("dpt"), "depth")).toBe("dpt.png is damaged");
    expect(layerOf(sample({ maps: { gt: maps.gt } }), column("dpt"), "depth")).toContain("No map");
    expect(layerOf(sample({ truth: null }), column("dpt"), "absolute")).toContain("no ground truth");
    expect(layerOf(sample(), column("mari"), "absolute")).toContain("no metres");
  });

  it("is opaque and has the colours of the first of its kind, as one colour bar for all needs", () => {
    const settings = { ...SETTINGS, layers: { "depth:gt": { on: false, opacity: 0.2, colormap: "turbo" as const } } };
    const shown = sample();
    const layer = layerOf(shown, column("dpt"), "depth");
    if (typeof layer === "string") throw new Error(layer);
    const found = layerSettings(tileSettings(shown, [layer], settings), layer, shown.layers);
    expect(found).toEqual({ on: true, opacity: 1, colormap: "turbo" });
  });
});

it("a sentence in a small tile names files without their folders, and leaves all else as it is", () => {
  expect(brief("/data/maps/rooms/6b03.png: the file is missing; predict again")).toBe("6b03.png: the file is missing; predict again");
  expect(brief("the map is 3 x 2 m/px, and/or broken")).toBe("the map is 3 x 2 m/px, and/or broken");
});

describe("below a tile stands", () => {
  const scored = (change: Partial<ScoreRecord>, run = "dpt1") => {
    const made = sample();
    const score = { values: { rmse: 0.3124 }, reason: null, ...change } as ScoreRecord;
    return { ...made, record: { ...made.record, scores: { [run]: score } } };
  };

  it("the metric of its prediction, with its unit", () => {
    expect(captionOf(INFO, scored({}), column("dpt"), KEY)).toBe("rmse 0.312 m");
  });

  it("that of the evaluation with the key of the one that is sorted by", () => {
    expect(evaluationBelow(INFO, "mari", { ...KEY, run: "dpt2" })?.run).toBe("mari2");
    expect(evaluationBelow(INFO, "dpt", { ...KEY, run: "dpt2" })?.run).toBe("dpt2");
    expect(captionOf(INFO, scored({}), column("mari"), KEY)).toBe("not evaluated");
  });

  it("never a number for what could not be scored, and nothing below the picture and the truth", () => {
    expect(captionOf(INFO, scored({ reason: "no valid pixel" }), column("dpt"), KEY)).toBe("not scored");
    expect(captionOf(INFO, scored({ values: { rmse: null } }), column("dpt"), KEY)).toBe("rmse no value");
    expect(captionOf(INFO, scored({}), column("gt"), KEY)).toBe("");
    expect(captionOf(INFO, scored({}), column("dpt"), null)).toBe("");
  });
});

it("the line of the protocol is that of the numbers on the sheet", () => {
  const columns = columnsOf(INFO, SETTINGS);
  expect(protocolLine(INFO, columns, KEY)).toBe("sunrgbd: ground truth gt, mean over images");
  const mixed = [anEvaluation("dpt1", "dpt"), anEvaluation("mari1", "mari", { protocol: "sunrgbd: ground truth gt, robust" })];
  expect(protocolLine({ ...INFO, evaluations: mixed }, columns, KEY)).toBe(
    "sunrgbd: ground truth gt; dpt: mean over images; mari: robust",
  );
});
