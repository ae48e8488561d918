/**
 * Grey PNGs with every bit that they hold; a canvas would cut 16 bits to 8. The browser inflates, the rest is here: 2.1
 * KB of script where `fast-png`, which inflates in JavaScript, takes 7.4, and less time for a map of 730 x 530 in
 * Chromium: 6 to 8 ms where that takes 10 to 13, and 12 to 31 where that takes 57 to 111 for the first of a worker.
 */

import { readChunks, rowBytes, type BitDepth } from "./chunks";
import { damaged, PngError } from "./error";
import { unfilter16, unfilter8 } from "./unfilter";

export interface DecodedPng {
  readonly width: number;
  readonly height: number;
  /** Of a value as stored; a value of 8 bits is 0 to 255. */
  readonly bits: BitDepth;
  /** Row by row, width x height. */
  readonly codes: Uint16Array<ArrayBuffer>;
}

/**
 * Decode a grey PNG that is not interlaced, of 1, 2, 4, 8 or 16 bits; its bytes are left as they are.
 *
 * A file that is damaged is refused, or gives the map that was written: the header and the data are checked by their
 * checksums (CRC-32, and the Adler-32 of the zlib stream), the number of bytes by the size. `fast-png` looks at neither
 * checksum by default and gives wrong maps then; with its `checkCrc` it also refuses what harms nothing, such as a
 * damaged text.
 *
 * @throws PngError for a damaged file and for any other kind
 */
export async function decodePng(buffer: ArrayBuffer): Promise<DecodedPng> {
  const { width, height, bits, deflated } = readChunks(buffer);
  const rows = await inflate(deflated, height * rowBytes(width, bits));
  const codes = bits === 16 ? unfilter16(rows, width, height) : unfilter8(rows, width, height, bits);
  return { width, height, bits, codes };
}

/** Bytes that are unpacked at once: to 66 MB, if they are as dense as can be. */
const SLICE = 65536;

/** What a zlib stream holds, which must be `size` bytes: no more than those are kept. */
async function inflate(deflated: Uint8Array<ArrayBuffer>, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream("deflate");
  const reader = readable.getReader();
  const writer = writable.getWriter();
  // What a slice makes is queued as a whole, and no more slices are taken before it is read: with one slice for all, a
  // file made for it could fill the memory. Whatever they fail with, the reader fails with as well.
  for (let from = 0; from < deflated.length; from += SLICE) {
    writer.write(deflated.subarray(from, from + SLICE)).catch(() => undefined);
  }
  writer.close().catch(() => undefined);
  const rows = new Uint8Array(size);
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > size) throw damaged("its data go on after the last row");
      rows.set(part.value, at);
      at += part.value.length;
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error instanceof PngError ? error : damaged("its data cannot be unpacked");
  }
  if (at < size) throw damaged("its data end before the last row");
  return rows;
}
