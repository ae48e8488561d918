/** What the table shows: which columns, in which order, how numbers are written, and which is the best. */

import { count, decimalsOf, shown } from "../readout/format";
import type { Block, RankedMetric, Run } from "./types";

/** A column by which runs can be sorted: "name", "alignment", "images", or `metric:` with a metric's name. */
export type SortKey = "name" | "alignment" | "images" | `metric:${string}`;

export interface Sorting {
  readonly key: SortKey;
  /** For metrics: the best first; else words from A and numbers from the largest. */
  readonly bestFirst: boolean;
}

/** What papers report, in their order; what is shown until somebody chooses. */
const USUAL = ["abs_rel", "rmse", "log10", "silog", "delta1", "delta2", "delta3", "psnr", "ssim"];

/** The chosen metrics of a block; the usual ones for null, or where it has none of the chosen; all where none of these. */
export function visibleMetrics(block: Block, chosen: readonly string[] | null): RankedMetric[] {
  const among = (wanted: readonly string[]) => block.metrics.filter((metric) => wanted.includes(metric.name));
  return [among(chosen ?? USUAL), among(USUAL)].find((kept) => kept.length) ?? block.metrics;
}

/** Whether a table is sorted by a column that is seen; nobody could tell why its runs stand as they do where it is not. */
export function isSeen(sorting: Sorting, blocks: readonly Block[], chosen: readonly string[] | null): boolean {
  if (!sorting.key.startsWith("metric:")) return true;
  return blocks.some((block) => visibleMetrics(block, chosen).some((metric) => sorting.key === `metric:${metric.name}`));
}

/** Every metric of the blocks once, in their order; of one name with several units the unit is "m or 8-bit levels". */
export function allMetrics(blocks: readonly Block[]): RankedMetric[] {
  const byName = new Map<string, RankedMetric>();
  for (const metric of blocks.flatMap((block) => block.metrics)) {
    const known = byName.get(metric.name);
    const units = known?.unit.split(" or ") ?? [];
    if (!known) byName.set(metric.name, metric);
    else if (!units.includes(metric.unit)) byName.set(metric.name, { ...known, unit: [...units, metric.unit].join(" or ") });
  }
  return [...byName.values()];
}

/** The runs in the order asked for; those without a value come last, whichever way it goes, equal ones stay as they were. */
export function sorted(block: Block, sorting: Sorting | null): Run[] {
  if (!sorting) return block.runs;
  const better = block.metrics.find((metric) => sorting.key === `metric:${metric.name}`)?.better;
  const direction = sorting.bestFirst ? 1 : -1;
  return [...block.runs].sort((a, b) => {
    const [x, y] = [sortValue(a, sorting.key), sortValue(b, sorting.key)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === "string" || typeof y === "string") return direction * String(x).localeCompare(String(y));
    return direction * (better === "lower" ? x - y : y - x);
  });
}

function sortValue(run: Run, key: SortKey): string | number | null {
  if (key === "name") return run.name;
  if (key === "alignment") return run.alignment;
  if (key === "images") return run.scored;
  return run.values[key.slice("metric:".length)]?.mean ?? null;
}

/** The other direction where the column is the same, else the best first. */
export function nextSorting(current: Sorting | null, key: SortKey): Sorting {
  return { key, bestFirst: current?.key === key ? !current.bestFirst : true };
}

/** Which rows of a sorted table are at its top. */
export function firstInWords({ key, bestFirst }: Sorting): string {
  if (key === "images") return bestFirst ? "most first" : "fewest first";
  if (key === "name" || key === "alignment") return bestFirst ? "A to Z" : "Z to A";
  return bestFirst ? "best first" : "worst first";
}

/** As many samples are shown at once as the worst, or as those where two runs differ most (panels/depth_leaderboard.py). */
export const SHOWN = 25;

/** How many are shown of so many. */
export function atMost(many: number): number {
  return Math.min(SHOWN, many);
}

/** How many images of a run have this metric. */
export function valued(run: Run | undefined, metric: RankedMetric): number {
  return run?.values[metric.name]?.n ?? 0;
}

/** What a cell of the table says. */
export interface Cell {
  /** The mean, a dash where there is none. */
  readonly mean: string;
  /** The 95 % interval, "" where there is none. */
  readonly interval: string;
  /** How many images it is of, where these are not all that the run has scored. */
  readonly fewer: string;
  readonly best: boolean;
}

/**
 * One metric of a block's runs, in the order of `runs`. All that looks like the best in the digits shown is the best;
 * nothing is where runs are not ranked by this metric or only one has it.
 */
export function cells(metric: RankedMetric, runs: readonly Run[]): Cell[] {
  const values = runs.map((run) => run.values[metric.name]);
  const means = values.flatMap((value) => (value?.mean == null ? [] : [value.mean]));
  const digits = decimalsOf(means);
  const best = metric.ranked && means.length > 1
    ? shown(metric.better === "lower" ? Math.min(...means) : Math.max(...means), digits)
    : null;
  return runs.map((run, index) => {
    const value = values[index];
    if (value?.mean == null) return { mean: "–", interval: "", fewer: "", best: false };
    const mean = shown(value.mean, digits);
    return {
      mean,
      interval: value.low === null || value.high === null
        ? "" : `${shown(value.low, digits)} – ${shown(value.high, digits)}`,
      fewer: value.n === run.scored ? "" : `n = ${count(value.n)}`,
      best: mean === best,
    };
  });
}

/** "16 images", "1 image". */
export function counted(many: number, what: string): string {
  return `${count(many)} ${what}${many === 1 ? "" : "s"}`;
}
