/** What a user may come to next: what the renderer makes ready while nothing else is to be done. */

import type { SampleView } from "../state/compare";
import { shownLayers, updateLayer } from "../state/settings";
import type { Layer, Settings } from "../types";

/**
 * Settings that are one or two steps away, of which each may need a shader that was not needed yet: the likelier, the
 * earlier.
 */
export function nextSettings(settings: Settings, sample: SampleView): Settings[] {
  const overlay: Settings = { ...settings, arrangement: "overlay" };
  const side: Settings = { ...settings, arrangement: "side" };
  const maps = shownLayers(settings, sample.layers).filter(({ kind }) => kind !== "picture");
  const errors = sample.layers.filter(({ kind, field }) => ERRORS.includes(kind) && field === firstPrediction(sample));
  return [
    overlay,
    side,
    { ...settings, arrangement: "swipe" },
    ...maps.map((_, count) => translucent(overlay, maps.slice(-count - 1), sample)),
    { ...side, mask: { pixels: "measured", hatch: false } },
    errors.reduce((all, error) => updateLayer(all, error, sample.layers, { on: true }), overlay),
    ...errors.map((error) => only(side, error, sample)),
    { ...side, mask: { pixels: "all", hatch: true } },
  ];
}

const ERRORS: readonly Layer["kind"][] = ["absolute", "relative", "signed", "delta1"];

function firstPrediction(sample: SampleView): string | null {
  return sample.layers.find(({ kind }) => kind === "absolute")?.field ?? null;
}

function translucent(settings: Settings, layers: readonly Layer[], sample: SampleView): Settings {
  return layers.reduce((all, layer) => updateLayer(all, layer, sample.layers, { opacity: 0.5 }), settings);
}

function only(settings: Settings, layer: Layer, sample: SampleView): Settings {
  const off = sample.layers.filter(({ kind }) => kind !== "picture");
  const none = off.reduce((all, other) => updateLayer(all, other, sample.layers, { on: false }), settings);
  return updateLayer(none, layer, sample.layers, { on: true });
}
