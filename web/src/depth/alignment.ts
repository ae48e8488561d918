/** Scale and shift of a prediction: as an evaluation stored them, or fitted on the spot as plumb/alignment.py does. */

import type { EvaluationInfo, Quantity, ScoreRecord, StoredMap } from "../contract";
import type { CodeMap, ValidRule } from "../types";
import { decode, isKnownMode, type ReadableMap } from "./transform";
import { countedBox } from "./valid";

/** How one prediction becomes metres. */
export interface Alignment {
  /** A key of plumb.alignment.ALIGNMENTS. */
  readonly mode: string;
  readonly scale: number;
  /** In metres, or in 1/m where the fit is in inverse depth. */
  readonly shift: number;
  /** The evaluation's cap in metres, which "midas_disparity" needs; null where there is none. */
  readonly cap: number | null;
  /** Where it comes from, for the reader. */
  readonly origin: string;
}

/** The least-squares modes that "auto" stands for. */
type FittedMode = "lsq_depth" | "lsq_disparity";

const ORIGIN: Record<FittedMode, string> = {
  lsq_depth: "fitted here, by least squares in depth: no evaluation has aligned it",
  lsq_disparity: "fitted here, by least squares in inverse depth: no evaluation has aligned it",
};

const AUTO: Record<Exclude<Quantity, "depth">, FittedMode> = {
  affine_depth: "lsq_depth",
  inverse_depth: "lsq_disparity",
};

/** Relative to a prediction's largest value: below it lies rounding, not depth. */
const ROUNDING = 1e-12;
const CODES = 65536;

/** What an evaluation found for one sample, null where it could align nothing, or in a way that is not known here. */
export function storedAlignment(evaluation: EvaluationInfo, score: ScoreRecord | null): Alignment | null {
  if (score === null || score.scale === null || !isKnownMode(score.mode)) return null;
  const key = evaluation.eval_key;
  const name = key === null ? "the default evaluation" : `the evaluation "${key}"`;
  const origin = score.mode === "none" ? `taken as metres by ${name}` : `scale and shift of ${name}`;
  return { mode: score.mode, scale: score.scale, shift: score.shift ?? 0, cap: evaluation.cap, origin };
}

/**
 * The alignment that "auto" stands for, over the pixels that count and have a prediction.
 *
 * Depth is metres already. Affine depth takes the s and t of the smallest sum((s p + t - g)^2), inverse depth those of
 * the smallest sum((s p + t - 1/g)^2) over the pixels with p > 0. A constant prediction has no unique s and t: it takes
 * the smallest.
 *
 * @param stored what the codes of `map` mean
 * @param truth of the same size, in metres
 * @returns null where there is nothing to fit
 */
export function fit(stored: StoredMap, map: CodeMap, truth: ReadableMap, rule: ValidRule): Alignment | null {
  if (stored.quantity === "depth") {
    return { mode: "none", scale: 1, shift: 0, cap: null, origin: "metres as predicted" };
  }
  if (stored.quantity === null || truth.transform.unit !== "m") return null;
  if (map.width !== truth.width || map.height !== truth.height) return null;
  const mode = AUTO[stored.quantity];
  gather(map, truth, rule, mode === "lsq_disparity");
  const found = leastSquares(stored, mode === "lsq_disparity");
  if (found === null || !Number.isFinite(found.scale) || !Number.isFinite(found.shift)) return null;
  return { mode, ...found, cap: null, origin: ORIGIN[mode] };
}

/** By code of the prediction: how many pixels count, and the sum of their targets. Used by one fit at a time. */
const counts = new Uint32Array(CODES);
const targets = new Float64Array(CODES);

/** One pass over the pixels; all else goes over the codes, of which there are fewer. */
function gather(map: CodeMap, truth: ReadableMap, rule: ValidRule, inDisparity: boolean): void {
  counts.fill(0);
  targets.fill(0);
  const { width, transform } = truth;
  const box = countedBox(truth, rule);
  for (let y = box.top; y < box.bottom; y++) {
    for (let i = y * width + box.left; i < y * width + box.right; i++) {
      const code = map.codes[i] as number;
      const truthCode = truth.codes[i] as number;
      if (code === 0 || truthCode === 0) continue;
      const g = decode(transform, truthCode);
      if (!(rule.minDepth < g && g < rule.maxDepth)) continue;
      counts[code] = (counts[code] as number) + 1;
      targets[code] = (targets[code] as number) + (inDisparity ? 1 / g : g);
    }
  }
}

/** Scale and shift from `counts` and `targets`, null where no pixel is left. */
function leastSquares({ scale, offset }: StoredMap, positive: boolean): { scale: number; shift: number } | null {
  let low = Infinity;
  let high = -Infinity;
  for (let code = 1; code < CODES; code++) {
    if (counts[code] === 0) continue;
    const p = offset + scale * code;
    if (p < low) low = p;
    if (p > high) high = p;
  }
  // A map read back from codes holds a model's exact 0 only to within the rounding of its scale.
  const zero = positive ? ROUNDING * Math.max(-low, high) : -Infinity;
  let n = 0;
  let pSum = 0;
  let targetSum = 0;
  low = Infinity;
  for (let code = 1; code < CODES; code++) {
    const count = counts[code] as number;
    const p = offset + scale * code;
    if (count === 0 || p <= zero) continue;
    if (p < low) low = p;
    n += count;
    pSum += count * p;
    targetSum += targets[code] as number;
  }
  if (n === 0) return null;
  const pMean = pSum / n;
  const targetMean = targetSum / n;
  if (!(high - low > ROUNDING * Math.max(-low, high))) return ofConstant(pMean, targetMean);
  let spread = 0;
  let product = 0;
  for (let code = 1; code < CODES; code++) {
    const count = counts[code] as number;
    const p = offset + scale * code;
    if (count === 0 || p <= zero) continue;
    spread += count * (p - pMean) * (p - pMean);
    product += (p - pMean) * ((targets[code] as number) - count * targetMean);
  }
  if (!(spread > 0 && spread < Infinity)) return null;
  return { scale: product / spread, shift: targetMean - (product / spread) * pMean };
}

/** Every (s, t) on a line fits equally well; this is its point nearest to the origin. */
function ofConstant(pMean: number, targetMean: number): { scale: number; shift: number } {
  const length = Math.hypot(pMean, 1);
  return { scale: (pMean / length) * (targetMean / length), shift: targetMean / length / length };
}
