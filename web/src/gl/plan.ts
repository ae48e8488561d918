/** From a tile's layers to the shaders that draw them and what those are told, but for where they lie. */

import type { CodeMap } from "../types";
import type { ErrorDraw, LayerDraw, PictureDraw, Tile, ValidDraw, ValueDraw } from "./draw";
import { mipmapLevel } from "./place";
import type { Uniforms } from "./program";
import type { LayerShader } from "./shaders";
import { MOST_MIXED, type MixShader } from "./mix-shader";
import { Textures } from "./textures";
import type { Colouring } from "./code-colours";
import { type Counted, countedBy, lineOf, spreadOf } from "./values";

/** One layer, over what is drawn already. */
export interface Pass extends Uniforms {
  readonly shader: LayerShader;
  readonly opacity: number;
  readonly picture: ImageBitmap | null;
  readonly own: CodeMap | null;
  /** The colours of `own`'s codes, of a layer of values. */
  readonly colouring: Colouring | null;
  readonly truth: CodeMap | null;
  readonly counted: Counted | null;
}

/** A layer whose colours are kept in a texture, so that opacity, mask, zoom and place change without them. */
export interface Mixed {
  readonly pass: Pass;
  readonly opacity: number;
  /** Of the mix's truth; null where the mask hides nothing. */
  readonly counted: Counted | null;
}

/** Layers that are mixed in one pass, with the picture below them. */
export interface Mix extends Uniforms {
  readonly shader: Omit<MixShader, "direct">;
  readonly picture: PictureDraw | null;
  readonly layers: readonly Mixed[];
  /** What masks go by. */
  readonly truth: CodeMap | null;
}

type MapDraw = Exclude<LayerDraw, PictureDraw>;

/**
 * What draws a tile. A picture is drawn in one pass with what lies right above it, and layers that lie over one another
 * are mixed in one pass: in software a pass over all pixels costs as much as reading one texture more.
 */
export function stepsOf(tile: Tile): (Pass | Mix)[] {
  // A picture that the page has closed has no pixels any more.
  const shown = tile.layers.filter((layer) => layer.opacity > 0 && (layer.kind !== "picture" || layer.picture.width > 0));
  const steps: (Pass | Mix)[] = [];
  for (let i = 0; i < shown.length; ) {
    const picture = shown[i]?.kind === "picture" ? (shown[i] as PictureDraw) : null;
    const first = i + (picture ? 1 : 0);
    const layers = together(shown.slice(first));
    const [only] = layers;
    if (layers.length > 1) steps.push(mixOf(picture, layers, tile));
    else if (!only) steps.push(...(picture ? [passOfPicture(picture, tile)] : []));
    else if (picture && picture.opacity < 1) steps.push(passOfPicture(picture, tile), passOf(only, null, tile));
    else steps.push(passOf(only, picture, tile));
    i = first + layers.length;
  }
  return steps;
}

/** The layers from the first one on that one pass can mix: up to a picture, another truth or other stripes. */
function together(layers: readonly LayerDraw[]): MapDraw[] {
  const found: MapDraw[] = [];
  for (const layer of layers.slice(0, MOST_MIXED)) {
    if (layer.kind === "picture") break;
    const masks = [...found, layer].flatMap((one) => (one.kind === "valid" ? [] : one.mask));
    const truths = new Set(masks.flatMap((mask) => (countedBy(mask) && mask.truth ? mask.truth.map.codes : [])));
    if (truths.size > 1 || new Set(masks.map(({ hatch }) => hatch)).size > 1) break;
    found.push(layer);
  }
  return found;
}

function mixOf(picture: PictureDraw | null, layers: readonly MapDraw[], tile: Tile): Mix {
  const masks = layers.map((layer) => (layer.kind === "valid" ? null : layer.mask));
  const counted = masks.map((mask) => mask && countedBy(mask));
  const truth = masks.find((_, i) => counted[i])?.truth?.map ?? null;
  const below = picture && reading(picture, tile);
  return {
    shader: {
      kind: "mix",
      picture: below && below.read,
      count: layers.length,
      masked: truth !== null,
      hatch: masks.some((mask) => mask?.hatch),
    },
    picture,
    layers: layers.map((layer, i) => ({
      pass: alone(layer, true),
      opacity: layer.opacity,
      counted: counted[i] ?? null,
    })),
    truth,
    floats: below ? { level: [below.level] } : {},
    ints: {},
  };
}

const NOTHING = { picture: null, own: null, colouring: null, truth: null, counted: null, floats: {}, ints: {} } as const;

function passOfPicture(layer: PictureDraw, tile: Tile): Pass {
  const { picture, level, read } = reading(layer, tile);
  const shader = { kind: "picture", picture: read } as const;
  return { ...NOTHING, shader, opacity: layer.opacity, picture, floats: { level: [level] } };
}

function passOf(layer: MapDraw, below: PictureDraw | null, tile: Tile): Pass {
  const pass = alone(layer, false);
  if (!below) return pass;
  const { picture, level, read } = reading(below, tile);
  const shader = { ...pass.shader, picture: read };
  return { ...pass, shader, picture, floats: { ...pass.floats, level: [level] } };
}

/** A pixel that is one or more on the canvas is shown as it is; what is smaller blends with its neighbours. */
function reading({ picture }: PictureDraw, tile: Tile) {
  const zoom = (tile.viewport.zoom * tile.width) / picture.width;
  return { picture, level: mipmapLevel(zoom), read: zoom < 1 ? "smooth" : "pixels" } as const;
}

/** `kept`: for a texture, opaque and without the mask. */
function alone(layer: MapDraw, kept: boolean): Pass {
  if (layer.kind === "value") return passOfValues(layer, kept);
  return layer.kind === "valid" ? passOfValid(layer, kept) : passOfErrors(layer, kept);
}

function passOfValues({ source, range, colormap, opacity, mask }: ValueDraw, kept: boolean): Pass {
  const counted = kept ? null : countedBy(mask);
  return {
    ...NOTHING,
    shader: { kind: "value", picture: null, kept, masked: counted !== null, hatch: mask.hatch && !kept },
    opacity: kept ? 1 : opacity,
    own: source.map,
    colouring: { transform: source.transform, range, colormap },
    truth: counted && mask.truth ? mask.truth.map : null,
    counted,
  };
}

/** An error's mask goes by the error's own truth: there is no other on a sample. */
function passOfErrors({ kind, prediction, truth, range, colormap, opacity, mask }: ErrorDraw, kept: boolean): Pass {
  const { form, spread } = spreadOf(range);
  const counted = kept ? null : mask.truth && countedBy({ ...mask, truth });
  return {
    ...NOTHING,
    shader: {
      kind,
      picture: null,
      kept,
      form: kind === "delta1" ? "same" : form,
      masked: counted !== null,
      hatch: mask.hatch && !kept,
      invertedPrediction: prediction.transform.inverse,
      invertedTruth: truth.transform.inverse,
    },
    opacity: kept ? 1 : opacity,
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

function passOfValid({ truth, rule, opacity }: ValidDraw, kept: boolean): Pass {
  const counted = countedBy({ truth, measured: true, rule, hatch: false });
  const shader = { kind: "valid", picture: null, kept } as const;
  return { ...NOTHING, shader, opacity: kept ? 1 : opacity, truth: truth.map, counted };
}
