/** Whether what was typed is a range: all that the menu takes, `fromJson` takes back. */

import { DEPTH_ENDS, ERROR_ENDS } from "../state/settings-checks";
import type { CompareState } from "../state/compare";
import type { ColourScale, Settings } from "../types";
import { rangeOf, unitOf } from "../view/ranges";
import { activeLayer } from "./rows";

/** Why two ends in metres are no range, null where they are. */
export function endsProblem(low: number, high: number, scale: ColourScale): string | null {
  if (![low, high].every((end) => isWithin(end, DEPTH_ENDS))) return `The range must lie between ${span(DEPTH_ENDS, "m")}.`;
  if (!(low < high)) return "The range must begin below its end.";
  if (scale !== "linear" && !(low > 0)) return "An inverse or logarithmic range must begin above 0 m.";
  return null;
}

/** Why a range of errors cannot end there, null where it can; metres, or a share of the distance that is told in percent. */
export function errorEndProblem(end: number, unit: "m" | "%"): string | null {
  if (isWithin(end, ERROR_ENDS)) return null;
  const [least, most] = ERROR_ENDS;
  return `The range of errors must end between ${span(unit === "m" ? ERROR_ENDS : [100 * least, 100 * most], unit)}.`;
}

/** The robust ends of depth in metres, to three digits, for typing to begin with; none where nothing is in metres. */
export function depthEndsNow(state: CompareState): Pick<Settings["range"], "low" | "high"> | null {
  const { sample, settings } = state;
  if (!sample) return null;
  // Each has ends of its own where they are not shared: those of the active one are asked for first.
  const layers = [activeLayer(state), ...sample.layers].flatMap((layer) => layer ?? []);
  const layer = layers.find((one) => one.kind === "depth" && unitOf(sample, one) === "m" && !sample.problems[one.field ?? ""]);
  const range = layer && rangeOf(sample, layer, { ...settings, range: { ...settings.range, mode: "robust" } });
  if (!range) return null;
  const [low, high] = [range.low, range.high].map((end) => Number(end.toPrecision(3))) as [number, number];
  return endsProblem(low, high, settings.range.scale) === null ? { low, high } : null;
}

/** The robust ends of errors, for typing to begin with; those that the sample has. */
export function errorEndsNow({ sample, settings }: CompareState): Partial<Pick<Settings["errorRange"], "absolute" | "relative">> {
  const robust = { ...settings, errorRange: { ...settings.errorRange, mode: "robust" as const } };
  const endOf = (kind: "absolute" | "relative") => {
    const ranges = (sample?.layers ?? []).flatMap((layer) => (layer.kind === kind && sample && rangeOf(sample, layer, robust)) || []);
    const end = ranges[0]?.high;
    return end !== undefined && errorEndProblem(end, kind === "absolute" ? "m" : "%") === null ? { [kind]: end } : {};
  };
  return { ...endOf("absolute"), ...endOf("relative") };
}

function isWithin(value: number, [least, most]: readonly [number, number]): boolean {
  return value >= least && value <= most;
}

function span([least, most]: readonly [number, number], unit: string): string {
  const text = (value: number) => value.toLocaleString("en-US", { maximumSignificantDigits: 6 }).replace("-", "\u2212");
  return `${text(least)} and ${text(most)} ${unit}`;
}
