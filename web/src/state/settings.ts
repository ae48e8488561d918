/** How everything is shown, and what changes it. */

import type { ColormapName, Layer, LayerKind, LayerSettings, Settings } from "../types";

/** Perceptually uniform and safe for colour-blind eyes, all of them. */
const COLORMAPS: Record<LayerKind, ColormapName> = {
  picture: "grey",
  depth: "viridis",
  absolute: "magma",
  relative: "magma",
  signed: "RdBu",
  delta1: "viridis",
  uncertainty: "cividis",
  valid: "viridis",
};

/** With the picture they fill the six views that stand side by side. */
const DEPTHS_ON = 5;

/** A fresh copy of what everything begins with. */
export function defaultSettings(): Settings {
  return {
    arrangement: "side",
    layers: {},
    truth: null,
    evalKey: null,
    range: { shared: true, mode: "robust", low: 0.5, high: 8, scale: "linear" },
    errorRange: { mode: "robust", absolute: 0.5, relative: 0.25 },
    mask: { pixels: "all", hatch: false },
    swipe: 0.5,
    sides: { left: null, right: null },
    blinkMilliseconds: 700,
  };
}

/** How one of `layers` is shown: as was set, else as its kind begins. */
export function layerSettings(settings: Settings, layer: Layer, layers: readonly Layer[]): LayerSettings {
  return settings.layers[layer.id] ?? { on: isOnAtFirst(layer, layers), opacity: 1, colormap: COLORMAPS[layer.kind] };
}

/** The picture and the first depths that can be shown, among them the truth. */
function isOnAtFirst(layer: Layer, layers: readonly Layer[]): boolean {
  if (layer.kind !== "depth") return layer.kind === "picture";
  const place = layers.filter(({ kind, foreign }) => kind === "depth" && !foreign).findIndex(({ id }) => id === layer.id);
  return place >= 0 && place < DEPTHS_ON;
}

/** The settings with one layer changed; the others, and the given ones, stay as they are. */
export function updateLayer(
  settings: Settings,
  layer: Layer,
  layers: readonly Layer[],
  change: Partial<LayerSettings>,
): Settings {
  const changed = { ...layerSettings(settings, layer, layers), ...change };
  return { ...settings, layers: { ...settings.layers, [layer.id]: changed } };
}

/** Those of `layers` that are on, in their order. */
export function shownLayers(settings: Settings, layers: readonly Layer[]): Layer[] {
  return layers.filter((layer) => layerSettings(settings, layer, layers).on);
}
