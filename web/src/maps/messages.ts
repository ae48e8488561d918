/** What the pool of workers and a worker say to each other. */

import { FileError, pathOf } from "./file";
import { readPicture } from "./picture";
import { readMap, type ReadMap } from "./read";

/** What files become, by their kind. */
export interface Read {
  readonly map: ReadMap;
  readonly picture: ImageBitmap;
}

export interface FileRequest {
  readonly id: number;
  readonly kind: keyof Read;
  /** Absolute: a worker without a file of its own has no address that another could be relative to. */
  readonly url: string;
}

export type FileReply =
  | { readonly id: number; readonly file: Read[keyof Read]; readonly problem: null }
  | { readonly id: number; readonly file: null; readonly problem: string };

const READERS = { map: readMap, picture: readPicture } as const;

/** Never fails: whatever goes wrong is a sentence in the reply. */
export async function answer({ id, kind, url }: FileRequest): Promise<FileReply> {
  try {
    return { id, file: await READERS[kind](url), problem: null };
  } catch (error) {
    const known = error instanceof FileError;
    const reason = error instanceof Error ? error.message : String(error);
    return { id, file: null, problem: known ? reason : `${pathOf(url)}: cannot be read (${reason}); reload the page` };
  }
}

/** What of a reply is moved rather than copied. */
export function movable({ file }: FileReply): Transferable[] {
  if (!file) return [];
  return "codes" in file ? [file.codes, file.quantiles].flatMap((array) => (array ? [array.buffer] : [])) : [file];
}
