import { describe, expect, test } from "vitest";
import type { Layer, LayerKind } from "../types";
import { defaultSettings, layerSettings, shownLayers, updateLayer } from "./settings";

function layer(kind: LayerKind, field: string): Layer {
  return { id: `${kind}:${field}`, kind, field, label: field };
}

const PICTURE: Layer = { id: "picture", kind: "picture", field: null, label: "RGB" };
const VALID: Layer = { id: "valid", kind: "valid", field: "gt", label: "pixels that count" };
const FIELDS = ["gt", "a", "b", "c", "d", "e", "f"];
const LAYERS: Layer[] = [
  PICTURE,
  ...FIELDS.map((field) => layer("depth", field)),
  ...(["absolute", "relative", "signed", "delta1", "uncertainty"] as const).map((kind) => layer(kind, "a")),
  VALID,
];

describe("the defaults", () => {
  test("show the picture, the truth and four predictions, which fill six views, and nothing else", () => {
    const shown = shownLayers(defaultSettings(), LAYERS).map(({ id }) => id);
    expect(shown).toEqual(["picture", "depth:gt", "depth:a", "depth:b", "depth:c", "depth:d"]);
  });

  test("give each kind a colormap: one that diverges for signed errors alone", () => {
    const colormap = (one: Layer) => layerSettings(defaultSettings(), one, LAYERS).colormap;
    expect(colormap(layer("depth", "f"))).toBe("viridis");
    expect(colormap(layer("absolute", "a"))).toBe("magma");
    expect(colormap(layer("signed", "a"))).toBe("RdBu");
    for (const one of LAYERS.filter(({ kind }) => kind !== "signed")) expect(colormap(one)).not.toBe("RdBu");
  });

  test("are a fresh copy each time", () => {
    defaultSettings().range.low = 99;
    expect(defaultSettings().range.low).not.toBe(99);
  });
});

describe("updateLayer", () => {
  const depth = layer("depth", "a");

  test("changes what is asked for, keeps the rest of that layer and all others", () => {
    const once = updateLayer(defaultSettings(), depth, LAYERS, { opacity: 0.4 });
    const twice = updateLayer(once, depth, LAYERS, { colormap: "turbo" });
    expect(layerSettings(twice, depth, LAYERS)).toEqual({ on: true, opacity: 0.4, colormap: "turbo" });
    expect(shownLayers(twice, LAYERS)).toEqual(shownLayers(defaultSettings(), LAYERS));
  });

  test("keeps what was set of other layers", () => {
    const once = updateLayer(defaultSettings(), depth, LAYERS, { opacity: 0.4 });
    const twice = updateLayer(once, PICTURE, LAYERS, { opacity: 0.1 });
    expect(layerSettings(twice, depth, LAYERS).opacity).toBe(0.4);
  });

  test("switches layers off and on", () => {
    const off = updateLayer(defaultSettings(), depth, LAYERS, { on: false });
    expect(shownLayers(off, LAYERS)).not.toContain(depth);
    const on = updateLayer(off, VALID, LAYERS, { on: true });
    expect(shownLayers(on, LAYERS).at(-1)).toBe(VALID);
  });

  test("leaves the settings that it was given alone", () => {
    const settings = defaultSettings();
    updateLayer(settings, depth, LAYERS, { on: false });
    expect(settings).toEqual(defaultSettings());
  });

  test("is kept when the next sample has other layers", () => {
    const settings = updateLayer(defaultSettings(), layer("depth", "f"), LAYERS, { on: true });
    expect(layerSettings(settings, layer("depth", "f"), [PICTURE, layer("depth", "f")]).on).toBe(true);
  });
});
