/** What travels between the modules of the compare panel. Lengths are metres, positions are pixels of the picture. */

import type { Crop, Quantity } from "./contract";

/** A 16-bit map as it lies in its file; code 0 is no value. */
export interface CodeMap {
  readonly width: number;
  readonly height: number;
  /** Row by row, width x height. */
  readonly codes: Uint16Array;
  /** 1001 codes: the lowest code above 0, and those below which n/1000 of the codes above 0 lie; null for an empty map. */
  readonly quantiles: Uint16Array | null;
  /** Whether every pixel is known to have a value, so that what lies below the map is not seen. */
  readonly whole?: boolean;
}

/**
 * How a code becomes a value that is shown: u = slope x code + base, and the value is u, or 1 / max(u, floor) where
 * `inverse`. The alignment's scale and shift are in it.
 */
export interface Transform {
  readonly slope: number;
  readonly base: number;
  readonly inverse: boolean;
  /** 1/m; keeps what is aligned finite. */
  readonly floor: number;
  /** "m" when the values are metres, else the map is relative: no number of it may be shown as a distance. */
  readonly unit: "m" | null;
  /** How the metres came about, for the reader; such as "scale and shift of the evaluation `all`". */
  readonly origin: string;
}

/** A depth or uncertainty map that is ready to be looked at. */
export interface LoadedMap extends CodeMap {
  readonly field: string;
  readonly url: string;
  /** Null for uncertainty. */
  readonly quantity: Quantity | null;
  readonly transform: Transform;
}

/** Which pixels of the ground truth count; limits in metres, strict. */
export interface ValidRule {
  readonly minDepth: number;
  readonly maxDepth: number;
  /** Predictions are clipped to [minDepth, cap] before they are scored. */
  readonly cap: number;
  readonly crop: Crop | null;
}

export type LayerKind = "picture" | "depth" | "absolute" | "relative" | "signed" | "delta1" | "uncertainty" | "valid";

/** One thing that can be shown. `id` is `kind`, or `kind:field`; settings are kept by it. */
export interface Layer {
  readonly id: string;
  readonly kind: LayerKind;
  /** The field that it is of: the map itself, or the prediction whose error it is. */
  readonly field: string | null;
  readonly label: string;
  /** Its label on this sample is no map of Plumb's: it cannot be shown, and is off unless someone asks why. */
  readonly foreign?: boolean;
}

export type Arrangement = "overlay" | "side" | "swipe" | "blink";
export type ColormapName =
  | "turbo" | "viridis" | "magma" | "inferno" | "cividis" | "Spectral" | "grey"
  | "RdBu" | "PuOr";
export type ColourScale = "linear" | "inverse" | "log";

export interface LayerSettings {
  on: boolean;
  /** 0 to 1. */
  opacity: number;
  colormap: ColormapName;
}

/** How everything is shown; what is kept, shared and exported. Plain JSON. */
export interface Settings {
  arrangement: Arrangement;
  /** By layer id; a layer that is not here has the defaults of its kind. */
  layers: Record<string, LayerSettings>;
  /** Fields in place of the dataset's truth and of the evaluation without key; null for those. */
  truth: string | null;
  evalKey: string | null;
  range: { shared: boolean; mode: "robust" | "typed"; low: number; high: number; scale: ColourScale };
  /** Upper ends: metres for absolute and signed errors, a share of the distance for relative ones. */
  errorRange: { mode: "robust" | "typed"; absolute: number; relative: number };
  mask: { pixels: "all" | "measured" | "valid"; hatch: boolean };
  /** Share of the view's width left of the divider. */
  swipe: number;
  /** Ids of the layers left and right of the divider; null for the first ones that are on. */
  sides: { left: string | null; right: string | null };
  blinkMilliseconds: number;
}

/** What a colour bar spans: low < high, in the unit of the layer. */
export interface DisplayRange {
  readonly low: number;
  readonly high: number;
  readonly scale: ColourScale;
}

/** Zoom and place, shared by all views: `x`, `y` is the picture's point in a view's middle, `zoom` view pixels a pixel. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Rows top to bottom and columns left to right, half open. */
export type Box = Crop;
