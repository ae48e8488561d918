/** Reads samples: what the Python half knows of them, and their files; each once, and the neighbours' ahead. */

import type { CompareCalls, SampleRecord } from "../contract";
import type { CodeMap } from "../types";
import type { Opened } from "./opened";

/** The part of maps/files.ts that is needed here. */
export interface Files {
  load(url: string, signal?: AbortSignal): Promise<CodeMap>;
  picture(url: string, signal?: AbortSignal): Promise<ImageBitmap>;
  preload(ahead: { pictures: readonly string[]; maps: readonly string[] }): void;
  dispose(): void;
}

/** Records that are kept: they are small, and asking for one costs a round trip. */
const MOST_RECORDS = 512;

export class SampleReader {
  private readonly records = new Map<string, Promise<SampleRecord | null>>();

  constructor(
    private readonly calls: Pick<CompareCalls, "load">,
    private readonly files: Files,
    private readonly mediaUrl: (path: string) => string,
  ) {}

  /** What the Python half knows of a sample; null where the dataset does not have it. */
  async record(id: string): Promise<SampleRecord | null> {
    this.ask([id]);
    return (await this.records.get(id)) ?? null;
  }

  /**
   * A sample's files. What cannot be read has a sentence in the result.
   *
   * @throws the signal's reason, once it is aborted: what was withdrawn is no problem of the file
   */
  async read(record: SampleRecord, signal?: AbortSignal): Promise<Opened> {
    const problems: Record<string, string> = {};
    const codes: Record<string, CodeMap> = {};
    const urls: Record<string, string> = {};
    const maps = Object.entries(record.maps).map(async ([field, map]) => {
      if (map.problem !== null) {
        problems[field] = map.problem;
        return;
      }
      const url = (urls[field] = this.mediaUrl(map.path));
      await this.files.load(url, signal).then(
        (found) => void (codes[field] = found),
        (error: Error) => void (problems[field] = error.message),
      );
    });
    const picture = this.files.picture(this.mediaUrl(record.filepath), signal).catch((error: Error) => {
      problems["picture"] = error.message;
      return null;
    });
    const [read] = await Promise.all([picture, ...maps]);
    signal?.throwIfAborted();
    return { record, picture: read, codes, urls, problems };
  }

  /** Read these while nothing else is read. What fails is asked for again when it is shown. */
  async preload(ids: readonly string[], signal: AbortSignal): Promise<void> {
    this.ask(ids);
    const answers = await Promise.allSettled(ids.map((id) => this.record(id)));
    if (signal.aborted) return;
    const records = answers.flatMap((answer) => (answer.status === "fulfilled" && answer.value ? [answer.value] : []));
    const maps = records.flatMap((record) => Object.values(record.maps));
    this.files.preload({
      pictures: records.map((record) => this.mediaUrl(record.filepath)),
      maps: maps.flatMap((map) => (map.problem === null ? [this.mediaUrl(map.path)] : [])),
    });
  }

  /** Ask for every record anew: scores and maps may have changed. Files are kept; a new map is a new file. */
  forget(): void {
    this.records.clear();
  }

  dispose(): void {
    this.files.dispose();
  }

  /** One call for all of these that are not known; a call that failed is forgotten, and made again when needed. */
  private ask(ids: readonly string[]): void {
    const wanted = ids.filter((id) => !this.records.has(id));
    if (!wanted.length) return;
    const answer = this.calls.load({ ids: wanted });
    for (const id of wanted) {
      const record = answer.then((found) => found.find((one) => one.id === id) ?? null);
      this.records.set(id, record);
      record.catch(() => this.records.get(id) === record && this.records.delete(id));
    }
    for (const old of [...this.records.keys()].slice(0, Math.max(0, this.records.size - MOST_RECORDS))) {
      this.records.delete(old);
    }
  }
}
