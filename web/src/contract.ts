/** What the Python half of the compare panel sends (panels/compare_depth.py); types only, names as Python has them. */

export type Quantity = "depth" | "affine_depth" | "inverse_depth";

/** A dataset as far as it is about depth. */
export interface DatasetInfo {
  dataset: string;
  /** What the Python half's `stored` gives too: another one as soon as this description is out of date. */
  stored: string;
  /** Every field with depth maps or uncertainty: first the truth, then predictions, each followed by its uncertainty. */
  fields: FieldInfo[];
  /** The field that predictions are compared with, null where the dataset has none. */
  truth: string | null;
  evaluations: EvaluationInfo[];
  /** Why depth cannot even be predicted for it as it is, and what to do; null where it can. */
  problem?: string | null;
}

export interface FieldInfo {
  name: string;
  role: "truth" | "prediction" | "uncertainty";
  /** Of uncertainty: the field of the depth maps that it is about. */
  of: string | null;
}

export interface EvaluationInfo {
  /** Key of the run. */
  run: string;
  field: string;
  truth: string;
  /** Null for the evaluation without a key. */
  eval_key: string | null;
  /** The line that stands beside every number; it says the alignment. */
  protocol: string;
  space: "metres" | "8-bit";
  /** Metres; null in the 8-bit space, where every pixel counts. */
  min_depth: number | null;
  max_depth: number | null;
  cap: number | null;
  metrics: MetricInfo[];
}

export interface MetricInfo {
  name: string;
  /** "" for a metric without unit. */
  unit: string;
  better: "lower" | "higher";
  description: string;
}

export interface SampleRecord {
  id: string;
  /** Path of the picture, and its last part. */
  filepath: string;
  name: string;
  /** A sentence where another sample stands in for the one of this id: another slice of its group, or a patch's picture. */
  note?: string | null;
  /** In pixels of the picture. */
  intrinsics: Intrinsics | null;
  /** By field; a field without a map on this sample is not there. */
  maps: Record<string, MapRecord>;
  /** By run, of evaluations that know this sample. */
  scores: Record<string, ScoreRecord>;
}

export interface Intrinsics {
  fx: number;
  fy: number;
  cx: number;
  cy: number;
}

/** value = offset + scale x code; code 0 is no value. Uncertainty has no quantity. */
export type MapRecord = StoredMap | BadMap;

export interface StoredMap {
  path: string;
  problem: null;
  quantity: Quantity | null;
  scale: number;
  offset: number;
  unit: string | null;
  /** Ground truth only: "raw" (measured) or "filled". */
  source: string | null;
  /** Key of the run that wrote it. */
  run: string | null;
}

/** A label that is no map of Plumb's, with a sentence that says so and what to do. */
export interface BadMap {
  path: null;
  problem: string;
}

export interface ScoreRecord {
  /** By metric; null where this sample has no value. */
  values: Record<string, number | null>;
  /** A key of plumb.alignment.ALIGNMENTS; null scale where nothing could be aligned. */
  mode: string;
  scale: number | null;
  shift: number | null;
  n_valid: number | null;
  flipped: boolean;
  /** Why nothing could be scored, null where it could. */
  reason: string | null;
  /** Rows top to bottom and columns left to right that count, null for all; in pixels of the ground truth's map. */
  crop: Crop | null;
}

export interface Crop {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** Samples of the view in its order, with a metric of each if one was asked for. */
export interface SampleList {
  ids: string[];
  values: (number | null)[] | null;
}

/** A dataset and some of its samples: all that opening a panel takes. */
export interface Described {
  info: DatasetInfo;
  records: SampleRecord[];
}

/** The methods of the Python half. */
export interface CompareCalls {
  /** With records as {@link load} gives them. */
  describe(params: { ids: string[] }): Promise<Described>;
  list(params: { run: string; metric: string } | null): Promise<SampleList>;
  /** In the order of the ids; ids that are not of the open dataset are left out. At most 64 at a time. */
  load(params: { ids: string[] }): Promise<SampleRecord[]>;
}
