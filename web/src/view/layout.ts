/** Where the views of an arrangement lie, and the way between the canvas and the picture. */

import type { Rect } from "../gl/draw";
import type { Layer, LayerKind, Point, Settings, Viewport } from "../types";
import { sidesOf } from "./sides";

export const MOST_VIEWS = 6;

/** Pixels between views side by side. */
export const GAP = 4;
const MEASURED_ONLY: readonly LayerKind[] = ["absolute", "relative", "signed"];

/** A picture with layers over it. */
export interface View {
  readonly layers: readonly Layer[];
  readonly rect: Rect;
  /** The part of `rect` that is painted, null for all. */
  readonly clip: Rect | null;
  /** Why its layer is not shown, null where it is. */
  readonly problem: string | null;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What must be known of a sample: its size, and why fields are not shown. */
interface Shown extends Size {
  readonly problems: Readonly<Record<string, string>>;
}

/**
 * The layers of each view of an arrangement, from the bottom to the top; of a blink, of each of its turns. Side by side,
 * a layer that cannot be shown has its place, where the message stands; elsewhere it would only hide what can.
 *
 * @param on layers that are on, from the bottom to the top
 */
function stacksOf(settings: Settings, on: readonly Layer[], sample: Shown): (readonly Layer[])[] {
  const shown = settings.arrangement === "side" ? on : on.filter((layer) => problemOf(layer, sample) === null);
  const ground = shown.filter((layer) => layer.kind === "picture");
  const above = shown.filter((layer) => layer.kind !== "picture");
  // Below a map of errors the picture would be read as errors wherever nothing was measured.
  const overGround = (layer: Layer) => (MEASURED_ONLY.includes(layer.kind) ? [layer] : [...ground, layer]);
  switch (settings.arrangement) {
    case "side":
      return shown.slice(0, MOST_VIEWS).map((layer) => (layer.kind === "picture" ? [layer] : overGround(layer)));
    case "swipe":
      return sidesOf(settings, shown)?.map((layer) => (layer.kind === "picture" ? [layer] : overGround(layer))) ?? [shown];
    case "blink":
      return above.length ? above.map(overGround) : [shown];
    default:
      return [shown];
  }
}

/** Those of the layers that are on which the arrangement has a place for, of a blink in any of its turns. */
export function displayedLayers(settings: Settings, on: readonly Layer[], sample: Shown): Layer[] {
  const stacks = stacksOf(settings, on, sample);
  return on.filter((layer) => stacks.some((layers) => layers.includes(layer)));
}

/**
 * The views of an arrangement on a canvas.
 *
 * @param on layers that are on, from the bottom to the top
 * @param sample whose picture's shape decides the grid of views side by side
 * @param turn which layer a blink has come to
 */
export function viewsOf(settings: Settings, on: readonly Layer[], sample: Shown, canvas: Size, turn: number): View[] {
  const whole: Rect = { x: 0, y: 0, ...canvas };
  const stacks = stacksOf(settings, on, sample);
  if (settings.arrangement === "side") {
    const rects = tile(stacks.length, sample, canvas);
    return stacks.map((layers, place) => ({
      layers,
      rect: rects[place] as Rect,
      clip: null,
      problem: problemOf(layers.at(-1) as Layer, sample),
    }));
  }
  const view = (layers: readonly Layer[], clip: Rect | null = null) => ({ layers, rect: whole, clip, problem: null });
  if (settings.arrangement === "swipe" && stacks.length > 1) {
    const divider = Math.round(canvas.width * settings.swipe);
    const halves = [
      { ...whole, width: divider },
      { ...whole, x: divider, width: canvas.width - divider },
    ];
    return stacks.map((layers, place) => view(layers, halves[place]));
  }
  return [view(stacks[turn % stacks.length] as readonly Layer[])];
}

function problemOf(layer: Layer, sample: Shown): string | null {
  return sample.problems[layer.field ?? "picture"] ?? null;
}

/** What stands in a view's corner: its layers but the picture, which lies below all of them. */
export function nameOf({ layers }: Pick<View, "layers">): string {
  const above = layers.filter((layer) => layer.kind !== "picture");
  return (above.length ? above : layers).map((layer) => layer.label).join(" + ") || "nothing is on";
}

/** Rectangles for `count` pictures, in the grid that shows them largest: close together, in the middle. */
export function tile(count: number, picture: Size, canvas: Size): Rect[] {
  let best = { columns: 1, scale: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const scale = Math.min(
      (canvas.width - GAP * (columns - 1)) / columns / picture.width,
      (canvas.height - GAP * (rows - 1)) / rows / picture.height,
    );
    if (scale > best.scale) best = { columns, scale };
  }
  const rows = Math.ceil(count / best.columns);
  const width = Math.max(1, Math.floor(picture.width * best.scale));
  const height = Math.max(1, Math.floor(picture.height * best.scale));
  const left = Math.floor((canvas.width - best.columns * (width + GAP) + GAP) / 2);
  const top = Math.floor((canvas.height - rows * (height + GAP) + GAP) / 2);
  return Array.from({ length: count }, (_, place) => ({
    x: left + (place % best.columns) * (width + GAP),
    y: top + Math.floor(place / best.columns) * (height + GAP),
    width,
    height,
  }));
}

/** The viewport that shows the whole picture in a view. */
export function fit(picture: Size, rect: Size): Viewport {
  const zoom = Math.min(rect.width / picture.width, rect.height / picture.height);
  return { x: picture.width / 2, y: picture.height / 2, zoom };
}

/** The place in the picture below a place on the canvas; its pixel is the whole part. */
export function toPicture(at: Point, rect: Rect, viewport: Viewport): Point {
  return {
    x: viewport.x + (at.x - rect.x - rect.width / 2) / viewport.zoom,
    y: viewport.y + (at.y - rect.y - rect.height / 2) / viewport.zoom,
  };
}

/** The place on the canvas of a place in the picture. */
export function toCanvas(at: Point, rect: Rect, viewport: Viewport): Point {
  return {
    x: rect.x + rect.width / 2 + (at.x - viewport.x) * viewport.zoom,
    y: rect.y + rect.height / 2 + (at.y - viewport.y) * viewport.zoom,
  };
}

/** The least zoom, as a share of that which shows the whole picture, and the most, in view pixels a pixel. */
const LEAST = 1 / 4;
const MOST = 64;

/** Zoom by a factor about a place on the canvas, which stays where it is, between `LEAST` and `MOST`. */
export function zoomAt(at: Point, factor: number, rect: Rect, viewport: Viewport, picture: Size): Viewport {
  const zoom = Math.min(MOST, Math.max(LEAST * fit(picture, rect).zoom, viewport.zoom * factor));
  const held = toPicture(at, rect, viewport);
  return {
    x: held.x - (at.x - rect.x - rect.width / 2) / zoom,
    y: held.y - (at.y - rect.y - rect.height / 2) / zoom,
    zoom,
  };
}

/** Zoom by a factor about the middle of every view; they have one size, so the first one speaks for all. Null: no view. */
export function zoomMiddle(
  views: readonly View[],
  factor: number,
  viewport: Viewport | null,
  picture: Size,
): Viewport | null {
  const rect = views[0]?.rect;
  if (!rect) return null;
  const middle = { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
  return zoomAt(middle, factor, rect, viewport ?? fit(picture, rect), picture);
}

/** The view below a place on the canvas. */
export function viewAt(views: readonly View[], at: Point): View | null {
  return views.find(({ rect, clip }) => inside(at, clip ?? rect)) ?? null;
}

function inside(at: Point, { x, y, width, height }: Rect): boolean {
  return at.x >= x && at.x < x + width && at.y >= y && at.y < y + height;
}
