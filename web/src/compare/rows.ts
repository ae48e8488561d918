/** The layers as rows of the list: which stand alone, which belong to a prediction, and what number each has. */

import { COLORMAPS } from "../colour/colormaps";
import { commonRule, ruleGroups, ruleOfLayer } from "../state/rules";
import { layerSettings, shownLayers } from "../state/settings";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import type { ColormapName, Layer, LayerKind, Settings, ValidRule } from "../types";
import { displayedLayers } from "../view/layout";

/** A layer, with the errors of the prediction that it is. */
export interface Row {
  readonly layer: Layer;
  /** The digit that switches it, null past nine. */
  readonly number: number | null;
  readonly errors: readonly Layer[];
}

export const ERRORS: Readonly<Partial<Record<LayerKind, { short: string; name: string }>>> = {
  absolute: { short: "|e|", name: "absolute error" },
  relative: { short: "rel", name: "relative error" },
  signed: { short: "±", name: "signed error" },
  delta1: { short: "δ₁", name: "delta1 violations" },
};

/** Errors stand with their prediction; one whose prediction is not there has a row of its own. */
export function rowsOf(layers: readonly Layer[]): Row[] {
  const predictions = new Set(layers.filter((layer) => layer.kind === "depth").map((layer) => layer.field));
  const belongs = (layer: Layer) => layer.kind in ERRORS && predictions.has(layer.field);
  return layers
    .filter((layer) => !belongs(layer))
    .map((layer, index) => ({
      layer,
      number: index < 9 ? index + 1 : null,
      errors: layer.kind === "depth" ? layers.filter((other) => belongs(other) && other.field === layer.field) : [],
    }));
}

/** Layers in the order in which they are listed: each prediction followed by those of its errors that are on. */
export function listed(state: CompareState): Layer[] {
  const layers = state.sample?.layers ?? [];
  const on = (layer: Layer) => layerSettings(state.settings, layer, layers).on;
  return rowsOf(layers).flatMap((row) => [row.layer, ...row.errors.filter(on)]);
}

/** The layer that keys change: the one that was chosen, else the topmost that is on. */
export function activeLayer(state: CompareState): Layer | null {
  const layers = state.sample?.layers ?? [];
  const chosen = layers.find((layer) => layer.id === state.active);
  return chosen ?? layers.findLast((layer) => layerSettings(state.settings, layer, layers).on) ?? layers[0] ?? null;
}

/** The layer that becomes active when one is switched off: another of its field that is on, else the topmost. */
export function activeWithout(state: CompareState, off: Layer): Layer | null {
  const layers = state.sample?.layers ?? [];
  const others = shownLayers(state.settings, layers).filter((layer) => layer.id !== off.id);
  return others.findLast((layer) => layer.field !== null && layer.field === off.field) ?? others.at(-1) ?? null;
}

/** Switches a layer. The one that was just switched on is what the next keys are about, one that is off no more. */
export function switchLayer(state: CompareState, actions: CompareActions, layer: Layer, on: boolean): void {
  actions.changeLayer(layer.id, { on });
  const active = on ? layer : state.active === layer.id ? activeWithout(state, layer) : null;
  if (active) actions.activate(active.id);
}

/** The prediction whose errors keys switch: that of the active layer, else the first. */
export function activePrediction(state: CompareState): string | null {
  const fields = (state.sample?.layers ?? []).filter((layer) => layer.kind === "absolute").map((layer) => layer.field);
  const active = activeLayer(state)?.field ?? null;
  return fields.includes(active) ? active : (fields[0] ?? null);
}

export function coloured(layer: Layer): boolean {
  return layer.kind !== "picture" && layer.kind !== "valid";
}

/** Colormaps that suit a layer, in the order in which they are offered. */
export function colormapsFor(layer: Layer): ColormapName[] {
  const names = Object.keys(COLORMAPS) as ColormapName[];
  return names.filter((name) => COLORMAPS[name].diverging === (layer.kind === "signed"));
}

const QUANTITIES = {
  depth: "metric depth",
  affine_depth: "affine-invariant depth",
  inverse_depth: "affine-invariant disparity",
} as const;

/** A quiet line about a layer's values, what they are before where they come from; "" where there is nothing to say. */
export function detailOf(layer: Layer, sample: SampleView, settings: Settings): string {
  if (layer.kind === "valid") {
    const differ = countsFor(sample, settings).length > 1;
    return `${differ ? "by the evaluations of all that are shown: " : ""}${validText(ruleOfLayer(sample, layer, settings))}`;
  }
  if (layer.field === null || layer.kind in ERRORS) return "";
  const stored = sample.record.maps[layer.field];
  const map = sample.maps[layer.field];
  if (!stored || stored.path === null || !map) return "";
  const quantity = layer.kind === "uncertainty" || !stored.quantity ? "" : QUANTITIES[stored.quantity];
  const source = stored.source === "raw" ? "measured, with holes" : stored.source;
  return [quantity, source, map.transform.origin].filter(Boolean).join(" · ");
}

/** Which distances of the ground truth count. */
export function validText({ minDepth, maxDepth, crop }: ValidRule): string {
  return `ground truth between ${minDepth} m and ${maxDepth} m${crop ? ", inside the evaluation's crop" : ""}`;
}

/** Which pixels count of what is shown: one line where they are the same for all, else one for each that differs. */
export function countsLines(sample: SampleView, settings: Settings): string[] {
  const groups = countsFor(sample, settings);
  if (groups.length < 2) return [groups[0]?.text ?? validText(commonRule([]))];
  return [
    ...groups.map(({ fields, text }) => `${fields.join(", ")}: ${text}`),
    `${sample.truth}: what counts for all of them`,
  ];
}

/** Predictions that are shown, by the words for what counts: rules may differ in how predictions are clipped alone. */
function countsFor(sample: SampleView, settings: Settings): { fields: readonly string[]; text: string }[] {
  const groups = new Map<string, readonly string[]>();
  for (const { fields, rule } of ruleGroups(sample, settings)) {
    const text = validText(rule);
    groups.set(text, [...(groups.get(text) ?? []), ...fields]);
  }
  return [...groups].map(([text, fields]) => ({ fields, text }));
}

/** Why a layer is not shown, null where it is. */
export function problemOf(layer: Layer, sample: SampleView): string | null {
  return sample.problems[layer.field ?? layer.kind] ?? null;
}

/** Layers that are on and could be shown, but that the arrangement has no place for. */
export function withoutPlace(settings: Settings, sample: SampleView): Layer[] {
  const { arrangement } = settings;
  if (arrangement !== "side" && arrangement !== "swipe") return [];
  const on = shownLayers(settings, sample.layers);
  const displayed = displayedLayers(settings, on, sample);
  // The picture lies below others in a swipe, or nowhere: it is no side of it.
  const sides = on.filter((layer) => layer.kind !== "picture" && problemOf(layer, sample) === null);
  return sides.filter((layer) => !displayed.includes(layer));
}

/** Why a layer that is on has no place, null where it has one. */
export function placeProblem(layer: Layer, settings: Settings, sample: SampleView): string | null {
  if (!withoutPlace(settings, sample).some(({ id }) => id === layer.id)) return null;
  return settings.arrangement === "side" ? "not shown: six views are full" : "not shown: a swipe has two sides";
}
