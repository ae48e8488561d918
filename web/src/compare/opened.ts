/** A sample with its files: read once, and assembled anew whenever the settings ask for another truth or evaluation. */

import type { DatasetInfo, EvaluationInfo, SampleRecord, StoredMap } from "../contract";
import { fit, storedAlignment, type Alignment } from "../depth/alignment";
import { transformOf } from "../depth/transform";
import { DEFAULT_RULE, ruleOf } from "../depth/valid";
import type { SampleView } from "../state/compare";
import { layersOf } from "../state/layers";
import type { CodeMap, LoadedMap, Settings, ValidRule } from "../types";

/** What was read of a sample; what could not be has a sentence in `problems`, by field or "picture". */
export interface Opened {
  readonly record: SampleRecord;
  readonly picture: ImageBitmap | null;
  readonly codes: Readonly<Record<string, CodeMap>>;
  readonly urls: Readonly<Record<string, string>>;
  readonly problems: Readonly<Record<string, string>>;
}

/** Align every map by the evaluation that is chosen, or by a fit on the spot, and find out what can be shown. */
export function assemble(opened: Opened, info: DatasetInfo, settings: Settings): SampleView {
  const { record, picture } = opened;
  const order = [settings.truth, info.truth, ...info.fields.map(({ name }) => name)];
  const { codes, problems } = sameSize(opened, order.filter((field) => field !== null));
  const size = picture ?? Object.values(codes)[0] ?? { width: 1, height: 1 };
  const truth = [settings.truth, info.truth].find((field) => field && field in codes) ?? null;
  const evaluations = chosen(info, record, settings, truth ?? settings.truth ?? info.truth);
  const rules = rulesOf(info, record, evaluations, truth);
  const maps: Record<string, LoadedMap> = {};
  const alignments: Record<string, Alignment | null> = {};
  const load = (field: string, alignment: Alignment | null) => {
    const stored = record.maps[field] as StoredMap;
    const transform = transformOf(stored, alignment);
    maps[field] = { ...(codes[field] as CodeMap), field, url: opened.urls[field] ?? "", quantity: stored.quantity, transform };
  };
  if (truth) load(truth, null);
  const others = info.fields.filter(({ name }) => name !== truth && name in codes);
  for (const { name } of others.filter(({ role }) => role !== "uncertainty")) {
    const evaluation = evaluations[name];
    const stored = evaluation ? storedAlignment(evaluation, record.scores[evaluation.run] ?? null) : null;
    const compared = truth ? maps[truth] : undefined;
    const fitted = () => (compared ? fit(record.maps[name] as StoredMap, codes[name] as CodeMap, compared, rules[name] ?? DEFAULT_RULE) : null);
    load(name, (alignments[name] = stored ?? fitted()));
  }
  for (const { name, of } of others.filter(({ role }) => role === "uncertainty")) load(name, alignments[of ?? ""] ?? null);
  return {
    record,
    picture,
    width: size.width,
    height: size.height,
    maps,
    problems,
    truth,
    rules,
    evaluations,
    layers: layersOf(info, record, truth),
  };
}

/**
 * Maps of another size than the picture cannot be laid over it; where there is none, than the truth's map, or the first
 * in the dataset's order.
 */
function sameSize(opened: Opened, order: readonly string[]): Pick<Opened, "codes" | "problems"> {
  const codes: Record<string, CodeMap> = {};
  const problems: Record<string, string> = { ...opened.problems };
  const leading = order.find((field) => field in opened.codes);
  const size = opened.picture ?? (leading ? opened.codes[leading] : undefined);
  const what = opened.picture ? "the picture" : `that of ${leading}`;
  for (const [field, map] of Object.entries(opened.codes)) {
    if (size && (map.width !== size.width || map.height !== size.height)) {
      problems[field] =
        `the map is ${map.width} x ${map.height}, ${what} ${size.width} x ${size.height}: ` +
        "predict or import it again, at the picture's size";
    } else codes[field] = map;
  }
  return { codes, problems };
}

/** By prediction: the evaluation in metres with the chosen key, else the one without a key, else any. */
function chosen(
  info: DatasetInfo,
  record: SampleRecord,
  settings: Settings,
  truth: string | null,
): Record<string, EvaluationInfo> {
  const found: Record<string, EvaluationInfo> = {};
  const usable = info.evaluations.filter((one) => one.space === "metres" && one.truth === truth);
  for (const key of [settings.evalKey, null, ...usable.map((one) => one.eval_key)]) {
    for (const one of usable) {
      if (one.eval_key === key && !(one.field in found) && record.scores[one.run]) found[one.field] = one;
    }
  }
  return found;
}

/** By field of predictions, and of their uncertainty. */
function rulesOf(
  info: DatasetInfo,
  record: SampleRecord,
  evaluations: Readonly<Record<string, EvaluationInfo>>,
  truth: string | null,
): Record<string, ValidRule> {
  const own = new Map(
    Object.values(evaluations).map((one) => [one.field, ruleOf(one, record.scores[one.run] ?? null)] as const),
  );
  const [first = DEFAULT_RULE] = own.values();
  const ruled = info.fields.filter(({ name }) => name !== truth && name in record.maps);
  return Object.fromEntries(ruled.map(({ name, of }) => [name, own.get(of ?? name) ?? first]));
}
