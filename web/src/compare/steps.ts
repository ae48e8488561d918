/** What arrows do on the stage. */

import type { Point, Viewport } from "../types";

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
/** Pixels that the cursor goes with Ctrl. */
const FAR = 10;
/** The share of a view's width that the picture goes. */
const PAN = 0.1;

/** What of a press decides. */
export type Press = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">;

/** Where an arrow takes the cursor, from the picture's middle where there is none; null for other keys. */
export function cursorAfter(press: Press, from: Point | null, picture: { width: number; height: number }): Point | null {
  const way = ARROWS[press.key];
  if (!way || press.altKey || press.shiftKey || press.metaKey) return null;
  if (!from) return { x: Math.floor(picture.width / 2), y: Math.floor(picture.height / 2) };
  const step = press.ctrlKey ? FAR : 1;
  return {
    x: Math.min(picture.width - 1, Math.max(0, from.x + way.x * step)),
    y: Math.min(picture.height - 1, Math.max(0, from.y + way.y * step)),
  };
}

/** Where Alt and an arrow take the view; null for other keys. */
export function viewportAfter(press: Press, from: Viewport, width: number): Viewport | null {
  const way = ARROWS[press.key];
  if (!way || !press.altKey) return null;
  const step = (PAN * width) / from.zoom;
  return { x: from.x + way.x * step, y: from.y + way.y * step, zoom: from.zoom };
}
