/** Reads the board, and looks from time to time whether a run has been stored meanwhile. */

import type { Board, LeaderboardCalls } from "./types";

export interface Read {
  /** Undefined until it has been read; null without a dataset. */
  readonly board: Board | null | undefined;
  /** Why it could not be read the last time. */
  readonly problem: string | null;
  readonly reading: boolean;
}

/** What is shown before the first answer. */
export const NOTHING_READ: Read = { board: undefined, problem: null, reading: true };

/** Looks that are left out at the most after failures in a row. */
const MOST_LEFT_OUT = 11;

/**
 * Holds the answer to the latest question. While a model predicts, something is stored all the time and a read may take
 * longer than the time between two looks: a look never asks for a second read beside one that is under way.
 */
export class BoardReader {
  readonly #calls: Pick<LeaderboardCalls, "describe" | "stored">;
  readonly #tell: (read: Read) => void;
  #read = NOTHING_READ;
  #latest = 0;
  #looking = false;
  #failures = 0;
  #leftOut = 0;

  /** @param tell is called with every change */
  constructor(calls: Pick<LeaderboardCalls, "describe" | "stored">, tell: (read: Read) => void) {
    this.#calls = calls;
    this.#tell = tell;
  }

  /** Read now, whatever is under way: the view may have changed since, so an answer to an earlier question is dropped. */
  refresh(): Promise<void> {
    return this.#readAnew(undefined);
  }

  /** Read where something has been stored since. After failures it is tried again, less often after each in a row. */
  async look(): Promise<void> {
    if (this.#read.reading || this.#looking) return;
    if (this.#failures > 0) {
      this.#leftOut += 1;
      if (this.#leftOut > Math.min(2 ** this.#failures - 1, MOST_LEFT_OUT)) await this.#readAnew(this.#read.board);
      return;
    }
    const asked = this.#latest;
    this.#looking = true;
    const now = await this.#calls.stored().catch(() => null); // the next look will tell
    this.#looking = false;
    if (now !== null && now !== this.#read.board?.stored && asked === this.#latest) await this.#readAnew(this.#read.board);
  }

  /** Drop what is under way: nobody is told of it. */
  close(): void {
    this.#latest += 1;
  }

  /** @param former what is shown where this fails: a board of the same view, which was right when it was read */
  async #readAnew(former: Board | null | undefined): Promise<void> {
    const turn = ++this.#latest;
    this.#set({ ...this.#read, reading: true });
    const read = await this.#calls.describe().then(
      (board): Read => ({ board, problem: null, reading: false }),
      (error: Error): Read => ({ board: former, problem: error.message, reading: false }),
    );
    if (turn !== this.#latest) return;
    this.#failures = read.problem === null ? 0 : this.#failures + 1;
    this.#leftOut = 0;
    this.#set(read);
  }

  #set(read: Read): void {
    this.#read = read;
    this.#tell(read);
  }
}
