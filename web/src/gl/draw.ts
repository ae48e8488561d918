/** What the renderer is asked to draw: tiles of the canvas, each with layers from the bottom to the top. */

import type { CodeMap, ColormapName, DisplayRange, Transform, ValidRule, Viewport } from "../types";

/** In device pixels of the canvas, from its upper left corner. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Tile {
  readonly rect: Rect;
  /** The part of `rect` that is painted, null for all: the halves of a swipe are two tiles of one rect. */
  readonly clip: Rect | null;
  /** Device pixels a picture pixel in `zoom`. */
  readonly viewport: Viewport;
  /** Size of the picture, over which every map is stretched. */
  readonly width: number;
  readonly height: number;
  readonly layers: readonly LayerDraw[];
}

export type LayerDraw = PictureDraw | ValueDraw | ErrorDraw | ValidDraw;

export interface PictureDraw {
  readonly kind: "picture";
  readonly picture: ImageBitmap;
  readonly opacity: number;
}

/** A map and how its codes become values. Textures are kept by the identity of `map.codes`, not of `map`. */
export interface Source {
  readonly map: CodeMap;
  readonly transform: Transform;
}

/** Which pixels of a layer are painted, by the ground truth; where it has no map, all. */
export interface Mask {
  readonly truth: Source | null;
  /** Only where the truth has a value. */
  readonly measured: boolean;
  /** Only where this rule holds as well. */
  readonly rule: ValidRule | null;
  /** Paint diagonal stripes where this layer's own map has no value, and where the mask hides it. */
  readonly hatch: boolean;
}

interface Coloured {
  readonly range: DisplayRange;
  readonly colormap: ColormapName;
  readonly opacity: number;
  readonly mask: Mask;
}

/** Depth or uncertainty. */
export interface ValueDraw extends Coloured {
  readonly kind: "value";
  readonly source: Source;
}

/**
 * Of prediction p and truth g: absolute |p - g|, relative |p - g| / g, signed p - g; delta1 paints max(p / g, g / p)
 * >= 1.25 in the far colour and all else not at all. Signed ranges are symmetric about 0.
 */
export interface ErrorDraw extends Coloured {
  readonly kind: "absolute" | "relative" | "signed" | "delta1";
  readonly prediction: Source;
  readonly truth: Source;
}

/** The pixels that an evaluation counts, in one colour. */
export interface ValidDraw {
  readonly kind: "valid";
  readonly truth: Source;
  readonly rule: ValidRule;
  readonly opacity: number;
}
