/** Reads samples: what the Python half knows of them, and their files; each once, and the neighbours' ahead. */

import type { CompareCalls, SampleRecord } from "../contract";
import type { CodeMap } from "../types";
import { trim, type Memory } from "./memory";
import type { Opened } from "./opened";

/** The part of maps/files.ts that is needed here. */
export interface Files {
  load(url: string, signal?: AbortSignal): Promise<CodeMap>;
  picture(url: string, signal?: AbortSignal): Promise<ImageBitmap>;
  preload(ahead: { pictures: readonly string[]; maps: readonly string[] }): void;
}

/** Samples that the Python half describes in one call. */
const RECORDS_AT_ONCE = 64;
/** Samples on either side of the one that is shown whose files are read before they are asked for. */
const NEIGHBOURS = 2;

export class SampleReader {
  /** What this panel has asked for. */
  private readonly asked = new Map<string, Promise<SampleRecord | null>>();

  constructor(
    private readonly calls: Pick<CompareCalls, "load">,
    private readonly files: Files,
    private readonly mediaUrl: (path: string) => string,
    private readonly memory: Memory,
  ) {}

  /**
   * What the Python half knows of a sample, null where the dataset does not have it. Before this panel has asked, what
   * an earlier one was told; {@link preload} asks soon.
   */
  async record(id: string): Promise<SampleRecord | null> {
    const remembered = this.memory.record(id);
    if (remembered && !this.asked.has(id)) return remembered;
    this.ask([id]);
    return (await this.asked.get(id)) ?? null;
  }

  /** Begin to read the files of a sample that will be wanted, if its record is remembered. */
  begin(id: string): void {
    const record = this.memory.record(id);
    if (record) void this.read(record);
  }

  /** Somebody has asked for these records already. */
  expect(ids: readonly string[], answer: Promise<readonly SampleRecord[]>): void {
    for (const id of ids) {
      const record = answer.then((found) => found.find((one) => one.id === id) ?? null);
      this.asked.set(id, record);
      const current = () => this.asked.get(id) === record; // it may have been forgotten meanwhile
      record.then(
        (found) => void (found && current() && this.memory.keep(found)),
        () => void (current() && this.asked.delete(id)), // and is asked for again when it is needed
      );
    }
    trim(this.asked);
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
    const picture = this.files.picture(this.mediaUrl(record.filepath), signal).catch((error: Error) => {
      problems["picture"] = error.message;
      return null;
    });
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
    const [read] = await Promise.all([picture, ...maps]);
    signal?.throwIfAborted();
    return { record, picture: read, codes, urls, problems };
  }

  /**
   * Read the files of a sample's neighbours while nothing else is read, and know the records of many around it. What
   * fails is asked for again when it is shown.
   *
   * @param ids the samples in their order, `id` mostly among them
   * @returns what is known of the sample itself now, which may be more than was remembered
   */
  async preload(id: string, ids: readonly string[], signal: AbortSignal): Promise<SampleRecord | null> {
    const around = outwards(ids, id, RECORDS_AT_ONCE).slice(0, RECORDS_AT_ONCE);
    const near = outwards(ids, id, NEIGHBOURS);
    // Many at once, and then no call at all for many steps.
    if (near.some((other) => !this.asked.has(other))) this.ask(around);
    const answers = await Promise.allSettled(near.map((other) => this.asked.get(other)));
    signal.throwIfAborted();
    const [own, ...others] = answers.map((answer) => (answer.status === "fulfilled" ? (answer.value ?? null) : null));
    const records = others.filter((record): record is SampleRecord => record !== null);
    const maps = records.flatMap((record) => Object.values(record.maps));
    this.files.preload({
      pictures: records.map((record) => this.mediaUrl(record.filepath)),
      maps: maps.flatMap((map) => (map.problem === null ? [this.mediaUrl(map.path)] : [])),
    });
    return own ?? null;
  }

  /** Ask for every record anew: scores and maps may have changed. Files are kept; a new map is a new file. */
  forget(): void {
    this.asked.clear();
  }

  private ask(ids: readonly string[]): void {
    const wanted = ids.filter((id) => !this.asked.has(id));
    if (wanted.length) this.expect(wanted, this.calls.load({ ids: wanted }));
  }
}

/** One of the ids and then those up to so many places from it, the nearest first; it alone where it is not among them. */
function outwards(ids: readonly string[], id: string, places: number): string[] {
  const place = ids.indexOf(id);
  const found = [id];
  for (let step = 1; place >= 0 && step <= places; step++) {
    for (const other of [ids[place + step], ids[place - step]]) if (other !== undefined) found.push(other);
  }
  return found;
}
