/** From a sample and the settings to what the renderer draws. */

import { rangeOf } from "./ranges";
import type { LayerDraw, Mask, Source, Tile } from "../gl/draw";
import type { SampleView } from "../state/compare";
import { ruleOfLayer } from "../state/rules";
import { layerSettings } from "../state/settings";
import type { Layer, LoadedMap, Settings, ValidRule, Viewport } from "../types";
import { fit, type View } from "./layout";

/**
 * How these layers are drawn, from the bottom to the top. Left out are layers that the sample cannot show, and those
 * that one above covers wholly: a stack is then drawn as quickly as what is seen of it.
 */
export function drawsOf(sample: SampleView, layers: readonly Layer[], settings: Settings): LayerDraw[] {
  const draws = layers.flatMap((layer) => drawOf(sample, layer, settings) ?? []);
  const top = draws.findLastIndex(covers);
  const cover = draws[top];
  // Where the mask, which all layers share, hides the cover, it hides the others too, but not the picture.
  const masked = cover?.kind === "value" && (cover.mask.measured || cover.mask.rule !== null);
  return draws.filter(({ kind }, place) => place >= top || (masked && kind === "picture"));
}

/** Whether nothing of what lies below is seen, but where a mask hides this. */
function covers(draw: LayerDraw): boolean {
  return draw.opacity >= 1 && (draw.kind === "picture" || (draw.kind === "value" && draw.source.map.whole === true));
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
