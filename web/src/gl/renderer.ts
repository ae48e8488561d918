/** Draws tiles of layers with WebGL2. */

import type { Rect, Tile } from "./draw";
import { Painter } from "./painter";
import { common, visible } from "./place";
import { stepsOf } from "./plan";
import { UNITS } from "./program";

const NO_WEBGL2 =
  "This browser gives no WebGL2, which draws the maps. Switch on hardware acceleration in the browser's settings " +
  "(and WebGL, where it was switched off), then reload the page.";

const MEGABYTE = 2 ** 20;

type Colour = readonly [number, number, number];

interface Drawing {
  readonly tiles: readonly Tile[];
  readonly background: Colour;
}

/** One canvas and its WebGL2 context. */
export class Renderer {
  /** Called when the graphics card has come back after it was lost: what was drawn is gone. */
  onRestored: (() => void) | null = null;
  private readonly gl: WebGL2RenderingContext;
  private painter: Painter;
  /** What was drawn last. */
  private drawn: Drawing | null = null;

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
    canvas.addEventListener("webglcontextlost", this.whenLost);
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

  /** Whether the graphics card is gone, for now. */
  get lost(): boolean {
    return this.gl.isContextLost();
  }

  /** Whether something was drawn since it was made, or forgot. */
  get used(): boolean {
    return this.drawn !== null;
  }

  /** Paint the whole canvas. `background` is red, green and blue from 0 to 255. */
  draw(tiles: readonly Tile[], background: Colour): void {
    if (this.lost) return;
    this.drawn = { tiles, background };
    this.begin();
    this.redraw({ x: 0, y: 0, ...this.size });
    this.painter.textures.endDraw();
  }

  /**
   * Compile the shaders that draw these tiles, which takes tens of milliseconds at the first use of each, before they are
   * wanted: a pixel of each is drawn, and then what was there before.
   */
  warm(tiles: readonly Tile[]): void {
    if (this.lost || !this.drawn) return;
    this.begin();
    for (const tile of tiles) {
      const rect = visible(tile, this.size);
      if (!rect) continue;
      const pixel = { ...rect, width: 1, height: 1 };
      this.cut(pixel);
      for (const step of stepsOf(tile)) for (const fromCodes of [true, false]) this.painter.paint(step, tile, pixel, fromCodes);
      this.redraw(pixel);
    }
    this.painter.textures.endDraw();
  }

  /** Let go of what was drawn, and of all textures; shaders are kept. */
  forget(): void {
    this.drawn = null;
    this.onRestored = null;
    this.painter.textures.clear();
  }

  private get size(): { width: number; height: number } {
    return { width: this.gl.drawingBufferWidth, height: this.gl.drawingBufferHeight };
  }

  private begin(): void {
    const { gl } = this;
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.enable(gl.SCISSOR_TEST);
    // Always, even where all is opaque: it costs little, and each state compiles every shader anew at its first use.
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    this.painter.textures.bindColours(UNITS.colours);
  }

  private cut({ x, y, width, height }: Rect): void {
    this.gl.scissor(x, this.size.height - y - height, width, height);
  }

  /** What was drawn last, within a part of the canvas. */
  private redraw(part: Rect): void {
    if (!this.drawn) return;
    const { gl } = this;
    const { tiles, background } = this.drawn;
    const [red, green, blue] = background;
    this.cut(part);
    gl.clearColor(red / 255, green / 255, blue / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (const tile of tiles) {
      const rect = visible(tile, this.size);
      const within = rect && common(rect, part);
      if (!within) continue;
      this.cut(within);
      for (const step of stepsOf(tile)) this.painter.paint(step, tile, rect);
    }
  }

  /** Give back what is on the graphics card. The canvas may get another renderer. */
  dispose(): void {
    this.canvas.removeEventListener("webglcontextlost", this.whenLost);
    this.canvas.removeEventListener("webglcontextrestored", this.restored);
    this.painter.dispose();
  }

  private readonly whenLost = (event: Event): void => {
    // Without this the browser would never give it back.
    event.preventDefault();
  };

  private readonly restored = (): void => {
    this.painter = new Painter(this.gl, this.budget);
    this.onRestored?.();
  };
}
