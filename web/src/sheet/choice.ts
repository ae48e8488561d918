/** What the reader has chosen of the sheet; kept while the panel is open, so that a look at one sample loses nothing. */

import type { DatasetInfo, EvaluationInfo } from "../contract";
import type { CompareState } from "../state/compare";
import type { Store } from "../state/store";
import type { Settings } from "../types";
import type { Show } from "./columns";
import { evaluationOf, metricOf, type SortKey } from "./order";

export type Order = "view" | "worst" | "different";

export interface Choice {
  readonly order: Order;
  readonly show: Show;
  /** Whose numbers stand below the tiles and are sorted by; null where nothing is evaluated. */
  readonly key: SortKey | null;
}

/** Where the reader was. */
export interface Place {
  scrollTop: number;
  row: number;
  column: number;
}

const MAIN = ["abs_rel", "rmse"];

/** Worst first by the first evaluation that is shown, or the order of the view where there is none. */
export function firstChoice(info: DatasetInfo, settings: Settings): Choice {
  const { evaluations } = info;
  const inMetres = evaluations.filter(({ space }) => space === "metres");
  const first = inMetres.find(({ eval_key }) => eval_key === settings.evalKey) ?? inMetres[0] ?? evaluations[0];
  const key = first ? keyOf(first, null) : null;
  return { order: key ? "worst" : "view", show: "depth", key };
}

/** The key for another run, with the same metric if it has it. */
export function keyOf(evaluation: EvaluationInfo, metric: string | null): SortKey | null {
  const names = evaluation.metrics.map(({ name }) => name);
  const found = [metric, ...MAIN].find((name) => name !== null && names.includes(name)) ?? names[0];
  return found === undefined ? null : { run: evaluation.run, metric: found, against: null };
}

/** The choice as far as the dataset still has what it names. */
export function stillThere(choice: Choice, info: DatasetInfo, settings: Settings): Choice {
  const { key } = choice;
  if (key === null || !metricOf(info, key)) return { ...firstChoice(info, settings), show: choice.show };
  if (key.against === null || evaluationOf(info, key.against)) return choice;
  return { ...choice, order: choice.order === "different" ? "worst" : choice.order, key: { ...key, against: null } };
}

interface Memory {
  dataset: string;
  choice: Choice;
  place: Place;
}

const memories = new WeakMap<Store<CompareState>, Memory>();

/** What was chosen when the sheet was last shown in this panel, for the same dataset. */
export function remembered(store: Store<CompareState>, info: DatasetInfo, settings: Settings): Memory {
  const known = memories.get(store);
  if (known?.dataset === info.dataset) return { ...known, choice: stillThere(known.choice, info, settings) };
  const fresh = { dataset: info.dataset, choice: firstChoice(info, settings), place: { scrollTop: 0, row: 0, column: 0 } };
  memories.set(store, fresh);
  return fresh;
}

export function remember(store: Store<CompareState>, change: Partial<Omit<Memory, "dataset">>): void {
  const known = memories.get(store);
  if (known) memories.set(store, { ...known, ...change });
}
