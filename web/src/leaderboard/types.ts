/** What the Python half of the leaderboard sends (panels/depth_leaderboard.py); names as Python has them. */

import type { MetricInfo } from "../contract";

/** The evaluations of a view's samples. */
export interface Board {
  dataset: string;
  /** Changes whenever anything here may have changed. */
  version: string;
  /** Changes only when something is stored in the dataset, whatever the view is. */
  stored: string;
  /** Behind the view, and in its dataset. */
  samples: number;
  of_samples: number;
  /** What these count. */
  counted: "sample" | "group";
  /** Whether the dataset has predictions that could be evaluated. */
  predictions: boolean;
  blocks: Block[];
  /** Runs that could not be read. */
  unread: { run: string; field: string; reason: string }[];
  notes: string[];
  /** Fields by whose values samples can be grouped. */
  groupings: string[];
  /** What the grid shows in place of the view that the numbers are of; null where it shows that view. */
  shown: string | null;
}

/** Runs that may stand side by side: one protocol, one ground truth, the same images, as much taken from the truth. */
export interface Block {
  /** A letter. */
  key: string;
  protocol: string;
  truth: string;
  /** What the alignment takes from the ground truth. */
  taken: string;
  /** How many each run has scored. */
  images: number;
  /** Why its runs do not stand in an earlier block. */
  apart: string | null;
  /** Why none of its runs is the best. */
  unranked: string | null;
  metrics: RankedMetric[];
  runs: Run[];
}

export interface RankedMetric extends MetricInfo {
  /** Whether all runs have it for the same images and pixels. */
  ranked: boolean;
}

export interface Run {
  run: string;
  name: string;
  field: string;
  eval_key: string | null;
  alignment: string | null;
  scored: number;
  unscored: number;
  /** Images whose prediction has near and far swapped. */
  flipped: number;
  on_filled: number;
  missing_pixels: number;
  /** Why images could not be scored, with how many. */
  reasons: Record<string, number>;
  /** By metric, in the metric's unit. */
  values: Record<string, Value>;
}

/** Of the images that have a value; low and high are the 95 % bootstrap interval of the mean. */
export interface Value {
  n: number;
  mean: number | null;
  median: number | null;
  low: number | null;
  high: number | null;
}

export interface Distribution {
  /** B + 1 ends of bins. */
  edges: number[];
  /** Images beyond the ends, which are counted in the outer bins. */
  below: number;
  above: number;
  runs: { run: string; counts: number[]; mean: number | null; median: number | null }[];
}

export interface DistanceBands {
  run: string;
  /** low <= distance < high, in metres, over the pixels of all images; without the bands that have no pixel. */
  bands: { low: number; high: number; n_pixels: number; n_images: number; abs_rel: number; delta1: number }[];
  /** Whether it is known which images stand behind them; not of runs that earlier versions have stored. */
  selects: boolean;
}

export interface Groups {
  groups: string[];
  /** How many smaller groups there are beside these. */
  left_out: number;
  runs: { run: string; statistics: (Value | null)[] }[];
}

/** Two runs a and b image by image: x of b, y of a. */
export interface Against {
  ids: string[];
  names: string[];
  x: number[];
  y: number[];
  n: number;
  left_out: number;
  /** Shares of the images where a is better, and where both have the same value. */
  won: number | null;
  tied: number | null;
  /** Mean of a - b, with its 95 % interval. */
  difference: number | null;
  low: number | null;
  high: number | null;
  on_other_pixels: number;
}

export type CopyFormat = "markdown" | "latex" | "csv";

/** The methods of the Python half. Those that select or show samples say how many they were, or which. */
export interface LeaderboardCalls {
  describe(): Promise<Board | null>;
  /** What stands for all that is stored in the dataset: another string after every change, null without a dataset. */
  stored(): Promise<string | null>;
  copy(params: { runs: string[]; metrics: string[]; format: CopyFormat }): Promise<string>;
  distribution(params: { runs: string[]; metric: string }): Promise<Distribution>;
  by_distance(params: { runs: string[] }): Promise<DistanceBands[]>;
  by_group(params: { runs: string[]; metric: string; path: string }): Promise<Groups>;
  against(params: { runs: readonly [string, string]; metric: string }): Promise<Against>;
  select_bins(params: { metric: string; bins: Bin[] }): Promise<number>;
  select_groups(params: { metric: string; path: string; bars: GroupBar[] }): Promise<number>;
  select_distances(params: { points: DistancePoint[] }): Promise<Told>;
  select_samples(params: { ids: string[] }): Promise<number>;
  show_worst(params: { run: string; metric: string }): Promise<number>;
  show_disagreeing(params: { runs: [string, string]; metric: string }): Promise<number>;
  show_selected(): Promise<number>;
  clear_selected(): Promise<null>;
  show_all(): Promise<null>;
}

/** A bar of a histogram: low <= value < high; null for all that is beyond that end. */
export interface Bin {
  run: string;
  low: number | null;
  high: number | null;
}

/** A point or bar of the errors by distance: the metric that it shows, and where its band begins, in metres. */
export interface DistancePoint {
  run: string;
  of: "abs_rel" | "delta1" | "pixels";
  low: number;
}

/** Samples that were selected, and which these are, in words that can follow "the grid shows". */
export interface Told {
  ids: string[];
  told: string;
}

export interface GroupBar {
  run: string;
  group: string;
}
