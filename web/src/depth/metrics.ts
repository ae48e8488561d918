/** The scalar metrics of plumb/metrics.py over the pixels of a box, from maps that are already in memory. */

import type { MetricInfo } from "../contract";
import type { Box, LoadedMap, ValidRule } from "../types";
import { decode } from "./transform";
import { countedBox } from "./valid";

/** In the order to show them; the same words as plumb.metrics.METRICS. */
export const METRIC_INFO: readonly MetricInfo[] = [
  { name: "abs_rel", unit: "", better: "lower", description: "mean error relative to the true distance" },
  { name: "sq_rel", unit: "m", better: "lower", description: "mean squared error relative to the true distance" },
  { name: "rmse", unit: "m", better: "lower", description: "root mean squared error" },
  { name: "rmse_log", unit: "", better: "lower", description: "root mean squared difference of natural logarithms" },
  { name: "log10", unit: "", better: "lower", description: "mean difference of base-10 logarithms" },
  { name: "silog", unit: "", better: "lower", description: "scale-invariant logarithmic error, times 100" },
  { name: "delta1", unit: "", better: "higher", description: "share of pixels within a factor of 1.25 of the truth" },
  { name: "delta2", unit: "", better: "higher", description: "share of pixels within a factor of 1.25^2 of the truth" },
  { name: "delta3", unit: "", better: "higher", description: "share of pixels within a factor of 1.25^3 of the truth" },
  { name: "mae", unit: "m", better: "lower", description: "mean absolute error" },
  { name: "irmse", unit: "1/m", better: "lower", description: "root mean squared error of inverse depth" },
  { name: "imae", unit: "1/m", better: "lower", description: "mean absolute error of inverse depth" },
];

export type BoxMetrics =
  | { readonly values: Record<string, number>; readonly n: number }
  | { readonly reason: string; readonly n: 0 };

/**
 * Score a prediction within a box as plumb.scoring does: the pixels where the truth lies strictly within the rule's
 * range and the prediction has a value, each prediction clipped to [minDepth, cap]. The alignment stays that of the
 * whole map.
 *
 * @param box in pixels of the maps, null for all
 * @returns values by the names of METRIC_INFO, and of how many pixels they are; or why there is nothing to score
 */
export function scalarMetrics(prediction: LoadedMap, truth: LoadedMap, rule: ValidRule, box: Box | null): BoxMetrics {
  for (const map of [truth, prediction]) {
    if (map.transform.unit !== "m") return { reason: `${map.field} is not in metres: ${map.transform.origin}`, n: 0 };
  }
  if (prediction.width !== truth.width || prediction.height !== truth.height) {
    const reason = `${prediction.field} has ${sizeOf(prediction)} px but ${truth.field} has ${sizeOf(truth)}`;
    return { reason, n: 0 };
  }
  const sums = addUp(prediction, truth, rule, countedBox(truth, rule, box));
  if (sums.n > 0) return { values: fromSums(sums), n: sums.n };
  const place = box === null ? "" : " in the box";
  const reason = sums.missing
    ? `${prediction.field} has no value on any valid pixel${place}`
    : `no pixel of ${truth.field}${place} has ${rule.minDepth} < g < ${rule.maxDepth} m`;
  return { reason, n: 0 };
}

function sizeOf({ width, height }: LoadedMap): string {
  return `${width}x${height}`;
}

/** Over the pixels that count, with d = p - g and L = ln(p / g). */
interface Sums {
  n: number;
  /** Pixels that lack only the prediction. */
  missing: number;
  relative: number;
  squaredRelative: number;
  absolute: number;
  squared: number;
  absoluteLog: number;
  squaredLog: number;
  /** Of (L - mean L)^2, and the mean so far. */
  centredLog: number;
  meanLog: number;
  inverse: number;
  squaredInverse: number;
  within1: number;
  within2: number;
  within3: number;
}

/** The logarithms of one row, kept for their spread; grown to the widest map. */
let logs = new Float64Array(0);

function addUp(prediction: LoadedMap, truth: LoadedMap, rule: ValidRule, box: Box): Sums {
  let n = 0;
  let missing = 0;
  let relative = 0;
  let squaredRelative = 0;
  let absolute = 0;
  let squared = 0;
  let absoluteLog = 0;
  let squaredLog = 0;
  let centredLog = 0;
  let meanLog = 0;
  let inverse = 0;
  let squaredInverse = 0;
  let within1 = 0;
  let within2 = 0;
  let within3 = 0;
  const { minDepth, maxDepth, cap } = rule;
  const { width } = truth;
  if (logs.length < width) logs = new Float64Array(width);
  for (let y = box.top; y < box.bottom; y++) {
    let inRow = 0;
    let rowLog = 0;
    for (let i = y * width + box.left; i < y * width + box.right; i++) {
      const truthCode = truth.codes[i] as number;
      if (truthCode === 0) continue;
      const g = decode(truth.transform, truthCode);
      if (!(minDepth < g && g < maxDepth)) continue;
      const code = prediction.codes[i] as number;
      if (code === 0) {
        missing++;
        continue;
      }
      let p = decode(prediction.transform, code);
      p = p < minDepth ? minDepth : p;
      p = p > cap ? cap : p;
      const ratio = p / g;
      const log = Math.log(ratio);
      const distance = Math.abs(p - g);
      const share = distance / g;
      relative += share;
      squaredRelative += distance * share;
      absolute += distance;
      squared += distance * distance;
      absoluteLog += Math.abs(log);
      squaredLog += log * log;
      inverse += share / p;
      squaredInverse += (share / p) * (share / p);
      const worst = p > g ? ratio : g / p;
      if (worst < 1.25) within1++;
      if (worst < 1.25 * 1.25) within2++;
      if (worst < 1.25 * 1.25 * 1.25) within3++;
      logs[inRow++] = log;
      rowLog += log;
    }
    if (inRow === 0) continue;
    // Centred row by row (Chan et al., 1983): the difference of two means would lose every digit of a small spread.
    const rowMean = rowLog / inRow;
    for (let i = 0; i < inRow; i++) {
      const fromMean = (logs[i] as number) - rowMean;
      centredLog += fromMean * fromMean;
    }
    const apart = rowMean - meanLog;
    centredLog += apart * apart * ((n * inRow) / (n + inRow));
    meanLog += apart * (inRow / (n + inRow));
    n += inRow;
  }
  return {
    n, missing, relative, squaredRelative, absolute, squared, absoluteLog, squaredLog, centredLog, meanLog, inverse,
    squaredInverse, within1, within2, within3,
  };
}

function fromSums(sums: Sums): Record<string, number> {
  const { n } = sums;
  return {
    abs_rel: sums.relative / n,
    sq_rel: sums.squaredRelative / n,
    rmse: Math.sqrt(sums.squared / n),
    rmse_log: Math.sqrt(sums.squaredLog / n),
    log10: sums.absoluteLog / n / Math.LN10,
    silog: 100 * Math.sqrt(sums.centredLog / n),
    delta1: sums.within1 / n,
    delta2: sums.within2 / n,
    delta3: sums.within3 / n,
    mae: sums.absolute / n,
    irmse: Math.sqrt(sums.squaredInverse / n),
    imae: sums.inverse / n,
  };
}
