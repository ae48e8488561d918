/** The container of a PNG: signature, header and chunks. Source: W3C, PNG specification, third edition, clauses 5 and 11. */

import { crc32 } from "./crc";
import { damaged, PngError } from "./error";

export type BitDepth = 1 | 2 | 4 | 8 | 16;

export interface GreyPng {
  readonly width: number;
  readonly height: number;
  readonly bits: BitDepth;
  /** The zlib stream of the filtered rows; the chunks that it lay in are joined. */
  readonly deflated: Uint8Array<ArrayBuffer>;
}

const SIGNATURE = [0x89504e47, 0x0d0a1a0a] as const;
const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;
/** The bit of a chunk's type that says that a reader may pass over it. */
const ANCILLARY = 0x20000000;
const COLOUR_TYPES: Record<number, string> = {
  0: "grey",
  2: "an RGB picture",
  3: "a picture with a palette",
  4: "a grey picture with transparency",
  6: "an RGB picture with transparency",
};
/** No picture of the field comes near; two bytes for each are 512 MB. */
const MOST_PIXELS = 2 ** 28;
/** Bytes that deflate can make of one: a header that promises more is wrong. */
const MOST_INFLATED = 1032;

const CUT_OFF = "the PNG is cut off; replace the file";

/**
 * Read the chunks of a grey PNG that is not interlaced.
 *
 * The checksum of the header is checked, for nothing else vouches for it; those of the data are not, as the zlib
 * stream carries its own over what it stands for. What a reader may pass over (text, colour profiles, ...) is.
 *
 * @throws PngError for any other file
 */
export function readChunks(buffer: ArrayBuffer): GreyPng {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0) !== SIGNATURE[0] || view.getUint32(4) !== SIGNATURE[1]) {
    throw new PngError("not a PNG; replace the file with the depth map that belongs here");
  }
  let header: Omit<GreyPng, "deflated"> | null = null;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > buffer.byteLength) throw new PngError(CUT_OFF);
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    const end = at + 12 + length;
    if ((header === null) !== (type === IHDR)) throw damaged("its header is not where it belongs");
    if (end > buffer.byteLength) throw new PngError(CUT_OFF);
    if (type === IHDR) header = readHeader(view, at, length);
    else if (type === IDAT) parts.push(new Uint8Array(buffer, at + 8, length));
    else if (type === IEND) break;
    else if (!(type & ANCILLARY)) throw damaged(`it has a part of unknown kind at byte ${at}`);
    at = end;
  }
  const deflated = join(parts);
  const { width, height, bits } = header as GreyPng;
  if (height * rowBytes(width, bits) > MOST_INFLATED * deflated.length) {
    throw damaged(`its ${deflated.length} bytes of data are too few for ${width} x ${height} pixels`);
  }
  return { width, height, bits, deflated };
}

/** Bytes of a row with the one that names its filter. */
export function rowBytes(width: number, bits: BitDepth): number {
  return 1 + Math.ceil((width * bits) / 8);
}

function readHeader(view: DataView, at: number, length: number): Omit<GreyPng, "deflated"> {
  if (length !== 13) throw damaged("its header is of another length");
  if (view.getUint32(at + 21) !== crc32(new Uint8Array(view.buffer as ArrayBuffer, at + 4, 17))) {
    throw damaged("the checksum of its header is wrong");
  }
  const width = view.getUint32(at + 8);
  const height = view.getUint32(at + 12);
  const bits = view.getUint8(at + 16);
  const colour = COLOUR_TYPES[view.getUint8(at + 17)];
  if (colour !== COLOUR_TYPES[0]) {
    throw new PngError(
      `${colour ?? "a picture of unknown colours"}, depth needs one grey channel of 16 bits; ` +
        "use the original depth file, not a converted picture",
    );
  }
  if (!isDepth(bits)) throw damaged(`${bits} bits a pixel do not exist`);
  if (view.getUint8(at + 18) !== 0 || view.getUint8(at + 19) !== 0) throw damaged("its compression does not exist");
  if (view.getUint8(at + 20) !== 0) throw new PngError("an interlaced PNG; write it again without interlacing");
  if (!width || !height) throw damaged(`${width} x ${height} pixels`);
  if (width * height > MOST_PIXELS) {
    throw new PngError(`${width} x ${height} pixels are too many to look at; make the map smaller`);
  }
  return { width, height, bits };
}

function isDepth(bits: number): bits is BitDepth {
  return bits === 1 || bits === 2 || bits === 4 || bits === 8 || bits === 16;
}

function join(parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1 && parts[0]) return parts[0];
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
