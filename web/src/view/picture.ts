/** The views of an arrangement at the picture's own size, painted on a canvas of any size. */

import type { Rect, Tile } from "../gl/draw";
import { Renderer } from "../gl/renderer";
import { BACKGROUND } from "../gl/surface";
import type { SampleView } from "../state/compare";
import { shownLayers } from "../state/settings";
import type { Settings, Viewport } from "../types";
import { fit, GAP, nameOf, tile, viewsOf, type View } from "./layout";
import { tilesOf, titleOf } from "./scene";
import { cut, wrap } from "./wrap";

/**
 * The longest side of what is drawn at once: every WebGL2 has room for it, where a larger canvas may be given a smaller
 * drawing buffer in silence. A multiple of the period of the stripes over holes, which would break at the seams.
 */
export const PIECE = 2048;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is shown, and how large the stage is that shows it. */
export interface Shown {
  readonly sample: SampleView;
  readonly settings: Settings;
  readonly viewport: Viewport | null;
  /** CSS pixels. */
  readonly stage: Size;
  /** Which layer a blink has come to. */
  readonly turn: number;
}

/** Where the views lie in the file. */
export interface Plan extends Size {
  readonly views: readonly View[];
  readonly viewport: Viewport | null;
}

/**
 * The views of the stage, each as large as the picture: one pixel of it to one of the file unless the user has zoomed.
 *
 * @param scale 1, or less for a smaller file
 */
export function planOf({ sample, settings, viewport, stage, turn }: Shown, scale: number): Plan {
  const on = shownLayers(settings, sample.layers);
  const onStage = viewsOf(settings, on, sample, stage, turn);
  const one = {
    width: Math.max(1, Math.round(scale * sample.width)),
    height: Math.max(1, Math.round(scale * sample.height)),
  };
  const size = settings.arrangement === "side" && onStage.length > 1 ? gridOf(onStage.length, sample, stage, one) : one;
  const views = viewsOf(settings, on, sample, size, turn);
  const [here, there] = [views[0], onStage[0]];
  // What the stage shows of the picture is shown here too, at the size of this view.
  const larger = here && there ? fit(sample, here.rect).zoom / fit(sample, there.rect).zoom : 1;
  return { ...size, views, viewport: viewport && { ...viewport, zoom: viewport.zoom * larger } };
}

/** The same grid as on the stage, with room for pictures of size `one`. */
function gridOf(count: number, sample: Size, stage: Size, one: Size): Size {
  const rects = tile(count, sample, stage);
  const columns = new Set(rects.map(({ x }) => x)).size;
  const rows = new Set(rects.map(({ y }) => y)).size;
  return { width: columns * (one.width + GAP) - GAP, height: rows * (one.height + GAP) - GAP };
}

/** Which turn of a blink has this name, 0 for every other arrangement. */
export function turnOf(sample: SampleView, settings: Settings, name: string): number {
  const on = shownLayers(settings, sample.layers);
  const canvas = { width: 1, height: 1 };
  const turns = on.findIndex((_, turn) => viewsOf(settings, on, sample, canvas, turn).some((view) => nameOf(view) === name));
  return Math.max(0, turns);
}

/** Paint the views with their names, and the messages of those that cannot be shown. */
export function paintViews(context: CanvasRenderingContext2D, { sample, settings }: Shown, plan: Plan): void {
  paintPieces(context, tilesOf(sample, plan.views, plan.viewport, settings, 1), plan);
  for (const view of plan.views) {
    if (view.problem !== null) message(context, view.problem, view.rect);
    name(context, titleOf(sample, view, settings), view.clip ?? view.rect);
  }
}

/** Rectangles no longer than `longest` that cover a canvas, side by side. */
export function piecesOf({ width, height }: Size, longest: number): Rect[] {
  const pieces: Rect[] = [];
  for (let y = 0; y < height; y += longest) {
    for (let x = 0; x < width; x += longest) {
      pieces.push({ x, y, width: Math.min(longest, width - x), height: Math.min(longest, height - y) });
    }
  }
  return pieces;
}

/** A tile as it lies on a canvas whose upper left corner is at (x, y). */
export function moved(tile: Tile, { x, y }: { x: number; y: number }): Tile {
  const move = (rect: Rect): Rect => ({ ...rect, x: rect.x - x, y: rect.y - y });
  return { ...tile, rect: move(tile.rect), clip: tile.clip && move(tile.clip) };
}

function paintPieces(context: CanvasRenderingContext2D, tiles: readonly Tile[], size: Size): void {
  const canvas = document.createElement("canvas");
  // One size for all pieces, also for those at the end: stripes are counted from the lower edge.
  [canvas.width, canvas.height] = [Math.min(PIECE, size.width), Math.min(PIECE, size.height)];
  const renderer = new Renderer(canvas);
  try {
    for (const piece of piecesOf(size, PIECE)) {
      renderer.draw(tiles.map((one) => moved(one, piece)), BACKGROUND);
      const { x, y, width, height } = piece;
      context.drawImage(canvas, 0, 0, width, height, x, y, width, height);
    }
  } finally {
    renderer.dispose();
    // A browser gives a page few contexts, and takes the oldest, the stage's, for one too many.
    canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

const SHADE = "rgba(0, 0, 0, 0.62)";

/** Letters grow with a view, which is looked at as a whole. */
function lettersOf({ width }: Pick<Rect, "width">): number {
  return Math.max(1, width / 800);
}

function name(context: CanvasRenderingContext2D, text: string, at: Rect): void {
  const k = lettersOf(at);
  context.font = `${13 * k}px sans-serif`;
  context.textAlign = "left";
  const room = at.width - 24 * k;
  if (room <= 0) return; // the end of a swipe
  const measure = (line: string) => context.measureText(line).width;
  const line = cut(text, room, measure);
  context.fillStyle = SHADE;
  context.fillRect(at.x + 6 * k, at.y + 6 * k, measure(line) + 12 * k, 20 * k);
  context.fillStyle = "#ffffff";
  context.fillText(line, at.x + 12 * k, at.y + 20 * k);
}

function message(context: CanvasRenderingContext2D, text: string, at: Rect): void {
  const k = lettersOf(at);
  context.fillStyle = SHADE;
  context.fillRect(at.x, at.y, at.width, at.height);
  context.font = `${13 * k}px sans-serif`;
  context.textAlign = "center";
  context.fillStyle = "#ffffff";
  const lines = wrap(text, at.width - 32 * k, (line) => context.measureText(line).width);
  const top = at.y + (at.height - 18 * k * lines.length) / 2;
  lines.forEach((line, place) => context.fillText(line, at.x + at.width / 2, top + (place + 0.75) * 18 * k));
}
