/** PNGs made by hand, with every freedom that the format gives and some that it does not. For tests only. */

import { crc32 } from "./crc";

export interface Recipe {
  width: number;
  height: number;
  bits: number;
  /** Row by row, each below 2 ** bits. */
  values: ArrayLike<number>;
  /** Of each row, 0 to 4; the last holds for the rows that follow. */
  filters?: readonly number[];
  colourType?: number;
  interlace?: number;
  /** Bytes of the data chunks; the last takes what is left. */
  splits?: readonly number[];
  /** Bytes that take the place of the deflated data. */
  deflated?: Uint8Array<ArrayBuffer>;
  /** Chunks before, between and after those of the data. */
  between?: Uint8Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const nothing = new Uint8Array(0);

export async function makePng(recipe: Recipe): Promise<ArrayBuffer> {
  const { width, height, bits, colourType = 0, interlace = 0, splits = [], between = nothing } = recipe;
  const header = concat(uint32(width), uint32(height), Uint8Array.of(bits, colourType, 0, 0, interlace));
  const deflated = recipe.deflated ?? (await deflate(filteredRows(recipe)));
  const parts = [SIGNATURE, chunk("IHDR", header), between];
  let at = 0;
  for (const size of [...splits, Infinity]) {
    parts.push(chunk("IDAT", deflated.subarray(at, Math.min(at + size, deflated.length))), between);
    at = Math.min(at + size, deflated.length);
  }
  return concat(...parts, chunk("IEND", nothing)).buffer;
}

export function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const named = concat(ascii(type), data);
  return concat(uint32(data.length), named, uint32(crc32(named)));
}

export async function deflate(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** What the values' rows are before they are deflated. */
export function filteredRows({ width, height, bits, values, filters = [0] }: Recipe): Uint8Array<ArrayBuffer> {
  const stride = Math.ceil((width * bits) / 8);
  const step = Math.max(1, bits / 8);
  const packed = Array.from({ length: height }, (_, y) => pack(values, y * width, width, bits, stride));
  const rows = new Uint8Array(height * (1 + stride));
  for (let y = 0; y < height; y++) {
    const filter = filters[Math.min(y, filters.length - 1)] ?? 0;
    rows[y * (1 + stride)] = filter;
    for (let i = 0; i < stride; i++) {
      const byte = (row: number, at: number) => packed[row]?.[at] ?? 0;
      const [a, b, c] = [byte(y, i - step), byte(y - 1, i), byte(y - 1, i - step)];
      rows[y * (1 + stride) + 1 + i] = byte(y, i) - ([0, a, b, Math.floor((a + b) / 2), nearest(a, b, c)][filter] ?? 0);
    }
  }
  return rows;
}

function nearest(a: number, b: number, c: number): number {
  const distance = (candidate: number) => Math.abs(a + b - c - candidate);
  return [a, b, c].reduce((best, other) => (distance(other) < distance(best) ? other : best));
}

function pack(values: ArrayLike<number>, from: number, width: number, bits: number, stride: number): Uint8Array {
  let text = "";
  for (let x = 0; x < width; x++) text += (values[from + x] ?? 0).toString(2).padStart(bits, "0");
  text = text.padEnd(8 * stride, "0");
  return Uint8Array.from({ length: stride }, (_, i) => parseInt(text.slice(8 * i, 8 * i + 8), 2));
}

export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

export function fromBase64(text: string): ArrayBuffer {
  return ascii(atob(text)).buffer;
}

export function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
