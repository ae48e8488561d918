/** The metrics of a box: every prediction against the truth, with the alignment of the whole picture. */

import type { MetricInfo } from "../contract";
import { METRIC_INFO, scalarMetrics } from "../depth/metrics";
import type { SampleView } from "../state/compare";
import { groupedByRule, ruleOfField } from "../state/rules";
import type { Box, LoadedMap, ValidRule } from "../types";
import { count } from "./format";
import { familyOf, fitOf, takenBy } from "./scores";

export interface BoxScore {
  readonly field: string;
  /** Empty where nothing could be scored. */
  readonly values: Readonly<Record<string, number>>;
  /** Pixels that were scored. */
  readonly n: number;
  /** Why nothing could be scored, null where it could. */
  readonly reason: string | null;
  /** How the prediction was brought to metres: over the whole picture, whatever the box. */
  readonly alignment: string;
  /** Which pixels count for it alone, null where the same count for all. */
  readonly counted: string | null;
}

export interface BoxScores {
  readonly scores: readonly BoxScore[];
  /** Why none is marked as the best although several were scored, null where one is. */
  readonly unranked: string | null;
  /** Which pixels count, or that each has its own. */
  readonly counted: string;
}

const OWN_RULES = "Each prediction is scored on the pixels of the box that its own evaluation counts.";

const MAIN = ["abs_rel", "rmse", "mae", "silog", "delta1"];

/** Pixels times models that are scored within a frame; a larger box waits until the mouse rests. */
export const AT_ONCE = 150_000;

/** The metrics to show: the main ones, or all. */
export function boxMetrics(all: boolean): readonly MetricInfo[] {
  return METRIC_INFO.filter(({ name }) => all || MAIN.includes(name));
}

/** The predictions of a sample that have a readable map. */
export function predictionsOf(sample: SampleView): LoadedMap[] {
  return sample.layers.flatMap(({ kind, field }) => {
    const map = kind === "depth" && field !== null && field !== sample.truth ? sample.maps[field] : undefined;
    return map ?? [];
  });
}

/** Score each prediction within the box; a sentence where there is nothing to compare. */
export function scoreBox(sample: SampleView, box: Box): BoxScores | string {
  const truth = sample.truth === null ? undefined : sample.maps[sample.truth];
  if (!truth) return "No metrics of this box: the sample has no ground truth.";
  const predictions = predictionsOf(sample);
  if (predictions.length === 0) return "No metrics of this box: the sample has no prediction.";
  const rules = groupedByRule(sample, predictions.map(({ field }) => field)); // prettier-ignore
  const alike = rules.length < 2;
  const scores = predictions.map((prediction) => scoreOf(sample, prediction, truth, box, alike));
  const [first] = rules;
  const counted = alike && first ? `Pixels of the box count where ${countedPixels(first.rule, truth.field)}.` : OWN_RULES;
  return { scores, unranked: whyUnranked(sample, predictions, scores), counted };
}

/** How many pixels a box has, times how many models are to be scored on them. */
export function workOf(sample: SampleView, box: Box): number {
  return (box.bottom - box.top) * (box.right - box.left) * predictionsOf(sample).length;
}

/** The size and place of a box, such as "120 x 80 px from (30, 40)". */
export function placeOf({ top, bottom, left, right }: Box): string {
  return `${right - left} \u00d7 ${bottom - top} px from x ${left}, y ${top}`;
}

function scoreOf(sample: SampleView, prediction: LoadedMap, truth: LoadedMap, box: Box, alike: boolean): BoxScore {
  const { field } = prediction;
  const rule = ruleOfField(sample, field);
  const found = scalarMetrics(prediction, truth, rule, box);
  const said = { field, alignment: alignmentOf(sample, prediction), counted: alike ? null : countedPixels(rule, truth.field) };
  if ("reason" in found) return { ...said, values: {}, n: 0, reason: found.reason };
  return { ...said, values: found.values, n: found.n, reason: null };
}

function storedScore(sample: SampleView, field: string) {
  const evaluation = sample.evaluations[field];
  return evaluation ? sample.record.scores[evaluation.run] : undefined;
}

function alignmentOf(sample: SampleView, { field, transform }: LoadedMap): string {
  const score = storedScore(sample, field);
  const numbers = score && fitOf(score);
  return numbers ? `${transform.origin}: ${numbers}` : transform.origin;
}

/** What was taken from the truth and how it was fitted: only predictions alike in both can be ranked. */
function fittingOf(sample: SampleView, { field, quantity }: LoadedMap): string {
  const mode = storedScore(sample, field)?.mode ?? (quantity === "depth" ? "none" : "lsq_depth");
  return takenBy(mode) === "nothing" ? "nothing" : `${takenBy(mode)} by ${familyOf(mode)}`;
}

function whyUnranked(sample: SampleView, predictions: readonly LoadedMap[], scores: readonly BoxScore[]): string | null {
  const scored = scores.filter(({ n }) => n > 0);
  if (groupedByRule(sample, scored.map(({ field }) => field)).length > 1) {
    return "None is marked as the best: their evaluations have different rules.";
  } // prettier-ignore
  if (new Set(scored.map(({ n }) => n)).size > 1) {
    return "None is marked as the best: they were scored on different pixels.";
  }
  const taken = new Set(predictions.filter((_, index) => scores[index]?.n).map((map) => fittingOf(sample, map)));
  if (taken.size < 2) return null;
  return `None is marked as the best: the alignments take different things from the truth (${[...taken].join("; ")}).`;
}

/** In words that follow "where". */
function countedPixels({ minDepth, maxDepth, cap, crop }: ValidRule, truth: string): string {
  const within = crop
    ? ` within the evaluation's crop (${count(crop.right - crop.left)} \u00d7 ${count(crop.bottom - crop.top)} px)`
    : "";
  return `${minDepth} < ${truth} < ${maxDepth} m${within} and the prediction has a value; predictions are clipped to [${minDepth}, ${cap}] m`;
}
