/** From a sample and the settings to what the renderer draws. */

import { rangeOf } from "./ranges";
import type { LayerDraw, Mask, Source, Tile } from "../gl/draw";
import type { SampleView } from "../state/compare";
import { ruleOfLayer } from "../state/rules";
import { layerSettings } from "../state/settings";
import type { Layer, LoadedMap, Settings, ValidRule, Viewport } from "../types";
import { coversOf } from "./cover";
import { fit, nameOf, type View } from "./layout";

/** A layer that the sample can show, and the one above that hides it wholly; null where it is seen. */
interface Shown {
  readonly layer: Layer;
  readonly draw: LayerDraw;
  readonly hiddenBy: Layer | null;
}

function shownOf(sample: SampleView, layers: readonly Layer[], settings: Settings): Shown[] {
  const drawn = layers.flatMap((layer) => {
    const draw = drawOf(sample, layer, settings);
    return draw ? [{ layer, draw }] : [];
  });
  const covers = coversOf(drawn.map(({ draw }) => draw));
  return drawn.map((one, place) => ({ ...one, hiddenBy: drawn[covers[place] ?? -1]?.layer ?? null }));
}

/**
 * How these layers are drawn, from the bottom to the top. Left out are layers that the sample cannot show, and those
 * that one above covers wholly: a stack is then drawn as quickly as what is seen of it.
 */
export function drawsOf(sample: SampleView, layers: readonly Layer[], settings: Settings): LayerDraw[] {
  return shownOf(sample, layers, settings).flatMap(({ draw, hiddenBy }) => (hiddenBy ? [] : draw));
}

/** Of the layers of a view but the picture, which are hidden, each with the layer that hides it. */
export function hiddenIn(sample: SampleView, view: Pick<View, "layers">, settings: Settings): Map<Layer, Layer> {
  const hidden = shownOf(sample, view.layers, settings).filter(({ layer }) => layer.kind !== "picture");
  return new Map(hidden.flatMap(({ layer, hiddenBy }) => (hiddenBy ? [[layer, hiddenBy] as const] : [])));
}

/** What stands in a view's corner: the layers that are seen, and that others are not. */
export function titleOf(sample: SampleView, view: Pick<View, "layers">, settings: Settings): string {
  const hidden = [...hiddenIn(sample, view, settings).keys()];
  const name = nameOf({ layers: view.layers.filter((layer) => !hidden.includes(layer)) });
  const [only] = hidden;
  return only ? `${name} (covers ${hidden.length === 1 ? only.label : `${hidden.length} layers`})` : name;
}

/** Tiles for the views of an arrangement; `ratio` is device pixels a CSS pixel, of the views and of the viewport. */
export function tilesOf(
  sample: SampleView,
  views: readonly View[],
  viewport: Viewport | null,
  settings: Settings,
  ratio: number,
): Tile[] {
  return views.map(({ layers, rect, clip }) => {
    const { x, y, zoom } = viewport ?? fit(sample, rect);
    const device = (box: NonNullable<typeof clip>) => ({
      x: Math.round(box.x * ratio),
      y: Math.round(box.y * ratio),
      width: Math.round(box.width * ratio),
      height: Math.round(box.height * ratio),
    });
    return {
      rect: device(rect),
      clip: clip && device(clip),
      viewport: { x, y, zoom: zoom * ratio },
      width: sample.width,
      height: sample.height,
      layers: drawsOf(sample, layers, settings),
    };
  });
}

function drawOf(sample: SampleView, layer: Layer, settings: Settings): LayerDraw | null {
  const { opacity, colormap } = layerSettings(settings, layer, sample.layers);
  if (layer.kind === "picture") return sample.picture && { kind: "picture", picture: sample.picture, opacity };
  const truth = sample.truth ? (sample.maps[sample.truth] ?? null) : null;
  const rule = ruleOfLayer(sample, layer, settings);
  if (layer.kind === "valid") return truth && { kind: "valid", truth: source(truth), rule, opacity };
  const map = layer.field ? sample.maps[layer.field] : undefined;
  if (!map) return null;
  const range = rangeOf(sample, layer, settings);
  if (!range) return null;
  const coloured = { range, colormap, opacity, mask: maskOf(truth, rule, settings) };
  if (layer.kind === "depth" || layer.kind === "uncertainty") return { kind: "value", source: source(map), ...coloured };
  // An error in metres needs metres on both sides.
  if (!truth || map.transform.unit !== "m" || truth.transform.unit !== "m") return null;
  return { kind: layer.kind, prediction: source(map), truth: source(truth), ...coloured };
}

function maskOf(truth: LoadedMap | null, rule: ValidRule, settings: Settings): Mask {
  const { pixels, hatch } = settings.mask;
  return {
    truth: truth && source(truth),
    measured: pixels !== "all",
    rule: pixels === "valid" ? rule : null,
    hatch,
  };
}

function source(map: LoadedMap): Source {
  return { map, transform: map.transform };
}
