/** What the user has chosen among the runs that there are now: a block, a pair and what is drawn. Pure functions. */

import type { Block } from "./types";

/** Two runs that are compared. */
export type Pair = readonly [string, string];

/** The block with most of these runs, for its letter changes when others come; the first one where they are gone. */
export function blockOf(blocks: readonly Block[], runs: readonly string[]): Block | undefined {
  const kept = new Set(runs);
  const held = blocks.map((block) => block.runs.filter(({ run }) => kept.has(run)).length);
  return blocks[held.indexOf(Math.max(...held))];
}

/** The pair that was chosen of these runs; in place of one that is not among them the first that is; null for less than two. */
export function pairOf(chosen: readonly Pair[], runs: readonly string[]): Pair | null {
  const there = (run: string | undefined): run is string => run !== undefined && runs.includes(run);
  const pair = chosen.find((one) => one.some(there));
  const first = there(pair?.[0]) ? pair[0] : runs.find((run) => run !== pair?.[1]);
  const second = there(pair?.[1]) ? pair[1] : runs.find((run) => run !== first);
  return first === undefined || second === undefined ? null : [first, second];
}

/** What was chosen, with this pair as the one of its block: no run is of two blocks, so every block keeps one of its own. */
export function withPair(chosen: readonly Pair[], pair: Pair, block: Block): Pair[] {
  const runs = block.runs.map(({ run }) => run);
  return [pair, ...chosen.filter((one) => !one.some((run) => runs.includes(run)))];
}

/** A pair with another run at one of its places; the two change places where that is the one at the other. */
export function changed([first, second]: Pair, place: 0 | 1, run: string): Pair {
  if (place === 0) return [run, run === second ? first : second];
  return [run === first ? second : first, run];
}

/** The runs of a block that are drawn: without the hidden ones, but all of them where none would be left. */
export function drawnOf(block: Block, hidden: readonly string[]): string[] {
  const runs = block.runs.map(({ run }) => run);
  const shown = runs.filter((run) => !hidden.includes(run));
  return shown.length ? shown : runs;
}

/** What is hidden after one run of a block was hidden, or shown again. */
export function toggled(block: Block, hidden: readonly string[], run: string): string[] {
  const drawn = drawnOf(block, hidden);
  const runs = block.runs.map((one) => one.run);
  const elsewhere = hidden.filter((one) => !runs.includes(one));
  return [...elsewhere, ...runs.filter((one) => drawn.includes(one) === (one === run))];
}
