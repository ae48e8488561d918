/** What predictions can be compared with. */

import type { DatasetInfo } from "../contract";

export interface Choices {
  /** Fields that can be the ground truth, the dataset's own first. */
  readonly truths: readonly string[];
  /** Keys of the evaluations against the chosen truth; null is the one without a key. */
  readonly keys: readonly (string | null)[];
}

export function choicesOf(info: DatasetInfo | null, truth: string | null): Choices {
  if (!info) return { truths: [], keys: [] };
  const fields = [
    ...(info.truth === null ? [] : [info.truth]),
    ...info.fields.filter((field) => field.role === "truth").map((field) => field.name),
    ...info.evaluations.map((evaluation) => evaluation.truth),
  ];
  const against = truth ?? info.truth;
  const keys = info.evaluations
    .filter((evaluation) => evaluation.truth === against)
    .map((evaluation) => evaluation.eval_key);
  // The one without a key is what nothing chosen means, whether it was run or not.
  return { truths: [...new Set(fields)], keys: keys.length === 0 ? [] : [...new Set([null, ...keys])] };
}
