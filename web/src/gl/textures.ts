/** Maps and pictures on the graphics card, kept while there is room: the least recently drawn ones go first. */

import { COLORMAPS, COLOURS, lut } from "../colour/colormaps";
import type { CodeMap, ColormapName } from "../types";
import { type Colouring, coloursOfCodes, TABLE_SIZE } from "./code-colours";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of a map or picture that is larger than a texture may be, width and height are those of its smaller copy. */
export interface Texture extends Size {
  readonly texture: WebGLTexture;
}

interface Entry extends Texture {
  bytes: number;
  mipmapped: boolean;
  /** The draw in which it was last used. */
  draw: number;
  /** What it shows, of a layer's colours. */
  look: string;
}

export class Textures {
  /** By a map's codes or a picture, and what of it. What the page has let go of, nobody can draw: it is not held here. */
  private readonly entries = new WeakMap<object, Map<string, Entry>>();
  /** From the least recently used one. */
  private readonly used = new Set<Entry>();
  private readonly ids = new WeakMap<object, number>();
  private nextId = 1;
  private draw = 0;
  private total = 0;
  /** One row of 256 colours for each colormap, in the order of `COLORMAPS`. */
  private readonly colours: WebGLTexture;

  /** `budget` in bytes; what one draw needs is kept even where it is more. */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly budget: number,
  ) {
    const names = Object.keys(COLORMAPS) as ColormapName[];
    const table = new Uint8Array(names.length * COLOURS * 4);
    names.forEach((name, row) => table.set(lut(name), row * COLOURS * 4));
    this.colours = this.create();
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, COLOURS, names.length, 0, gl.RGBA, gl.UNSIGNED_BYTE, table);
  }

  get bytes(): number {
    return this.total;
  }

  bindColours(unit: number): void {
    this.gl.activeTexture(this.gl.TEXTURE0 + unit);
    this.gl.bindTexture(this.gl.TEXTURE_2D, this.colours);
  }

  /** A number for a map, by its codes: what it was is known without holding it. */
  idOf({ codes }: CodeMap): number {
    let id = this.ids.get(codes);
    if (id === undefined) this.ids.set(codes, (id = this.nextId++));
    return id;
  }

  /** The row of `bindColours`'s texture that holds a colormap. */
  static row(name: ColormapName): number {
    return Object.keys(COLORMAPS).indexOf(name);
  }

  bindMap(unit: number, map: CodeMap): Texture {
    return this.bind(unit, map.codes, "codes", () => {
      const { gl } = this;
      const { width, height, codes } = this.fitted(map);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, codes);
      return { width, height, bytes: 2 * width * height };
    });
  }

  /** With `mipmaps`, each level half as large as the one before can be read. */
  bindPicture(unit: number, picture: ImageBitmap, mipmaps: boolean): Texture {
    const { gl } = this;
    const entry = this.bind(unit, picture, "picture", () => {
      const source = this.fittedPicture(picture);
      const { width, height } = source;
      // A bitmap is taken as it is; these would change a canvas.
      gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
      return { width, height, bytes: 4 * width * height };
    });
    if (mipmaps && !entry.mipmapped) {
      gl.generateMipmap(gl.TEXTURE_2D);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
      const bytes = Math.ceil((entry.bytes * 4) / 3);
      this.total += bytes - entry.bytes;
      Object.assign(entry, { bytes, mipmapped: true });
    }
    return entry;
  }

  /** The colours of a map's codes; `nth` for a map that is drawn more than once at a time. */
  bindTable(unit: number, map: CodeMap, nth: number, colouring: Colouring): void {
    const { gl } = this;
    this.bindKept(unit, map, `table ${nth}`, TABLE_SIZE, JSON.stringify(colouring), () => {
      const { width, height } = TABLE_SIZE;
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, coloursOfCodes(colouring));
    });
  }

  /** Whether `bindKept` has nothing to paint. */
  keeps(map: CodeMap, kind: string, { width, height }: Size, look: string): boolean {
    const entry = this.entries.get(map.codes)?.get(kind);
    return entry?.draw !== GONE && entry?.look === look && entry.width === width && entry.height === height;
  }

  /**
   * A texture for the colours of a layer of a map, one for each `kind`. `look` is all that its colours follow from; where
   * it has another one, or none yet, `paint` is called, with the texture bound.
   */
  bindKept(unit: number, map: CodeMap, kind: string, size: Size, look: string, paint: (kept: WebGLTexture) => void): void {
    const { gl } = this;
    const allocate = () => {
      const { width, height } = size;
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
      return { width, height, bytes: 4 * width * height };
    };
    const entry = this.bind(unit, map.codes, kind, allocate);
    if (entry.width !== size.width || entry.height !== size.height) {
      this.total -= entry.bytes;
      Object.assign(entry, allocate());
      this.total += entry.bytes;
    } else if (entry.look === look) return;
    entry.look = look;
    paint(entry.texture);
  }

  /** Call after each draw: forgets what was drawn longest ago until the rest is within the budget. */
  endDraw(): void {
    for (const entry of this.used) {
      if (this.total <= this.budget || entry.draw === this.draw) break;
      this.used.delete(entry);
      this.total -= entry.bytes;
      this.gl.deleteTexture(entry.texture);
      entry.draw = GONE;
    }
    this.draw += 1;
  }

  dispose(): void {
    this.clear();
    this.gl.deleteTexture(this.colours);
  }

  /** Let go of all maps and pictures. */
  clear(): void {
    for (const entry of this.used) {
      this.gl.deleteTexture(entry.texture);
      entry.draw = GONE;
    }
    this.used.clear();
    this.total = 0;
  }

  private bind(unit: number, key: object, what: string, upload: () => Size & { bytes: number }): Entry {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + unit);
    let entries = this.entries.get(key);
    if (!entries) this.entries.set(key, (entries = new Map<string, Entry>()));
    let entry = entries.get(what);
    if (entry && entry.draw !== GONE) {
      gl.bindTexture(gl.TEXTURE_2D, entry.texture);
    } else {
      const texture = this.create();
      entry = { texture, ...upload(), mipmapped: false, draw: this.draw, look: "" };
      entries.set(what, entry);
      this.total += entry.bytes;
    }
    this.used.delete(entry);
    this.used.add(entry);
    entry.draw = this.draw;
    return entry;
  }

  /** A texture without filtering, bound. */
  private create(): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  }

  /** A map as large as a texture may be: every so many-th code of a larger one. */
  private fitted(map: CodeMap): { width: number; height: number; codes: Uint16Array } {
    const [width, height] = this.fittedSize(map);
    if (width === map.width && height === map.height) return map;
    const codes = new Uint16Array(width * height);
    for (let y = 0, i = 0; y < height; y++) {
      const row = Math.floor(((y + 0.5) * map.height) / height) * map.width;
      for (let x = 0; x < width; x++) codes[i++] = map.codes[row + Math.floor(((x + 0.5) * map.width) / width)] ?? 0;
    }
    return { width, height, codes };
  }

  private fittedPicture(picture: ImageBitmap): ImageBitmap | OffscreenCanvas {
    const [width, height] = this.fittedSize(picture);
    if (width === picture.width && height === picture.height) return picture;
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
    return canvas;
  }

  private fittedSize({ width, height }: { width: number; height: number }): [number, number] {
    const most = this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE) as number;
    return [Math.min(width, most), Math.min(height, most)];
  }
}

/** In place of a draw: the texture was deleted. */
const GONE = -1;
