/** The state of the compare panel, and what changes it. */

import type { DatasetInfo, EvaluationInfo, SampleRecord } from "../contract";
import type { Box, Layer, LayerSettings, LoadedMap, Point, Settings, ValidRule, Viewport } from "../types";

/** A sample whose files were read; what could not be read has a sentence in `problems`. */
export interface SampleView {
  readonly record: SampleRecord;
  readonly picture: ImageBitmap | null;
  /** Size of the picture, or of the first map where there is none. */
  readonly width: number;
  readonly height: number;
  /** By field. Aligned by the settings: a change of truth or evaluation makes new ones. */
  readonly maps: Readonly<Record<string, LoadedMap>>;
  /** Why a field, or "picture", is not shown. */
  readonly problems: Readonly<Record<string, string>>;
  /** The field that is the truth, null where this sample has none. */
  readonly truth: string | null;
  /**
   * Which pixels count, by field of predictions and of uncertainty: by its own evaluation; for what has none by that of
   * the first prediction that has one, else by the default protocol (1 mm to 8 m).
   */
  readonly rules: Readonly<Record<string, ValidRule>>;
  /** By prediction field: the evaluation whose alignment and metrics are shown. */
  readonly evaluations: Readonly<Record<string, EvaluationInfo>>;
  /** What can be shown, from the bottom to the top. */
  readonly layers: readonly Layer[];
}

export type Tool = "pan" | "profile" | "box";

export interface CompareState {
  /** Null until the Python half has answered. */
  info: DatasetInfo | null;
  /** A sentence in the place of everything, null when all is well. */
  problem: string | null;
  /** The samples to step through. */
  ids: readonly string[];
  current: string | null;
  /** The sample that is drawn: stays while the next one is read. */
  sample: SampleView | null;
  loading: boolean;
  settings: Settings;
  /** Null: the whole picture. */
  viewport: Viewport | null;
  /** The picture's pixel below the mouse. */
  cursor: Point | null;
  tool: Tool;
  /** Ends of the profile. */
  line: readonly [Point, Point] | null;
  box: Box | null;
  /** The layer that keys change. */
  active: string | null;
  /** Whether the samples x models sheet is shown in place of one sample. */
  sheet: boolean;
  /** A sentence about what was just done ("Link copied"), null for none. */
  notice: string | null;
}

/** Everything that the components may do. All but `go`, `copy` and `save` happen at once, in the browser alone. */
export interface CompareActions {
  change(settings: Partial<Settings>): void;
  changeLayer(id: string, change: Partial<LayerSettings>): void;
  resetSettings(): void;
  /** Settings that someone copied, as JSON; a sentence when they cannot be read. */
  paste(json: string): string | null;
  go(to: "next" | "previous" | { id: string }): void;
  look(viewport: Viewport | null): void;
  point(cursor: Point | null): void;
  use(tool: Tool): void;
  drawLine(line: readonly [Point, Point] | null): void;
  drawBox(box: Box | null): void;
  activate(id: string): void;
  showSheet(sheet: boolean): void;
  /** Ask the server again, after a problem. */
  retry(): void;
  copy(what: "link" | "json"): Promise<void>;
  /** The view at full size, as a PNG file. */
  save(): Promise<void>;
}
