/** Workers that read files. */

import { FileError, pathOf } from "./file";
import type { FileReply, FileRequest, Read } from "./messages";

/** As much of a `Worker` as the pool needs. */
export interface FileWorker {
  postMessage(request: FileRequest): void;
  terminate(): void;
  addEventListener(type: "message", listener: (event: MessageEvent<FileReply>) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: Event) => void): void;
}

interface Job extends Omit<FileRequest, "id"> {
  readonly resolve: (file: Read[keyof Read]) => void;
  readonly reject: (reason: Error) => void;
  again: boolean;
}

interface Place {
  worker: FileWorker | null;
  /** What its worker has been asked for, by the request's number. */
  readonly jobs: Map<number, Job>;
}

/**
 * Workers are started at once, to be ready when the first file is wanted. Whoever has least to do gets the next one, and
 * may have several under way: while one is fetched, another is unpacked. A worker that stops is replaced, and what it
 * had to do is done again, once.
 */
export class WorkerPool {
  private readonly places: Place[];
  private requests = 0;

  constructor(
    size: number,
    private readonly start: () => FileWorker,
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
   * @throws FileError where the file does not come or is not of that kind
   */
  read<Kind extends keyof Read>(kind: Kind, url: string): Promise<Read[Kind]> {
    return new Promise<Read[keyof Read]>((resolve, reject) => {
      this.assign({ kind, url, resolve, reject, again: false });
    }) as Promise<Read[Kind]>; // a worker answers with what it was asked for
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
    place.worker.postMessage({ id, kind: job.kind, url: job.url });
  }

  private hire(place: Place): FileWorker {
    const worker = this.start();
    worker.addEventListener("message", ({ data }) => {
      const job = place.jobs.get(data.id);
      place.jobs.delete(data.id);
      if (data.file) job?.resolve(data.file);
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
