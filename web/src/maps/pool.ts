/** Workers that read maps. */

import type { CodeMap } from "../types";
import { FileError, pathOf } from "./file";
import type { MapReply, MapRequest } from "./messages";

/** As much of a `Worker` as the pool needs. */
export interface MapWorker {
  postMessage(request: MapRequest): void;
  terminate(): void;
  addEventListener(type: "message", listener: (event: MessageEvent<MapReply>) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: Event) => void): void;
}

interface Job {
  readonly url: string;
  readonly resolve: (map: CodeMap) => void;
  readonly reject: (reason: Error) => void;
  again: boolean;
}

interface Place {
  worker: MapWorker | null;
  /** What its worker has been asked for, by the request's number. */
  readonly jobs: Map<number, Job>;
}

/**
 * Workers are started at once, to be ready when the first map is wanted. Whoever has least to do gets the next map, and
 * may have several under way: while one is fetched, another is unpacked. A worker that stops is replaced, and what it
 * had to do is done again, once.
 */
export class WorkerPool {
  private readonly places: Place[];
  private requests = 0;

  constructor(
    size: number,
    private readonly start: () => MapWorker,
  ) {
    this.places = Array.from({ length: size }, () => ({ worker: null, jobs: new Map() }));
    for (const place of this.places) {
      try {
        place.worker = this.hire(place);
      } catch {
        // Tried again, and reported, when there is something to do.
      }
    }
  }

  /**
   * @param url absolute
   * @throws FileError where the map does not come or is none
   */
  read(url: string): Promise<CodeMap> {
    return new Promise((resolve, reject) => this.assign({ url, resolve, reject, again: false }));
  }

  /** What is under way is neither finished nor answered; who reads again starts the workers again. */
  close(): void {
    for (const place of this.places) this.dismiss(place);
  }

  private assign(job: Job): void {
    const place = this.places.reduce((least, other) => (other.jobs.size < least.jobs.size ? other : least));
    try {
      place.worker ??= this.hire(place);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      job.reject(new FileError(`${pathOf(job.url)}: this browser starts no worker to read it (${reason}); try another`));
      return;
    }
    const id = this.requests++;
    place.jobs.set(id, job);
    place.worker.postMessage({ id, url: job.url });
  }

  private hire(place: Place): MapWorker {
    const worker = this.start();
    worker.addEventListener("message", ({ data }) => {
      const job = place.jobs.get(data.id);
      place.jobs.delete(data.id);
      if (data.map) job?.resolve(data.map);
      else job?.reject(new FileError(data.problem));
    });
    const stopped = () => {
      if (place.worker !== worker) return;
      for (const job of this.dismiss(place)) this.retry(job);
    };
    worker.addEventListener("error", stopped);
    worker.addEventListener("messageerror", stopped);
    return worker;
  }

  private retry(job: Job): void {
    if (job.again) {
      job.reject(new FileError(`${pathOf(job.url)}: the browser's worker stopped twice while reading it; reload the page`));
    } else {
      job.again = true;
      this.assign(job);
    }
  }

  /** @returns what it had to do */
  private dismiss(place: Place): Job[] {
    const jobs = [...place.jobs.values()];
    place.jobs.clear();
    place.worker?.terminate();
    place.worker = null;
    return jobs;
  }
}
