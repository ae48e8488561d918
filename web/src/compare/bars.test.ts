import { describe, expect, it } from "vitest";
import { barsOf, legendsOf, tickText } from "./bars";
import { choicesOf } from "./choices";
import { stateForTest } from "./example";
import { endsProblem } from "./ranges";
import type { ColormapName, DisplayRange, Layer, Settings } from "../types";

const state = stateForTest();
const info = state.info as NonNullable<typeof state.info>;
const sample = state.sample as NonNullable<typeof state.sample>;

/** Metres of truth and near are shared; far is relative. */
function rangeOf(layer: Layer): DisplayRange | null {
  if (layer.kind === "relative") return { low: 0, high: 0.25, scale: "linear" };
  if (layer.kind === "signed") return { low: -0.5, high: 0.5, scale: "linear" };
  return { low: layer.field === "far" ? 0 : 1, high: layer.field === "far" ? 1 : 4, scale: "linear" };
}

function settingsWith(on: string[], change: Partial<Settings> = {}, colormap: ColormapName = "viridis"): Settings {
  const layers = Object.fromEntries(
    sample.layers.map((layer) => [layer.id, { on: on.includes(layer.id), opacity: 1, colormap }]),
  );
  return { ...state.settings, layers, ...change };
}

const shown = (settings: Settings) =>
  barsOf(sample, settings, rangeOf).map((bar) => `${bar.title} [${bar.unit}] ${bar.range.low}..${bar.range.high}`);

describe("colour bars", () => {
  it("are one for the depth layers of one range, and another for what has no metres", () => {
    expect(shown(settingsWith(["depth:truth", "depth:near"]))).toEqual(["depth [m] 1..4"]);
    expect(shown(settingsWith(["depth:truth", "depth:near", "depth:far"]))).toEqual([
      "depth: truth, near [m] 1..4",
      "far [null] 0..1",
    ]);
  });

  it("are one for each colormap", () => {
    const settings = settingsWith(["depth:truth", "depth:near"]);
    settings.layers["depth:near"] = { on: true, opacity: 1, colormap: "magma" };
    expect(barsOf(sample, settings, rangeOf).map((bar) => [bar.title, bar.colormap])).toEqual([
      ["truth", "viridis"],
      ["near", "magma"],
    ]);
  });

  it("are apart for errors, relative ones in percent", () => {
    expect(shown(settingsWith(["relative:near", "relative:far", "signed:near"]))).toEqual([
      "relative error [%] 0..25",
      "signed error [m] -0.5..0.5",
    ]);
  });

  it("are not there for the picture, the pixels that count, violations, and maps that could not be read", () => {
    expect(shown(settingsWith(["picture", "valid", "delta1:near"]))).toEqual([]);
    const broken = { ...sample, problems: { near: "the file is gone" } };
    expect(barsOf(broken, settingsWith(["depth:near"]), rangeOf)).toEqual([]);
  });

  it("say how the ends were found: typed metres are no ends of a relative map", () => {
    const ends = (settings: Settings) => barsOf(sample, settings, rangeOf).map((bar) => bar.ends);
    const { range } = state.settings;
    const both = ["depth:near", "depth:far"];
    expect(ends(settingsWith(both))).toEqual(["robust, 2 to 98 % of truth", "robust, 2 to 98 %"]);
    expect(ends(settingsWith(both, { range: { ...range, shared: false } }))).toEqual([
      "robust, 2 to 98 %",
      "robust, 2 to 98 %",
    ]);
    expect(ends(settingsWith(both, { range: { ...range, mode: "typed" } }))).toEqual(["typed", "robust, 2 to 98 %"]);
  });

  it("name values without dust and with a true minus", () => {
    expect([0.1 + 0.2, -0.5, 12, 0].map(tickText)).toEqual(["0.3", "−0.5", "12", "0"]);
  });
});

describe("legends", () => {
  it("name what is shown in one colour: violations by colormap, pixels that count, and holes", () => {
    const texts = (settings: Settings) => legendsOf(sample, settings).map((legend) => legend.text);
    expect(texts(settingsWith(["depth:truth", "absolute:near"]))).toEqual([]);
    expect(texts(settingsWith(["delta1:near", "delta1:far", "valid"]))).toEqual([
      "max(p / g, g / p) ≥ 1.25",
      "pixels that count",
    ]);
    expect(texts(settingsWith([], { mask: { pixels: "all", hatch: true } }))).toEqual(["no value"]);
    expect(texts(settingsWith([], { mask: { pixels: "valid", hatch: true } }))).toEqual(["no value, or masked"]);
  });

  it("have the colour that violations are painted in, the colormap's last", () => {
    expect(legendsOf(sample, settingsWith(["delta1:near"], {}, "grey"))[0]?.colour).toBe("rgb(255 255 255)");
  });
});

describe("what predictions can be compared with", () => {
  it("is the dataset's truth and, of evaluations against it, the one without a key first", () => {
    expect(choicesOf(info, null)).toEqual({ truths: ["truth"], keys: [null] });
    const keyed = info.evaluations.map((evaluation) => ({ ...evaluation, eval_key: "robust" }));
    expect(choicesOf({ ...info, evaluations: [...keyed, ...info.evaluations] }, null).keys).toEqual([null, "robust"]);
  });

  it("is every truth, each with evaluations of its own", () => {
    const fields = [...info.fields, { name: "filled", role: "truth" as const, of: null }];
    expect(choicesOf({ ...info, fields }, "filled")).toEqual({ truths: ["truth", "filled"], keys: [] });
  });
});

describe("typed ends", () => {
  it("must grow, and begin above 0 where the scale needs it", () => {
    expect(endsProblem(0, 8, "linear")).toBeNull();
    expect(endsProblem(8, 8, "linear")).toMatch(/below its end/);
    expect(endsProblem(0, 8, "log")).toMatch(/above 0 m/);
    expect(endsProblem(0.5, 8, "inverse")).toBeNull();
  });
});
