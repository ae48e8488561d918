import { describe, expect, it } from "vitest";
import { shownLayers } from "../state/settings";
import { barsOf, headOf, howOf, legendsOf, sidesOf } from "./bars";
import { choicesOf } from "./choices";
import { stateForTest } from "./example";
import { endsProblem } from "./ranges";
import type { ColormapName, Settings } from "../types";

const state = stateForTest();
const info = state.info as NonNullable<typeof state.info>;
const sample = state.sample as NonNullable<typeof state.sample>;

/** Metres are shown from 1 to 4; near is brought to metres, far is not. */
function settingsWith(on: string[], change: Partial<Settings> = {}, colormap: ColormapName = "viridis"): Settings {
  const layers = Object.fromEntries(
    sample.layers.map((layer) => [layer.id, { on: on.includes(layer.id), opacity: 1, colormap }]),
  );
  const range = { ...state.settings.range, mode: "typed" as const, low: 1, high: 4 };
  return { ...state.settings, range, errorRange: { mode: "typed", absolute: 0.5, relative: 0.25 }, layers, ...change };
}

const on = (settings: Settings) => shownLayers(settings, sample.layers);
const shown = (settings: Settings) =>
  barsOf(sample, settings, on(settings)).map((bar) => `${bar.title} [${bar.unit}] ${bar.range.low}..${bar.range.high}`);

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
    expect(barsOf(sample, settings, on(settings)).map((bar) => [bar.title, bar.colormap])).toEqual([
      ["truth", "viridis"],
      ["near", "magma"],
    ]);
  });

  it("are apart for errors, relative ones in percent", () => {
    expect(shown(settingsWith(["relative:near", "signed:near"]))).toEqual([
      "relative error [%] 0..25",
      "signed error [m] -0.5..0.5",
    ]);
  });

  it("are not there for the picture, the pixels that count, violations, and maps that could not be read", () => {
    expect(shown(settingsWith(["picture", "valid", "delta1:near"]))).toEqual([]);
    const broken = { ...sample, problems: { near: "the file is gone" } };
    const settings = settingsWith(["depth:near", "delta1:near"]);
    expect(barsOf(broken, settings, on(settings))).toEqual([]);
    expect(legendsOf(broken, settings, on(settings))).toEqual([]);
  });

  it("are not there for errors that nothing is painted of, because the prediction is not in metres", () => {
    const settings = settingsWith(["absolute:far", "relative:far", "signed:far", "delta1:far"]);
    expect(shown(settings)).toEqual([]);
    expect(legendsOf(sample, settings, on(settings))).toEqual([]);
  });

  it("are only for the layers that are displayed", () => {
    const settings = settingsWith(["depth:truth", "depth:far", "signed:near"]);
    expect(barsOf(sample, settings, on(settings).slice(0, 1)).map((bar) => bar.title)).toEqual(["truth"]);
  });

  it("say how the ends were found: typed metres are no ends of a relative map", () => {
    const ends = (settings: Settings) => barsOf(sample, settings, on(settings)).map((bar) => bar.ends);
    const { range } = state.settings;
    const both = ["depth:near", "depth:far"];
    expect(ends(settingsWith(both, { range }))).toEqual(["robust, 2 to 98 % of truth", "robust, 2 to 98 %"]);
    expect(ends(settingsWith(both, { range: { ...range, shared: false } }))).toEqual([
      "robust, 2 to 98 %",
      "robust, 2 to 98 %",
    ]);
    expect(ends(settingsWith(both, { range: { ...range, mode: "typed" } }))).toEqual(["typed", "robust, 2 to 98 %"]);
  });

  it("say the unit, that there is none, and the scale that the colours really have", () => {
    const settings = settingsWith(["depth:truth", "depth:far"], {
      range: { ...state.settings.range, mode: "typed", low: 1, high: 4, scale: "inverse" },
    });
    const bars = barsOf(sample, settings, on(settings));
    expect(bars.map(headOf)).toEqual(["truth [m]", "far (relative, no unit)"]);
    expect(bars.map(howOf)).toEqual(["typed, inverse", "robust, 2 to 98 %"]);
  });

  it("say in words what the ends of a signed error are, and of nothing else", () => {
    const settings = settingsWith(["absolute:near", "signed:near"]);
    settings.layers["signed:near"] = { on: true, opacity: 1, colormap: "PuOr" };
    const bars = barsOf(sample, settings, on(settings));
    expect(bars.map((bar) => [bar.title, sidesOf(bar)])).toEqual([
      ["absolute error", null],
      ["signed error", ["too near (−)", "too far (+)"]],
    ]);
  });
});

describe("legends", () => {
  it("name what is shown in one colour: violations by colormap, pixels that count, and holes", () => {
    const texts = (settings: Settings) => legendsOf(sample, settings, on(settings)).map((legend) => legend.text);
    expect(texts(settingsWith(["depth:truth", "absolute:near"]))).toEqual([]);
    expect(texts(settingsWith(["delta1:near", "delta1:far", "valid"]))).toEqual([
      "max(p / g, g / p) ≥ 1.25",
      "pixels that count",
    ]);
    expect(texts(settingsWith([], { mask: { pixels: "all", hatch: true } }))).toEqual(["no value"]);
    expect(texts(settingsWith([], { mask: { pixels: "valid", hatch: true } }))).toEqual(["no value, or masked"]);
  });

  it("have the colour that violations are painted in, the colormap's last", () => {
    const settings = settingsWith(["delta1:near"], {}, "grey");
    expect(legendsOf(sample, settings, on(settings))[0]?.colour).toBe("rgb(255 255 255)");
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
