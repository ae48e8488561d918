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

/**
 * The choice as far as the dataset still has what it names, by the evaluation that the settings ask for where there is
 * one: the metres of a tile and the number below it are of the same.
 */
export function stillThere(choice: Choice, info: DatasetInfo, settings: Settings): Choice {
  const { key, order } = choice;
  if (key === null || !metricOf(info, key)) return { ...firstChoice(info, settings), show: choice.show };
  const run = counterpart(info, key.run, key.metric, settings.evalKey);
  const against = key.against === null ? null : counterpart(info, key.against, key.metric, settings.evalKey);
  if (run === key.run && against === key.against) return choice;
  return { ...choice, order: order === "different" && against === null ? "worst" : order, key: { ...key, run: run ?? key.run, against } };
}

/** The evaluation of the same field and truth with another key, else the one that it is; null where that is gone. */
function counterpart(info: DatasetInfo, run: string, metric: string, evalKey: string | null): string | null {
  const own = evaluationOf(info, run);
  if (!own || own.eval_key === evalKey) return own?.run ?? null;
  const found = info.evaluations.find(
    (other) =>
      other.field === own.field &&
      other.truth === own.truth &&
      other.eval_key === evalKey &&
      other.metrics.some(({ name }) => name === metric),
  );
  return (found ?? own).run;
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
