/** What colour bars span. */

import type { DisplayRange, LoadedMap, Settings, ValidRule } from "../types";
import { memo } from "./memo";
import { decode } from "./transform";
import { countedBox, DEFAULT_RULE } from "./valid";

export type ErrorKind = "absolute" | "relative" | "signed" | "delta1";

/** Permille of a map's values between which a robust range lies. */
const LOW = 20;
const HIGH = 980;
/** Share of the errors that a robust range of errors holds. */
const MOST = 0.95;
/** About how many pixels of a map the robust range of errors looks at. */
const SAMPLES = 8192;
/** What ends of error bars begin with; a bar that ends in one of them divides well. */
const NICE = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/**
 * The range in which a map of depth or uncertainty is shown.
 *
 * Robust is from the 2nd to the 98th percentile. Maps in metres that share a range share that of the truth; without
 * one each end is the middle one of the maps' own ends (of two, the outer one): no prediction, however wild, moves the
 * colours of all others. Typed is metres, so a relative map keeps its robust range, and its order from 0 to 1 has
 * neither an inverse nor a logarithm that means anything: it stays linear, as uncertainty does, which begins at 0.
 *
 * @param maps all depth maps that may share the range, shown or not, so that no switch changes the colours of the rest
 * @param truth the map that the others are compared with, null for none
 */
export function depthRange(
  map: LoadedMap,
  maps: readonly LoadedMap[],
  truth: LoadedMap | null,
  range: Settings["range"],
): DisplayRange {
  if (map.quantity === null) return uncertaintyRange(map);
  if (map.transform.unit === null) return settle(...robustEnds(map), "linear");
  if (range.mode === "typed") return settle(range.low, range.high, range.scale);
  const decisive = range.shared ? decisiveMaps(maps, truth) : [];
  if (decisive.length === 0) return settle(...robustEnds(map), range.scale);
  const lows = decisive.map((one) => robustEnds(one)[0]).sort((a, b) => a - b);
  const highs = decisive.map((one) => robustEnds(one)[1]).sort((a, b) => a - b);
  const low = lows[Math.floor((lows.length - 1) / 2)] as number;
  const high = highs[Math.ceil((highs.length - 1) / 2)] as number;
  return settle(low, high, range.scale);
}

/** Those that a shared range in metres follows; empty where none is in metres. */
function decisiveMaps(maps: readonly LoadedMap[], truth: LoadedMap | null): readonly LoadedMap[] {
  return truth !== null && isMetric(truth) ? [truth] : maps.filter(isMetric);
}

/** Whether a map of depth has values, in metres. */
function isMetric(map: LoadedMap): boolean {
  return map.quantity !== null && map.transform.unit === "m" && map.quantiles !== null;
}

/** From 0, certainty, to the 98th percentile. */
function uncertaintyRange(map: LoadedMap): DisplayRange {
  const [, high] = robustEnds(map);
  return { low: 0, high: high > 0 ? high : 1, scale: "linear" };
}

/** A map without values has the range from 0 to 1: nothing of it is painted. */
const robustEnds = memo((map: LoadedMap): readonly [number, number] => {
  if (map.quantiles === null) return [0, 1];
  const first = decode(map.transform, map.quantiles[LOW] as number);
  const last = decode(map.transform, map.quantiles[HIGH] as number);
  return first < last ? [first, last] : [last, first];
});

/** A range with low < high, and with 0 < low where its scale needs it. */
function settle(low: number, high: number, scale: DisplayRange["scale"]): DisplayRange {
  let [near, far] = low < high ? [low, high] : [high, low];
  if (scale !== "linear" && !(near > 0)) {
    // Ten centimetres is nearer than almost all that is measured, and leaves a bar that can be read.
    if (!(far > 1e-3)) far = 1;
    near = Math.min(0.1, far / 10);
  }
  if (!(near < far)) {
    const half = Math.max(0.05 * Math.abs(near), 1e-3);
    [near, far] = [scale === "linear" ? near - half : near / 1.05, far + half];
  }
  return { low: near, high: far, scale };
}

