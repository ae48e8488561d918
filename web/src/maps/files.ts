/** The files of the compare panel: maps and pictures by their URLs, each loaded once. */

import type { CodeMap } from "../types";
import FileWorkerScript from "./file.worker?worker&inline";
import { Kept } from "./kept";
import { Loader, type Source } from "./loader";
import { WorkerPool, type FileWorker } from "./pool";

export interface MapFilesOptions {
  readonly workers?: number;
  /** Bytes of decoded maps and pictures that are kept. */
  readonly budget?: number;
  readonly startWorker?: () => FileWorker;
}

/** URLs of what will probably be looked at next, most probable first. */
export interface Ahead {
  readonly pictures: readonly string[];
  readonly maps: readonly string[];
}

/**
 * As many as a browser opens connections to a server. What waits here can still be put behind something more urgent,
 * what waits for a connection can not.
 */
const WANTED_AT_ONCE = 6;

/**
 * Nothing that it hands out is ever closed or changed: a picture that is no longer kept stays good for whoever still
 * shows it, and its memory goes with the last of them.
 */
export class MapFiles {
  private readonly pool: WorkerPool;
  private readonly loader: Loader;
  private readonly maps: Source<CodeMap>;
  private readonly pictures: Source<ImageBitmap>;

  constructor({
    workers = 2,
    budget = 256 * 2 ** 20,
    startWorker = () => new FileWorkerScript({ name: "plumb-files" }),
  }: MapFilesOptions = {}) {
    this.pool = new WorkerPool(workers, startWorker);
    this.loader = new Loader(new Kept(budget), { wanted: WANTED_AT_ONCE, ahead: workers });
    this.maps = { name: "map", read: (url) => this.pool.read("map", absolute(url)), bytes: mapBytes };
    this.pictures = { name: "picture", read: (url) => this.pool.read("picture", absolute(url)), bytes: pictureBytes };
  }

  /**
   * The map at a URL of the App's media server. The same object comes back for as long as it is kept.
   *
   * @param signal withdraws the wish, see {@link Loader.load}
   * @throws FileError (as a rejection) with a sentence for the reader that names the file
   */
  load(url: string, signal?: AbortSignal): Promise<CodeMap> {
    return this.loader.load(this.maps, url, signal);
  }

  /** The picture at a URL, upright; as {@link load}. */
  picture(url: string, signal?: AbortSignal): Promise<ImageBitmap> {
    return this.loader.load(this.pictures, url, signal);
  }

  /** Load these while nothing is waited for; replaces what was asked for before and has not begun. Fails silently. */
  preload({ pictures, maps }: Ahead): void {
    this.loader.ahead([
      ...pictures.map((url) => [this.pictures, url] as const),
      ...maps.map((url) => [this.maps, url] as const),
    ]);
  }

  /**
   * Stop the workers and forget everything, until the next file is wanted; what is waited for fails with an AbortError.
   */
  rest(): void {
    this.loader.clear();
    this.pool.close();
  }
}

function mapBytes({ codes, quantiles }: CodeMap): number {
  return codes.byteLength + (quantiles?.byteLength ?? 0);
}

function pictureBytes({ width, height }: ImageBitmap): number {
  return 4 * width * height;
}

function absolute(url: string): string {
  return new URL(url, globalThis.location?.href).href;
}
