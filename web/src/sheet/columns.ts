/** What stands in the columns of the sheet, and what is said of each tile. */

import type { DatasetInfo, EvaluationInfo, MetricInfo } from "../contract";
import { metricValue } from "../readout/format";
import { labelOf, protocolOf } from "../readout/scores";
import { layerSettings } from "../state/settings";
import type { SampleView } from "../state/compare";
import type { Layer, LayerKind, Settings } from "../types";
import { evaluationOf, type SortKey } from "./order";

/** What the tiles of predictions show. */
export type Show = "depth" | "absolute" | "relative";

export const SHOWN: Readonly<Record<Show, string>> = { depth: "depth", absolute: "|error|", relative: "relative error" };

export interface SheetColumn {
  readonly kind: "picture" | "truth" | "prediction";
  /** Null for the picture. */
  readonly field: string | null;
  readonly label: string;
}

/** The picture, the truth and every prediction. */
export function columnsOf(info: DatasetInfo, settings: Settings): SheetColumn[] {
  const truth = [settings.truth, info.truth].find((field) => info.fields.some(({ name }) => name === field)) ?? null;
  const predictions = info.fields.filter(({ name, role }) => role === "prediction" && name !== truth);
  return [
    { kind: "picture", field: null, label: "RGB" },
    ...(truth === null ? [] : [{ kind: "truth", field: truth, label: truth } as const]),
    ...predictions.map(({ name }) => ({ kind: "prediction", field: name, label: name }) as const),
  ];
}

/** The layer that a tile shows, or the sentence that stands in its place. */
export function layerOf(sample: SampleView, column: SheetColumn, show: Show): Layer | string {
  const kind: LayerKind = column.kind === "picture" ? "picture" : column.kind === "truth" ? "depth" : show;
  const problem = sample.problems[column.field ?? "picture"];
  if (problem !== undefined) return problem;
  if (column.field === null) return sample.picture ? find(sample, kind, null) ?? "No picture." : "No picture.";
  const map = sample.maps[column.field];
  if (!map) return "No map on this sample.";
  if (kind !== "depth") {
    const truth = sample.truth === null ? undefined : sample.maps[sample.truth];
    if (!truth) return "No error: this sample has no ground truth.";
    if (map.transform.unit !== "m") return "No error: this map has no metres.";
  }
  return find(sample, kind, column.field) ?? "Nothing to show.";
}

function find(sample: SampleView, kind: LayerKind, field: string | null): Layer | undefined {
  return sample.layers.find((layer) => layer.kind === kind && layer.field === field);
}

/** Tiles look alike, so that one colour bar is true of all: opaque, in the colours of the first layer of their kind. */
export function tileSettings(sample: SampleView, layers: readonly Layer[], settings: Settings): Settings {
  const alike = { ...settings.layers };
  for (const layer of layers) {
    const first = sample.layers.find(({ kind }) => kind === layer.kind) ?? layer;
    alike[layer.id] = { ...layerSettings(settings, first, sample.layers), on: true, opacity: 1 };
  }
  return { ...settings, layers: alike };
}

/** The evaluation whose numbers stand below a prediction: that of the same key as what the sheet is sorted by. */
export function evaluationBelow(info: DatasetInfo, field: string, key: SortKey): EvaluationInfo | undefined {
  const sorted = evaluationOf(info, key.run);
  if (!sorted) return undefined;
  const own = [key.run, key.against].map((run) => (run === null ? undefined : evaluationOf(info, run)));
  return (
    own.find((evaluation) => evaluation?.field === field) ??
    info.evaluations.find(
      (other) =>
        other.field === field &&
        other.eval_key === sorted.eval_key &&
        other.truth === sorted.truth &&
        other.metrics.some(({ name }) => name === key.metric),
    )
  );
}

/** A sentence without the folders of the files that it names: a tile is small. */
export function brief(problem: string): string {
  return problem.replace(/(?:[A-Za-z]:)?(?:[\\/][^\\/\s:]+)+[\\/]([^\\/\s:]+)/g, "$1");
}

/** What stands below a tile: nothing but for predictions, and for them a number with its unit or why there is none. */
export function captionOf(info: DatasetInfo, sample: SampleView, column: SheetColumn, key: SortKey | null): string {
  if (column.kind !== "prediction" || column.field === null || key === null) return "";
  const evaluation = evaluationBelow(info, column.field, key);
  const score = evaluation && sample.record.scores[evaluation.run];
  if (!evaluation || !score) return "not evaluated";
  if (score.reason !== null) return "not scored";
  return `${key.metric} ${metricValue(score.values[key.metric], unitOf(evaluation, key.metric))}`;
}

function unitOf(evaluation: EvaluationInfo, metric: string): string {
  return evaluation.metrics.find(({ name }: MetricInfo) => name === metric)?.unit ?? "";
}

/** The line of the protocol that the numbers of the sheet are by; "" where no prediction has any. */
export function protocolLine(info: DatasetInfo, columns: readonly SheetColumn[], key: SortKey): string {
  return protocolOf(
    columns.flatMap(({ field, kind }) => {
      const evaluation = kind === "prediction" && field !== null ? evaluationBelow(info, field, key) : undefined;
      return evaluation ? [[labelOf(evaluation), evaluation.protocol] as const] : [];
    }),
  );
}
