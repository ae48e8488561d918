/** From a tile's layers to the shaders that draw them and what those are told, but for where they lie. */

import type { CodeMap } from "../types";
import type { ErrorDraw, LayerDraw, PictureDraw, Tile, ValidDraw, ValueDraw } from "./draw";
import { mipmapLevel } from "./place";
import type { Uniforms } from "./program";
import type { Shader } from "./shaders";
import { Textures } from "./textures";
import { type Counted, countedBy, lineOf, spreadOf, spreadOfCodes } from "./values";

/** One pass over a tile's pixels. */
export interface Pass extends Uniforms {
  readonly shader: Shader;
  readonly opacity: number;
  readonly picture: ImageBitmap | null;
  readonly own: CodeMap | null;
  readonly truth: CodeMap | null;
  readonly counted: Counted | null;
}

/**
 * The passes that draw a tile. An opaque picture is drawn in one pass with the layer right above it: in software that
 * takes three quarters of the time of two.
 */
export function passesOf(tile: Tile): Pass[] {
  // A picture that the page has closed has no pixels any more.
  const shown = tile.layers.filter((layer) => layer.opacity > 0 && (layer.kind !== "picture" || layer.picture.width > 0));
  const passes: Pass[] = [];
  for (const [i, layer] of shown.entries()) {
    const above = shown[i + 1];
    if (layer.kind !== "picture") passes.push(passOf(layer, shown[i - 1], tile));
    else if (layer.opacity < 1 || !above || above.kind === "picture") passes.push(passOfPicture(layer, tile));
  }
  return passes;
}

function passOfPicture(layer: PictureDraw, tile: Tile): Pass {
  const { picture, level, read } = reading(layer, tile);
  const shader = { kind: "picture", picture: read } as const;
  const { opacity } = layer;
  return { shader, opacity, picture, own: null, truth: null, counted: null, floats: { level: [level] }, ints: {} };
}

function passOf(layer: Exclude<LayerDraw, PictureDraw>, below: LayerDraw | undefined, tile: Tile): Pass {
  const pass = alone(layer);
  if (below?.kind !== "picture" || below.opacity < 1) return pass;
  const { picture, level, read } = reading(below, tile);
  const shader = { ...pass.shader, picture: read };
  return { ...pass, shader, picture, floats: { ...pass.floats, level: [level] } };
}

/** A pixel that is one or more on the canvas is shown as it is; what is smaller blends with its neighbours. */
function reading({ picture }: PictureDraw, tile: Tile) {
  const zoom = (tile.viewport.zoom * tile.width) / picture.width;
  return { picture, level: mipmapLevel(zoom), read: zoom < 1 ? "smooth" : "pixels" } as const;
}

function alone(layer: Exclude<LayerDraw, PictureDraw>): Pass {
  if (layer.kind === "value") return passOfValues(layer);
  return layer.kind === "valid" ? passOfValid(layer) : passOfErrors(layer);
}

function passOfValues({ source, range, colormap, opacity, mask }: ValueDraw): Pass {
  const { form, spread, line } = spreadOfCodes(source.transform, range);
  const counted = countedBy(mask);
  return {
    shader: { kind: "value", picture: null, form, masked: counted !== null, hatch: mask.hatch },
    opacity,
    picture: null,
    own: source.map,
    truth: counted && mask.truth ? mask.truth.map : null,
    counted,
    floats: { ownLine: line, spread },
    ints: { colormap: [Textures.row(colormap)] },
  };
}

/** An error's mask goes by the error's own truth: there is no other on a sample. */
function passOfErrors({ kind, prediction, truth, range, colormap, opacity, mask }: ErrorDraw): Pass {
  const { form, spread } = spreadOf(range);
  const counted = mask.truth && countedBy({ ...mask, truth });
  return {
    shader: {
      kind,
      picture: null,
      form: kind === "delta1" ? "same" : form,
      masked: counted !== null,
      hatch: mask.hatch,
      invertedPrediction: prediction.transform.inverse,
      invertedTruth: truth.transform.inverse,
    },
    opacity,
    picture: null,
    own: prediction.map,
    truth: truth.map,
    counted,
    floats: {
      ownLine: lineOf(prediction.transform),
      truthLine: lineOf(truth.transform),
      clip: mask.rule ? [mask.rule.minDepth, mask.rule.cap] : [-3e38, 3e38],
      spread,
    },
    ints: { colormap: [Textures.row(colormap)] },
  };
}

function passOfValid({ truth, rule, opacity }: ValidDraw): Pass {
  const counted = countedBy({ truth, measured: true, rule, hatch: false });
  const shader = { kind: "valid", picture: null } as const;
  return { shader, opacity, picture: null, own: null, truth: truth.map, counted, floats: {}, ints: {} };
}
