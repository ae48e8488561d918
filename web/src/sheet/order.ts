/** In which order the samples of the sheet stand. */

import type { DatasetInfo, EvaluationInfo, MetricInfo, SampleList } from "../contract";
import { rulesOf } from "../readout/scores";

/** By a metric of an evaluation, or by how much two evaluations differ in it. */
export interface SortKey {
  readonly run: string;
  readonly metric: string;
  /** A second run of the same protocol, null to sort by the first alone. */
  readonly against: string | null;
}

export interface SheetRow {
  readonly id: string;
  /** What it is sorted by, null where there is no such value, and throughout where nothing was asked for. */
  readonly value: number | null;
}

/** In the order of the view. */
export function unsorted(ids: readonly string[]): SheetRow[] {
  return ids.map((id) => ({ id, value: null }));
}

/** Worst first; samples without a value come last, in the order of the view. */
export function worstFirst(ids: readonly string[], list: SampleList, better: MetricInfo["better"]): SheetRow[] {
  const values = valuesOf(list);
  const rows = ids.map((id) => ({ id, value: values.get(id) ?? null }));
  return descending(rows, better === "lower" ? 1 : -1);
}

/** Those samples first of which two evaluations say the most different; the value is first minus second. */
export function mostDifferentFirst(ids: readonly string[], first: SampleList, second: SampleList): SheetRow[] {
  const [a, b] = [valuesOf(first), valuesOf(second)];
  const rows = ids.map((id) => {
    const [one, other] = [a.get(id), b.get(id)];
    return { id, value: one === undefined || other === undefined ? null : one - other };
  });
  return descending(rows, 1, Math.abs);
}

/** How many rows have no value to be sorted by. */
export function countWithoutValue(rows: readonly SheetRow[]): number {
  return rows.reduce((count, row) => count + (row.value === null ? 1 : 0), 0);
}

/** The evaluation of a run, undefined where it is gone. */
export function evaluationOf(info: DatasetInfo, run: string): EvaluationInfo | undefined {
  return info.evaluations.find((evaluation) => evaluation.run === run);
}

export function metricOf(info: DatasetInfo, key: SortKey): MetricInfo | undefined {
  return evaluationOf(info, key.run)?.metrics.find((metric) => metric.name === key.metric);
}

/** The evaluations that a metric of this one can be compared with: other fields, by the same truth and rules. */
export function rivalsOf(info: DatasetInfo, key: SortKey): EvaluationInfo[] {
  const own = evaluationOf(info, key.run);
  if (!own) return [];
  return info.evaluations.filter(
    (other) =>
      other.field !== own.field &&
      other.eval_key === own.eval_key &&
      rulesOf(other) === rulesOf(own) &&
      other.metrics.some((metric) => metric.name === key.metric),
  );
}

function valuesOf(list: SampleList): Map<string, number> {
  const values = new Map<string, number>();
  list.ids.forEach((id, index) => {
    const value = list.values?.[index];
    if (typeof value === "number" && Number.isFinite(value)) values.set(id, value);
  });
  return values;
}

function descending(rows: SheetRow[], sign: 1 | -1, size: (value: number) => number = (value) => value): SheetRow[] {
  return rows.sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
    return sign * (size(b.value) - size(a.value));
  });
}
