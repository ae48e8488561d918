/** The colour of one pixel of a picture. */

import type { Point } from "../types";

/** A canvas of one pixel is enough: reading back a whole picture would cost megabytes and milliseconds. */
export class PixelReader {
  readonly #context: CanvasRenderingContext2D | null;

  constructor() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
  }

  /** Red, green and blue, 0 to 255; null where the browser does not tell. */
  read(picture: ImageBitmap, { x, y }: Point): readonly [number, number, number] | null {
    if (!this.#context) return null;
    try {
      this.#context.clearRect(0, 0, 1, 1);
      this.#context.drawImage(picture, Math.floor(x), Math.floor(y), 1, 1, 0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = this.#context.getImageData(0, 0, 1, 1).data;
      return [red, green, blue];
    } catch {
      return null; // a picture that was let go of meanwhile, or one of another origin
    }
  }
}
