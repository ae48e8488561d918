/** Which pixels of the ground truth count: by its own evaluation for a prediction, by all that are shown for the truth. */

import type { Crop } from "../contract";
import { DEFAULT_RULE } from "../depth/valid";
import type { Layer, Settings, ValidRule } from "../types";
import type { SampleView } from "./compare";
import { shownLayers } from "./settings";

/** The rule of a prediction, and of its uncertainty: that of its own evaluation. */
export function ruleOfField(sample: SampleView, field: string): ValidRule {
  return sample.rules[field] ?? DEFAULT_RULE;
}

/** The rule of a layer. The truth belongs to no evaluation: of it counts what all count whose predictions are shown. */
export function ruleOfLayer(sample: SampleView, layer: Layer, settings: Settings): ValidRule {
  const own = layer.field === null ? undefined : sample.rules[layer.field];
  return own ?? commonRule(ruledFields(sample, settings).map((field) => ruleOfField(sample, field)));
}

/** Predictions by the same rule. */
export interface RuleGroup {
  readonly fields: readonly string[];
  readonly rule: ValidRule;
}

/** The rules of the predictions that are shown, of all where none is; none where the sample has no prediction. */
export function ruleGroups(sample: SampleView, settings: Settings): RuleGroup[] {
  return groupedByRule(sample, ruledFields(sample, settings));
}

/** These fields by what counts for them, in the order of the first of each group. */
export function groupedByRule(sample: SampleView, fields: readonly string[]): RuleGroup[] {
  const groups = new Map<string, { fields: string[]; rule: ValidRule }>();
  for (const field of fields) {
    const rule = ruleOfField(sample, field);
    const key = JSON.stringify([rule.minDepth, rule.maxDepth, rule.cap, rule.crop]);
    const known = groups.get(key);
    if (known) known.fields.push(field);
    else groups.set(key, { fields: [field], rule });
  }
  return [...groups.values()];
}

/** What counts by every one of these rules. */
export function commonRule(rules: readonly ValidRule[]): ValidRule {
  return rules.length === 0 ? DEFAULT_RULE : rules.reduce((one, other) => ({
    minDepth: Math.max(one.minDepth, other.minDepth),
    maxDepth: Math.min(one.maxDepth, other.maxDepth),
    cap: Math.min(one.cap, other.cap),
    crop: overlap(one.crop, other.crop),
  })); // prettier-ignore
}

/** Fields of depth whose map, error or uncertainty is shown; all that have a rule where none is. */
function ruledFields(sample: SampleView, settings: Settings): string[] {
  const predictions = sample.layers.flatMap(({ kind, field }) => (kind === "depth" && field !== null ? [field] : []));
  const ruled = predictions.filter((field) => field in sample.rules);
  const shown = new Set(shownLayers(settings, sample.layers).map(({ field }) => field));
  const seen = ruled.filter((field) => shown.has(field));
  return seen.length > 0 ? seen : ruled;
}

/** Without rows or columns where the two have none in common. */
function overlap(one: Crop | null, other: Crop | null): Crop | null {
  if (one === null || other === null) return one ?? other;
  return {
    top: Math.max(one.top, other.top),
    bottom: Math.min(one.bottom, other.bottom),
    left: Math.max(one.left, other.left),
    right: Math.min(one.right, other.right),
  };
}
