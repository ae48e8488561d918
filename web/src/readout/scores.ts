/** The stored scores of a sample, put together by what can be compared. */

import type { DatasetInfo, EvaluationInfo, MetricInfo, SampleRecord, ScoreRecord } from "../contract";
import { isInDisparity } from "../depth/transform";
import { fixed } from "./format";

/** What one evaluation says of a sample. */
export interface ScoreColumn {
  readonly evaluation: EvaluationInfo;
  readonly score: ScoreRecord;
  /** The prediction's field, with the evaluation's key where it has one. */
  readonly label: string;
}

/** Evaluations by one protocol against one truth that take as much from it: only these may be ranked. */
export interface ScoreGroup {
  /** The line that stands beside the numbers; it says the alignments of all. */
  readonly protocol: string;
  readonly columns: readonly ScoreColumn[];
  /** Metrics of any of them, in the order of the first. */
  readonly metrics: readonly MetricInfo[];
  /** Why none is marked as the best although there are several, null where one is. */
  readonly unranked: string | null;
}

/** Metrics that are shown before all are asked for, by the space that they are computed in. */
const MAIN = { metres: ["abs_rel", "rmse", "delta1"], "8-bit": ["rmse", "psnr", "ssim"] } as const;

const TAKEN: Record<string, string> = { none: "nothing", median: "scale", robust_scale: "scale" };

/** What an alignment takes from the truth: who is given scale and shift cannot be ranked with who has to know them. */
export function takenBy(mode: string): string {
  return TAKEN[mode] ?? "scale and shift";
}

/** How an alignment is fitted, whatever the quantity it is fitted to. */
export function familyOf(mode: string): string {
  if (mode.startsWith("robust")) return "robust";
  return mode === "median" || mode === "midas_disparity" ? mode : "least squares";
}

/** Equal for evaluations by the same rules against the same truth; their lines may name different alignments. */
export function rulesOf(evaluation: EvaluationInfo): string {
  const { truth, space, min_depth, max_depth, cap, protocol } = evaluation;
  return JSON.stringify([truth, space, min_depth, max_depth, cap, protocol.split(":")[0]]);
}

const MODES: Record<string, string> = {
  none: "none, taken as metres",
  median: "median scale",
  lsq_depth: "least squares in depth",
  lsq_disparity: "least squares in inverse depth",
  midas_disparity: "MiDaS's least squares in inverse depth",
  robust_scale: "robust scale",
  robust_depth: "robust in depth",
  robust_disparity: "robust in inverse depth",
};

/** How a prediction was brought to metres, in words. */
export function alignmentOf(score: ScoreRecord): string {
  return MODES[score.mode] ?? score.mode;
}

/** The fitted numbers, such as "scale 1.234, shift -0.056 m"; null where nothing was fitted. */
export function fitOf(score: ScoreRecord): string | null {
  if (score.mode === "none" || score.scale === null) return null;
  const scale = `scale ${significant(score.scale)}`;
  if (score.shift === null || takenBy(score.mode) === "scale") return scale;
  return `${scale}, shift ${significant(score.shift)} ${isInDisparity(score.mode) ? "1/m" : "m"}`;
}

/** The evaluations that know this sample, in groups that can be compared. */
export function scoreGroups(info: DatasetInfo, record: SampleRecord): ScoreGroup[] {
  const groups = new Map<string, ScoreColumn[]>();
  for (const evaluation of info.evaluations) {
    const score = record.scores[evaluation.run];
    if (!score) continue;
    const key = JSON.stringify([rulesOf(evaluation), score.crop, takenBy(score.mode), familyOf(score.mode)]);
    const columns = groups.get(key) ?? [];
    columns.push({ evaluation, score, label: labelOf(evaluation) });
    groups.set(key, columns);
  }
  return [...groups.values()].map(groupOf);
}

export function labelOf(evaluation: EvaluationInfo): string {
  return evaluation.eval_key === null ? evaluation.field : `${evaluation.field} \u00b7 ${evaluation.eval_key}`;
}

/** The metrics to show: the main ones, or all. */
export function metricsShown(group: ScoreGroup, all: boolean): readonly MetricInfo[] {
  const space = group.columns[0]?.evaluation.space ?? "metres";
  const main: readonly string[] = MAIN[space];
  const shown = group.metrics.filter((metric) => all || main.includes(metric.name));
  return shown.length > 0 ? shown : group.metrics.slice(0, 3);
}

/** Which of these values are the best as they are shown, none where only one is known. */
export function bestOf(values: readonly (number | null)[], better: MetricInfo["better"], decimals: number): boolean[] {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return values.map(() => false);
  const best = (better === "lower" ? Math.min(...known) : Math.max(...known)).toFixed(decimals);
  return values.map((value) => value !== null && value.toFixed(decimals) === best);
}

/** One line for several evaluations: what their own lines share, then what each of them has for itself. */
export function protocolOf(lines: readonly (readonly [label: string, protocol: string])[]): string {
  // A range in brackets has a comma of its own.
  const parts = lines.map(([label, protocol]) => [label, protocol.split(/, (?![^[]*\])/)] as const);
  const shared = (parts[0]?.[1] ?? []).filter((part) => parts.every(([, own]) => own.includes(part)));
  const rest = parts.map(([label, own]) => [label, own.filter((part) => !shared.includes(part)).join(", ")] as const);
  const different = rest.filter(([, own]) => own !== "").map(([label, own]) => `${label}: ${own}`);
  return [shared.join(", "), ...different].filter(Boolean).join("; ");
}

function groupOf(columns: ScoreColumn[]): ScoreGroup {
  const metrics = new Map<string, MetricInfo>();
  for (const { evaluation } of columns) for (const metric of evaluation.metrics) metrics.set(metric.name, metric);
  return {
    protocol: protocolOf(columns.map(({ evaluation, label }) => [label, evaluation.protocol])),
    columns,
    metrics: [...metrics.values()],
    unranked: whyUnranked(columns),
  };
}

function whyUnranked(columns: readonly ScoreColumn[]): string | null {
  const counts = new Set(columns.filter(({ score }) => score.reason === null).map(({ score }) => score.n_valid));
  return counts.size > 1 ? "None is marked as the best: they were scored on different pixels." : null;
}

/** Four digits that count, for numbers of any size. */
function significant(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(3).replace("-", "\u2212");
  return fixed(value, size === 0 ? 3 : Math.max(3 - Math.floor(Math.log10(size)), 0));
}
