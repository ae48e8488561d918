/** A small dataset for the tests of the sheet: two models, each evaluated twice. */

import type { DatasetInfo, EvaluationInfo, MetricInfo } from "../contract";

export const METRICS: MetricInfo[] = [
  { name: "abs_rel", unit: "", better: "lower", description: "" },
  { name: "rmse", unit: "m", better: "lower", description: "" },
  { name: "delta1", unit: "", better: "higher", description: "" },
];

export function anEvaluation(run: string, field: string, change: Partial<EvaluationInfo> = {}): EvaluationInfo {
  return {
    run, field, truth: "gt", eval_key: null, protocol: "sunrgbd: ground truth gt, mean over images", space: "metres",
    min_depth: 0.001, max_depth: 8, cap: 8, metrics: METRICS, ...change,
  }; // prettier-ignore
}

export const INFO: DatasetInfo = {
  dataset: "rooms",
  stored: "1",
  fields: [
    { name: "gt", role: "truth", of: null },
    { name: "dpt", role: "prediction", of: null },
    { name: "dpt_u", role: "uncertainty", of: "dpt" },
    { name: "mari", role: "prediction", of: null },
  ],
  truth: "gt",
  evaluations: [
    anEvaluation("dpt1", "dpt"),
    anEvaluation("mari1", "mari"),
    anEvaluation("dpt2", "dpt", { eval_key: "robust" }),
    anEvaluation("mari2", "mari", { eval_key: "robust" }),
  ],
};
