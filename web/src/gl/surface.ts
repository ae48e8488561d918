/** The canvas and its renderer, which the next panel takes over: to make them and compile shaders costs tens of milliseconds. */

import type { CodeMap, DisplayRange, Transform } from "../types";
import type { Tile } from "./draw";
import { Renderer } from "./renderer";

export interface Surface {
  readonly canvas: HTMLCanvasElement;
  readonly renderer: Renderer;
}

/** What lies below all layers: red, green and blue from 0 to 255. */
export const BACKGROUND = [24, 24, 27] as const;

/** Of the panel that was closed last. */
let spare: Surface | null = null;

/** Throws an Error with a sentence for the reader where there is no WebGL2. */
export function takeSurface(): Surface {
  const found = spare;
  spare = null;
  if (found && !found.renderer.lost) return found;
  const canvas = document.createElement("canvas");
  const renderer = new Renderer(canvas);
  // Once the panel has asked for its files: while they come, there is time to compile what draws most samples at first.
  setTimeout(() => {
    if (!renderer.used && canvas.isConnected) renderer.draw(firstTiles(), BACKGROUND);
  });
  return { canvas, renderer };
}

/** Leave a surface to the next panel; one is kept, without what was drawn on it. */
export function giveBack(surface: Surface): void {
  const { canvas, renderer } = surface;
  canvas.remove();
  for (const name of canvas.getAttributeNames()) canvas.removeAttribute(name);
  renderer.forget();
  if (spare === null) spare = surface;
  else {
    renderer.dispose();
    // A browser gives a page few contexts, and takes the oldest for one too many.
    canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/** A map without a value over a picture in the colour of the background, made smaller: nothing is seen of it. */
function firstTiles(): Tile[] {
  const paper = new OffscreenCanvas(4, 4);
  const context = paper.getContext("2d");
  if (!context) return [];
  context.fillStyle = `rgb(${BACKGROUND.join()})`;
  context.fillRect(0, 0, 4, 4);
  const picture = paper.transferToImageBitmap();
  const map: CodeMap = { width: 1, height: 1, codes: new Uint16Array(1), quantiles: null };
  const transform: Transform = { slope: 1, base: 0, inverse: false, floor: 1, unit: null, origin: "" };
  const range: DisplayRange = { low: 0, high: 1, scale: "linear" };
  const mask = { truth: null, measured: false, rule: null, hatch: false };
  return [
    {
      rect: { x: 0, y: 0, width: 2, height: 2 },
      clip: null,
      viewport: { x: 2, y: 2, zoom: 0.5 },
      width: 4,
      height: 4,
      layers: [
        { kind: "picture", picture, opacity: 1 },
        { kind: "value", source: { map, transform }, range, colormap: "viridis", opacity: 1, mask },
      ],
    },
  ];
}