/**
 * The range of error layers, shared by all models.
 *
 * Robust is what 95 % of a model's errors stay below, of the valid pixels (every so many rows and columns of a large
 * map). Of several models it is the median on a logarithmic scale, so that neither a wild nor a perfect one hides how
 * the rest differ, rounded up to a number that reads well. Signed ranges are symmetric. delta1 has no range: there is
 * nothing between a violation (1) and none (0).
 *
 * @param predictions all of the sample, shown or not; those that are not in metres do not count
 * @param rules which pixels count, by the field of the prediction
 */
export function errorRange(
  kind: ErrorKind,
  predictions: readonly LoadedMap[],
  truth: LoadedMap,
  rules: Readonly<Record<string, ValidRule>>,
  range: Settings["errorRange"],
): DisplayRange {
  if (kind === "delta1") return { low: 0, high: 1, scale: "linear" };
  const which = kind === "relative" ? "relative" : "absolute";
  const high = range.mode === "typed" ? range[which] : robustError(which, predictions, truth, rules) ?? range[which];
  return { low: kind === "signed" ? -high : 0, high, scale: "linear" };
}

function robustError(
  which: "absolute" | "relative",
  predictions: readonly LoadedMap[],
  truth: LoadedMap,
  rules: Readonly<Record<string, ValidRule>>,
): number | null {
  const found = predictions
    .map((prediction) => mostErrors(prediction, truth, rules[prediction.field] ?? DEFAULT_RULE)[which])
    .filter((error) => error > 0)
    .sort((a, b) => a - b);
  const lower = found[Math.floor((found.length - 1) / 2)];
  const upper = found[Math.ceil((found.length - 1) / 2)];
  return lower === undefined || upper === undefined ? null : niceAbove(Math.sqrt(lower * upper));
}

/** What 95 % of the errors stay below, in metres and as a share of the distance; 0 where there are none. */
const mostErrors = memo((prediction: LoadedMap, truth: LoadedMap, rule: ValidRule) => {
  const none = { absolute: 0, relative: 0 };
  if (prediction.transform.unit !== "m" || truth.transform.unit !== "m") return none;
  if (prediction.width !== truth.width || prediction.height !== truth.height) return none;
  const { width } = truth;
  const box = countedBox(truth, rule);
  const area = Math.max(0, box.bottom - box.top) * Math.max(0, box.right - box.left);
  if (area === 0) return none;
  const step = Math.max(1, Math.floor(Math.sqrt(area / SAMPLES)));
  const most = Math.ceil((box.bottom - box.top) / step) * Math.ceil((box.right - box.left) / step);
  const absolute = new Float64Array(most);
  const relative = new Float64Array(most);
  let n = 0;
  for (let y = box.top; y < box.bottom; y += step) {
    for (let x = box.left; x < box.right; x += step) {
      const code = prediction.codes[y * width + x] as number;
      const truthCode = truth.codes[y * width + x] as number;
      if (code === 0 || truthCode === 0) continue;
      const g = decode(truth.transform, truthCode);
      if (!(rule.minDepth < g && g < rule.maxDepth)) continue;
      absolute[n] = Math.abs(decode(prediction.transform, code) - g);
      relative[n] = (absolute[n] as number) / g;
      n++;
    }
  }
  if (n === 0) return none;
  const place = Math.min(n - 1, Math.floor(MOST * n));
  const at = (errors: Float64Array) => errors.subarray(0, n).sort()[place] as number;
  return { absolute: at(absolute), relative: at(relative) };
});

/** The smallest number of NICE, times a power of ten, that is not below a positive one. */
export function niceAbove(value: number): number {
  const exponent = Math.floor(Math.log10(value));
  const factor = NICE.find((nice) => Number(`${nice}e${exponent}`) >= value * (1 - 1e-9)) ?? 10;
  // From its digits: a product such as 3 x 0.1 is no 0.3.
  return Number(`${factor}e${exponent}`);
}
