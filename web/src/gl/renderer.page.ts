/** A page for tests/test_web_renderer.py: draws what it is told in JSON and hands out the pixels. No part of the panel. */

import type { CodeMap } from "../types";
import type { Tile } from "./draw";
import { Renderer } from "./renderer";

interface Bytes {
  readonly width: number;
  readonly height: number;
  readonly base64: string;
}

/** Maps of little-endian 16-bit codes and pictures of RGBA bytes are kept by name; tiles name them in their place. */
class Harness {
  readonly onPage = document.body.appendChild(document.createElement("canvas"));
  canvas: HTMLCanvasElement | OffscreenCanvas = this.onPage;
  private readonly named = new Map<string, CodeMap | ImageBitmap>();
  private renderer: Renderer | null = null;
  restored = 0;
  private loss: WEBGL_lose_context | null = null;
  private links = 0;

  start(width: number, height: number, budget?: number, offscreen = false): void {
    this.renderer?.dispose();
    this.canvas = offscreen ? new OffscreenCanvas(width, height) : this.onPage;
    Object.assign(this.canvas, { width, height });
    this.renderer = new Renderer(this.canvas, budget);
    this.loss = this.context?.getExtension("WEBGL_lose_context") ?? null;
    this.renderer.onRestored = () => (this.restored += 1);
    const gl = this.context;
    if (gl) {
      gl.linkProgram = (program) => {
        this.links += 1;
        WebGL2RenderingContext.prototype.linkProgram.call(gl, program);
      };
    }
  }

  map(name: string, { width, height, base64 }: Bytes): void {
    this.named.set(name, { width, height, codes: new Uint16Array(bytesOf(base64).buffer), quantiles: null });
  }

  async picture(name: string, { width, height, base64 }: Bytes): Promise<void> {
    const data = new ImageData(new Uint8ClampedArray(bytesOf(base64).buffer), width, height);
    this.named.set(name, await createImageBitmap(data, { premultiplyAlpha: "none", colorSpaceConversion: "none" }));
  }

  /** The same codes in another object, as a new alignment makes it. */
  copyMap(name: string, copy: string): void {
    const map = this.named.get(name);
    if (map) this.named.set(copy, { ...(map as CodeMap) });
  }

  draw(tiles: string, background: [number, number, number]): void {
    this.running.draw(this.tiles(tiles), background);
  }

  warm(tiles: string): void {
    this.running.warm(this.tiles(tiles));
  }

  forget(): void {
    this.running.forget();
  }

  /** How many programs were linked since it was last asked. */
  linked(): number {
    const before = this.links;
    this.links = 0;
    return before;
  }

  /** The canvas as base64 of RGBA bytes, rows from the top. */
  pixels(): string {
    const { width, height } = this.canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { colorSpace: "srgb" });
    if (!copy) throw new Error("no 2D context");
    copy.drawImage(this.canvas, 0, 0);
    const bytes = copy.getImageData(0, 0, width, height).data;
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  }

  /** How long a draw takes until its pixels are there, in milliseconds: the least of `times` and the middle one. */
  measure(tiles: string[], times: number): [number, number] {
    const gl = this.context;
    const took = Array.from({ length: times }, (_, i) => {
      const start = performance.now();
      this.draw(tiles[i % tiles.length] ?? "[]", [0, 0, 0]);
      gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      return performance.now() - start;
    });
    took.sort((a, b) => a - b);
    return [took[0] ?? 0, took[times >> 1] ?? 0];
  }

  lose(): void {
    this.loss?.loseContext();
  }

  restore(): void {
    this.loss?.restoreContext();
  }

  /** The message of the error. */
  startOnCanvasWithoutWebGL2(): string {
    const canvas = document.createElement("canvas");
    // A canvas has one kind of context for life.
    canvas.getContext("2d");
    try {
      new Renderer(canvas);
    } catch (error) {
      return String(error);
    }
    return "";
  }

  get textureBytes(): number {
    return this.running.textureBytes;
  }

  get maxTextureSize(): number {
    return this.running.maxTextureSize;
  }

  /** What WebGL has to complain about since it was last asked, 0 for nothing. */
  get error(): number {
    return this.context?.getError() ?? -1;
  }

  private tiles(text: string): Tile[] {
    const named = (key: string, value: unknown) =>
      (key === "map" || key === "picture") && typeof value === "string" ? this.named.get(value) : value;
    return JSON.parse(text, named) as Tile[];
  }

  private get context(): WebGL2RenderingContext | null {
    return this.canvas.getContext("webgl2") as WebGL2RenderingContext | null;
  }

  private get running(): Renderer {
    if (!this.renderer) throw new Error("start first");
    return this.renderer;
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

Object.assign(window, { harness: new Harness() });
