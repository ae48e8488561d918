/** The canvas and its renderer, which the next panel takes over: to make them and compile shaders costs tens of milliseconds. */

import { Renderer } from "./renderer";

export interface Surface {
  readonly canvas: HTMLCanvasElement;
  readonly renderer: Renderer;
}

/** Of the panel that was closed last. */
let spare: Surface | null = null;

/** Throws an Error with a sentence for the reader where there is no WebGL2. */
export function takeSurface(): Surface {
  const found = spare;
  spare = null;
  if (found && !found.renderer.lost) return found;
  const canvas = document.createElement("canvas");
  return { canvas, renderer: new Renderer(canvas) };
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
