/** Draws tiles of layers with WebGL2. */

import type { Tile } from "./draw";
import { Painter } from "./painter";
import { visible } from "./place";
import { stepsOf } from "./plan";
import { UNITS } from "./program";

const NO_WEBGL2 =
  "This browser gives no WebGL2, which draws the maps. Switch on hardware acceleration in the browser's settings " +
  "(and WebGL, where it was switched off), then reload the page.";

const MEGABYTE = 2 ** 20;

/** One canvas and its WebGL2 context. */
export class Renderer {
  /** Called when the graphics card has come back after it was lost: what was drawn is gone. */
  onRestored: (() => void) | null = null;
  private readonly gl: WebGL2RenderingContext;
  private painter: Painter;

  /**
   * `budget` is how many bytes of textures are kept for the next time.
   *
   * Throws an Error with a sentence for the reader where there is no WebGL2.
   */
  constructor(
    private readonly canvas: HTMLCanvasElement | OffscreenCanvas,
    private readonly budget = 256 * MEGABYTE,
  ) {
    const gl = canvas.getContext("webgl2", {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
      preserveDrawingBuffer: true,
    }) as WebGL2RenderingContext | null;
    if (!gl) throw new Error(NO_WEBGL2);
    this.gl = gl;
    this.painter = new Painter(gl, budget);
    canvas.addEventListener("webglcontextlost", this.lost);
    canvas.addEventListener("webglcontextrestored", this.restored);
  }

  /** The longest side in pixels of maps and pictures that are drawn as they are; larger ones are drawn coarser. */
  get maxTextureSize(): number {
    return this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE) as number;
  }

  /** Bytes of maps and pictures that are on the graphics card. */
  get textureBytes(): number {
    return this.painter.textures.bytes;
  }

  /** Paint the whole canvas. `background` is red, green and blue from 0 to 255. */
  draw(tiles: readonly Tile[], background: readonly [number, number, number]): void {
    const { gl } = this;
    if (gl.isContextLost()) return;
    const size = { width: gl.drawingBufferWidth, height: gl.drawingBufferHeight };
    const [red, green, blue] = background;
    gl.viewport(0, 0, size.width, size.height);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(red / 255, green / 255, blue / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    // Always, even where all is opaque: it costs little, and each state compiles every shader anew at its first use.
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    this.painter.textures.bindColours(UNITS.colours);
    for (const tile of tiles) {
      const rect = visible(tile, size);
      if (!rect) continue;
      gl.scissor(rect.x, size.height - rect.y - rect.height, rect.width, rect.height);
      for (const step of stepsOf(tile)) this.painter.paint(step, tile, rect);
    }
    this.painter.textures.endDraw();
  }

  /** Give back what is on the graphics card. The canvas may get another renderer. */
  dispose(): void {
    this.canvas.removeEventListener("webglcontextlost", this.lost);
    this.canvas.removeEventListener("webglcontextrestored", this.restored);
    this.painter.dispose();
  }

  private readonly lost = (event: Event): void => {
    // Without this the browser would never give it back.
    event.preventDefault();
  };

  private readonly restored = (): void => {
    this.painter = new Painter(this.gl, this.budget);
    this.onRestored?.();
  };
}
