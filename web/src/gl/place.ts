/** Where a tile's picture lies on the canvas. Canvas rows count from the top here, as in `Rect`. */

import type { Rect, Tile } from "./draw";

/**
 * How far left of or above the edge between two pixels a place counts as on it, and belongs to the later one; in pixels
 * of the picture. It is wider than the rounding of the shaders' 32-bit numbers, so that places on an edge all fall to the
 * same side, and narrower than half a device pixel at any zoom below 128.
 */
const EDGE = 1 / 256;

/** The device pixels whose middles lie on the tile's picture, in whole numbers; null where there are none. */
export function visible(tile: Tile, canvas: { readonly width: number; readonly height: number }): Rect | null {
  const { rect, clip, viewport } = tile;
  const bounds = [{ x: 0, y: 0, ...canvas }, rect, ...(clip ? [clip] : [])];
  const columns = bounds.map(({ x, width }) => [Math.round(x), Math.round(x + width)] as const);
  const rows = bounds.map(({ y, height }) => [Math.round(y), Math.round(y + height)] as const);
  columns.push(covered(rect.x + rect.width / 2, viewport.x, viewport.zoom, tile.width));
  rows.push(covered(rect.y + rect.height / 2, viewport.y, viewport.zoom, tile.height));
  const [left, right] = shared(columns);
  const [top, bottom] = shared(rows);
  return left < right && top < bottom ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}

/** What two parts of the canvas have in common, null where that is nothing. */
export function common(one: Rect, other: Rect): Rect | null {
  const spans = (at: "x" | "y", size: "width" | "height") => [one, other].map((part) => [part[at], part[at] + part[size]] as const);
  const [left, right] = shared(spans("x", "width"));
  const [top, bottom] = shared(spans("y", "height"));
  return left < right && top < bottom ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}

/**
 * Along one axis, the device pixels from the first whose middle lies on the picture to the first behind it.
 * `middle` is where the picture's point `at` is.
 */
function covered(middle: number, at: number, zoom: number, size: number): readonly [number, number] {
  const first = (edge: number) => Math.ceil(middle + (edge - EDGE - at) * zoom - 0.5);
  return [first(0), first(size)];
}

function shared(spans: readonly (readonly [number, number])[]): [number, number] {
  return [Math.max(...spans.map(([first]) => first)), Math.min(...spans.map(([, last]) => last))];
}

/**
 * How a place on the canvas becomes one in a map of `width` x `height` that is stretched over the tile's picture: two
 * factors and two offsets, x and y. Here the canvas's rows count from the bottom, as WebGL's do; the map's from the top.
 * Half an edge's width is kept as a margin, so that no rounding leads from a visible pixel to a place outside of the map.
 */
export function placeOf(tile: Tile, canvasHeight: number, width: number, height: number): number[] {
  const { rect, viewport } = tile;
  const across = width / tile.width;
  const down = height / tile.height;
  const fromTop = canvasHeight - (rect.y + rect.height / 2);
  return [
    across / viewport.zoom,
    -down / viewport.zoom,
    across * (viewport.x - (rect.x + rect.width / 2) / viewport.zoom + EDGE / 2),
    down * (viewport.y + fromTop / viewport.zoom + EDGE / 2),
  ];
}

/** The level of a picture's mipmaps to read from: each halves it, and less than a half is left to linear filtering. */
export function mipmapLevel(zoom: number): number {
  return Math.max(0, Math.floor(-Math.log2(zoom) + 1e-6));
}
