/** What the leaderboard remembers of a dataset, in the browser. */

import type { Pair } from "./chosen";
import type { SortKey, Sorting } from "./table";

export type Tab = "table" | "plots" | "jobs";
const TABS: readonly string[] = ["table", "plots", "jobs"] satisfies Tab[];

export interface BoardSettings {
  readonly tab: Tab;
  /** The metric of the plots, and by which samples are the worst. */
  readonly metric: string;
  /** Null for the order in which runs came. */
  readonly sorting: Sorting | null;
  /** The metrics of the table, null for the usual ones. */
  readonly columns: readonly string[] | null;
  /** The field by which the plot groups samples, "" for the first that there is. */
  readonly grouping: string;
  /** The runs of the block that the plots are of, none for the first block. They may be gone, as all that are named below. */
  readonly block: readonly string[];
  /** The runs that are compared, a pair for each block where somebody has chosen one. */
  readonly pairs: readonly Pair[];
  /** The runs that the plots leave out. */
  readonly hidden: readonly string[];
}

export const DEFAULTS: BoardSettings = {
  tab: "table", metric: "abs_rel", sorting: null, columns: null, grouping: "", block: [], pairs: [], hidden: [],
};

/** What was kept of a dataset; each part that is not there or makes no sense is as at the beginning. */
export function loadBoardSettings(dataset: string): BoardSettings {
  const kept = parts(dataset);
  return {
    tab: typeof kept.tab === "string" && TABS.includes(kept.tab) ? (kept.tab as Tab) : DEFAULTS.tab,
    metric: typeof kept.metric === "string" ? kept.metric : DEFAULTS.metric,
    sorting: sortingOf(kept.sorting),
    columns: isWords(kept.columns) && kept.columns.length > 0 ? kept.columns : DEFAULTS.columns,
    grouping: typeof kept.grouping === "string" ? kept.grouping : DEFAULTS.grouping,
    block: isWords(kept.block) ? kept.block : DEFAULTS.block,
    pairs: Array.isArray(kept.pairs) ? kept.pairs.filter(isPair) : DEFAULTS.pairs,
    hidden: isWords(kept.hidden) ? kept.hidden : DEFAULTS.hidden,
  };
}

/** Keep them; where the browser does not allow that, they last as long as the page. */
export function saveBoardSettings(dataset: string, settings: BoardSettings): void {
  try {
    localStorage.setItem(keyOf(dataset), JSON.stringify(settings));
  } catch {
    // A private window, or a full disk: no setting is worth a broken panel.
  }
}

function keyOf(dataset: string): string {
  return `plumb.leaderboard.${dataset}`;
}

function parts(dataset: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(dataset)) ?? "null");
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {}; // no storage, or no JSON in it
  }
}

function sortingOf(kept: unknown): Sorting | null {
  if (typeof kept !== "object" || kept === null) return null;
  const { key, bestFirst } = kept as Partial<Record<keyof Sorting, unknown>>;
  return isSortKey(key) && typeof bestFirst === "boolean" ? { key, bestFirst } : null;
}

function isSortKey(key: unknown): key is SortKey {
  return typeof key === "string" && (["name", "alignment", "images"].includes(key) || /^metric:./.test(key));
}

function isWords(kept: unknown): kept is readonly string[] {
  return Array.isArray(kept) && kept.every((one) => typeof one === "string");
}

function isPair(kept: unknown): kept is Pair {
  return isWords(kept) && kept.length === 2 && kept[0] !== kept[1];
}
