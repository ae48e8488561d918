/** A 16-bit map from its URL; what a worker does. */

import { decodePng } from "../png/decode";
import { PngError } from "../png/error";
import type { CodeMap } from "../types";
import { fetchFile, FileError, pathOf } from "./file";
import { quantiles } from "./quantiles";

/** A map whose arrays may be handed to another thread. */
export interface ReadMap extends CodeMap {
  readonly codes: Uint16Array<ArrayBuffer>;
  readonly quantiles: Uint16Array<ArrayBuffer> | null;
}

/**
 * @param url absolute
 * @throws FileError for anything but a whole 16-bit grey PNG that is not interlaced
 */
export async function readMap(url: string): Promise<ReadMap> {
  const file = await fetchFile(url, "restore it, or predict or import again");
  try {
    const { width, height, bits, codes } = await decodePng(await file.arrayBuffer());
    if (bits === 16) return { width, height, codes, quantiles: quantiles(codes), whole: !codes.includes(0) };
    throw new PngError(`${bits} bits, depth needs 16: another tool wrote or converted it; use the original depth file`);
  } catch (error) {
    if (error instanceof PngError) throw new FileError(`${pathOf(url)}: ${error.message}`);
    throw error;
  }
}
