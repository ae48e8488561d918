/** Who waits for which file, and whose turn it is. */

import type { Kept } from "./kept";

/** A kind of file. */
export interface Source<Value> {
  readonly name: string;
  read(url: string): Promise<Value>;
  /** What a value takes of the memory. */
  bytes(value: Value): number;
}

/** How many files may be under way at once: of those that are wanted, and of those that are loaded ahead. */
export interface Limits {
  readonly wanted: number;
  readonly ahead: number;
}

interface Task {
  readonly key: string;
  readonly start: () => Promise<unknown>;
  readonly bytes: (value: unknown) => number;
  readonly result: Promise<unknown>;
  readonly settle: { resolve(value: unknown): void; reject(reason: unknown): void };
  /** How many wait for it; 0 for one that is only loaded ahead. */
  waiting: number;
  begun: boolean;
}

/**
 * Loads each file once for all who ask while it is under way, and keeps it. What is wanted goes first, in the order of
 * asking; what is loaded ahead begins only while nothing that is wanted is under way. Failures are not kept.
 */
export class Loader {
  private readonly tasks = new Map<string, Task>();

  constructor(
    private readonly kept: Kept<unknown>,
    private readonly limits: Limits,
  ) {}

  /**
   * @param signal withdraws the wish: the promise then fails with its reason, and a file that nobody else waits for is
   *   not begun any more; one that is under way is kept when it comes
   */
  async load<Value>(source: Source<Value>, url: string, signal?: AbortSignal): Promise<Value> {
    signal?.throwIfAborted();
    const key = keyOf(source, url);
    // What lies under a key came from its source.
    const kept = this.kept.get(key) as Value | undefined;
    if (kept !== undefined) return kept;
    const task = this.tasks.get(key) ?? this.add(source, url);
    task.waiting++;
    this.next();
    return (signal ? this.until(signal, task) : task.result) as Promise<Value>;
  }

  /** Load these when there is time for it, in place of those that were asked for before and have not begun. */
  ahead(files: readonly (readonly [source: Source<unknown>, url: string])[]): void {
    for (const task of [...this.tasks.values()]) if (!task.begun && !task.waiting) this.tasks.delete(task.key);
    for (const [source, url] of files) {
      const key = keyOf(source, url);
      // To look counts as use: what comes next is not what makes room.
      if (this.kept.get(key) === undefined && !this.tasks.has(key)) this.add(source, url);
    }
    this.next();
  }

  /** Forget everything. Whoever waits is told so; what is under way is not kept when it comes. */
  clear(): void {
    for (const task of this.tasks.values()) task.settle.reject(abandoned());
    this.tasks.clear();
    this.kept.clear();
  }

  private add<Value>(source: Source<Value>, url: string): Task {
    let settle!: Task["settle"];
    const result = new Promise<unknown>((resolve, reject) => (settle = { resolve, reject }));
    // It is no error of the page when a file that nobody waits for does not come.
    result.catch(() => undefined);
    const start = () => source.read(url);
    const bytes = (value: unknown) => source.bytes(value as Value);
    const task = { key: keyOf(source, url), start, bytes, result, settle, waiting: 0, begun: false };
    this.tasks.set(task.key, task);
    return task;
  }

  private next(): void {
    const tasks = [...this.tasks.values()];
    const wanted = tasks.filter((task) => task.waiting);
    // What is loaded ahead and under way takes none of the places of what is wanted.
    if (wanted.length) this.begin(wanted, this.limits.wanted);
    else this.begin(tasks, this.limits.ahead);
  }

  private begin(tasks: readonly Task[], atOnce: number): void {
    const free = atOnce - tasks.filter((task) => task.begun).length;
    for (const task of tasks.filter((task) => !task.begun).slice(0, Math.max(free, 0))) {
      task.begun = true;
      void this.run(task);
    }
  }

  private async run(task: Task): Promise<void> {
    try {
      const value = await task.start();
      if (this.tasks.get(task.key) === task) this.kept.put(task.key, value, task.bytes(value));
      task.settle.resolve(value);
    } catch (reason) {
      task.settle.reject(reason);
    }
    if (this.tasks.get(task.key) === task) this.tasks.delete(task.key);
    this.next();
  }

  private until(signal: AbortSignal, task: Task): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const withdraw = () => {
        reject(signal.reason);
        task.waiting--;
        if (!task.waiting && !task.begun) this.tasks.delete(task.key);
        this.next();
      };
      signal.addEventListener("abort", withdraw, { once: true });
      void task.result.then(resolve, reject).then(() => signal.removeEventListener("abort", withdraw));
    });
  }
}

function keyOf(source: Source<unknown>, url: string): string {
  return `${source.name} ${url}`;
}

function abandoned(): DOMException {
  return new DOMException("The files were let go of.", "AbortError");
}
