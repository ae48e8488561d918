/** What the page knows of a dataset from one panel to the next: the panel is opened anew for every sample that is clicked. */

import type { DatasetInfo, SampleRecord } from "../contract";

/** Records that are kept: they are small, and asking for one costs a round trip. */
const MOST_RECORDS = 512;

/** Let go of the entries that were set first, of a table that grows for as long as the page is open. */
export function trim(records: Map<string, unknown>): void {
  const old = [...records.keys()].slice(0, Math.max(0, records.size - MOST_RECORDS));
  for (const id of old) records.delete(id);
}

export class Memory {
  private info: DatasetInfo | null = null;
  private readonly records = new Map<string, SampleRecord>();

  /** What was known of a dataset when a panel last asked; null where none has. */
  of(dataset: string | null): DatasetInfo | null {
    return this.info?.dataset === dataset ? this.info : null;
  }

  /** Take what is known now. Records go, where others may have taken their place. */
  describe(info: DatasetInfo): void {
    if (this.info?.dataset !== info.dataset || this.info.stored !== info.stored) this.records.clear();
    this.info = info;
  }

  record(id: string): SampleRecord | undefined {
    return this.records.get(id);
  }

  keep(record: SampleRecord): void {
    this.records.delete(record.id); // the newest stand last
    this.records.set(record.id, record);
    trim(this.records);
  }

  forget(): void {
    this.info = null;
    this.records.clear();
  }
}
