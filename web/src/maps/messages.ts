/** What the pool of workers and a worker say to each other. */

import { FileError, pathOf } from "./file";
import { readMap, type ReadMap } from "./read";

export interface MapRequest {
  readonly id: number;
  /** Absolute: a worker without a file of its own has no address that another could be relative to. */
  readonly url: string;
}

export type MapReply =
  | { readonly id: number; readonly map: ReadMap; readonly problem: null }
  | { readonly id: number; readonly map: null; readonly problem: string };

/** Never fails: whatever goes wrong is a sentence in the reply. */
export async function answer({ id, url }: MapRequest): Promise<MapReply> {
  try {
    return { id, map: await readMap(url), problem: null };
  } catch (error) {
    const known = error instanceof FileError;
    const reason = error instanceof Error ? error.message : String(error);
    return { id, map: null, problem: known ? reason : `${pathOf(url)}: cannot be read (${reason}); reload the page` };
  }
}

/** The memory of a reply, to be moved rather than copied. */
export function memory({ map }: MapReply): ArrayBuffer[] {
  return map ? [map.codes, map.quantiles].flatMap((array) => (array ? [array.buffer] : [])) : [];
}
