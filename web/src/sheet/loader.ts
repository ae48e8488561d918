/** Reads the samples of the rows that are needed, and lets go of all others. */

import type { SampleRecord } from "../contract";
import type { SampleView } from "../state/compare";

/** What there is of a row: the sample, or a sentence why there is none. */
export type LoadedRow =
  | { readonly sample: SampleView; readonly problem: null }
  | { readonly sample: null; readonly problem: string };

const AT_ONCE = 2;
const RECORDS_AT_ONCE = 64;
const GONE = "This sample is not in the dataset any more: reload the panel.";

/**
 * Holds the rows that were last asked for and no others, so memory does not grow with the length of the sheet. Files of
 * at most two rows are read at a time, the most needed first; what a fast scroll passed by is never begun.
 */
export class RowLoader {
  readonly #load: (ids: string[]) => Promise<SampleRecord[]>;
  readonly #open: (record: SampleRecord) => Promise<SampleView>;
  readonly #changed: () => void;
  #wanted: readonly string[] = [];
  #rows = new Map<string, LoadedRow>();
  #records = new Map<string, SampleRecord>();
  #opening = new Set<string>();
  #asking = false;

  /** `changed` is called whenever a row that is wanted has arrived. */
  constructor(
    load: (ids: string[]) => Promise<SampleRecord[]>,
    open: (record: SampleRecord) => Promise<SampleView>,
    changed: () => void,
  ) {
    this.#load = load;
    this.#open = open;
    this.#changed = changed;
  }

  /** Undefined while it is being read. */
  get(id: string): LoadedRow | undefined {
    return this.#rows.get(id);
  }

  /** Asks for these rows, the most needed first, and forgets all others. */
  want(ids: readonly string[]): void {
    this.#wanted = ids;
    const kept = new Set(ids);
    for (const held of [this.#rows, this.#records]) for (const id of held.keys()) if (!kept.has(id)) held.delete(id);
    this.#ask();
    this.#read();
  }

  /** Reads everything anew: alignments have changed. */
  renew(): void {
    this.#rows.clear();
    this.#records.clear();
    this.#opening = new Set(); // what is under way belongs to the former ones and is dropped when it arrives
    this.want(this.#wanted);
  }

  close(): void {
    this.want([]);
  }

  #ask(): void {
    const ids = this.#wanted.filter((id) => !this.#records.has(id) && !this.#rows.has(id)).slice(0, RECORDS_AT_ONCE);
    if (this.#asking || ids.length === 0) return;
    this.#asking = true;
    this.#load(ids)
      .then((records) => {
        for (const record of records) this.#records.set(record.id, record);
        for (const id of ids) if (!this.#records.has(id)) this.#settle(id, { sample: null, problem: GONE });
      })
      .catch((error: unknown) => {
        for (const id of ids) this.#settle(id, { sample: null, problem: sentence(error) });
      })
      .finally(() => {
        this.#asking = false;
        this.want(this.#wanted); // whatever was asked for meanwhile
      });
  }

  #read(): void {
    const opening = this.#opening;
    for (const id of this.#wanted) {
      if (opening.size >= AT_ONCE) return;
      const record = this.#records.get(id);
      if (!record || this.#rows.has(id) || opening.has(id)) continue;
      opening.add(id);
      this.#open(record)
        .then((sample): LoadedRow => ({ sample, problem: null }))
        .catch((error: unknown): LoadedRow => ({ sample: null, problem: sentence(error) }))
        .then((row) => {
          opening.delete(id);
          if (opening === this.#opening) this.#settle(id, row);
          this.#read();
        });
    }
  }

  #settle(id: string, row: LoadedRow): void {
    if (!this.#wanted.includes(id)) return;
    this.#rows.set(id, row);
    this.#changed();
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
