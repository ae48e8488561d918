/** What every depth layer says at one pixel, as text. */

import type { FieldInfo } from "../contract";
import { positionOf } from "../depth/camera";
import { valueAt } from "../depth/transform";
import type { SampleView } from "../state/compare";
import type { LoadedMap, Point } from "../types";
import { coordinate, metres, NO_VALUE, relative, signedMetres, signedPercent } from "./format";

/** A depth layer and what can be said of it. */
export interface CursorRow {
  readonly field: string;
  readonly truth: boolean;
  /** The field with its uncertainty, null where it has none. */
  readonly uncertainty: string | null;
}

export const COLUMNS = ["depth", "error", "relative error", "uncertainty", "x", "y", "z"] as const;
export type Column = (typeof COLUMNS)[number];

/** The depth layers of a sample from the bottom to the top, those that are switched off too. */
export function cursorRows(sample: SampleView, fields: readonly FieldInfo[]): CursorRow[] {
  return sample.layers.flatMap(({ kind, field }) => {
    if (kind !== "depth" || field === null) return [];
    const about = fields.find((other) => other.role === "uncertainty" && other.of === field);
    const uncertainty = about && sample.maps[about.name] ? about.name : null;
    return [{ field, truth: field === sample.truth, uncertainty }];
  });
}

/** The columns that some row can have text in: errors need a truth in metres, positions the camera. */
export function columnsOf(sample: SampleView, rows: readonly CursorRow[]): Column[] {
  const truth = sample.truth === null ? undefined : sample.maps[sample.truth];
  const compared = truth?.transform.unit === "m" && rows.some((row) => !row.truth && inMetres(sample.maps[row.field]));
  return COLUMNS.filter((column) => {
    if (column === "depth") return true;
    if (column === "error" || column === "relative error") return compared;
    if (column === "uncertainty") return rows.some((row) => row.uncertainty !== null);
    return sample.record.intrinsics !== null && rows.some((row) => inMetres(sample.maps[row.field]));
  });
}

/** The text of a row's cells at a pixel; all empty where the cursor is on none. */
export function cellsOf(sample: SampleView, row: CursorRow, columns: readonly Column[], cursor: Point | null): string[] {
  if (cursor === null) return columns.map(() => "");
  const [x, y] = [Math.floor(cursor.x), Math.floor(cursor.y)];
  const map = sample.maps[row.field];
  if (!map) return columns.map((column) => (column === "depth" ? "not readable" : ""));
  const value = valueAt(map, x, y);
  return columns.map((column) => cellOf(sample, row, map, column, value, x, y));
}

function cellOf(
  sample: SampleView, row: CursorRow, map: LoadedMap, column: Column, value: number | null, x: number, y: number,
): string {
  if (column === "depth") return inMetres(map) ? metres(value) : relative(value);
  if (column === "uncertainty") return row.uncertainty === null ? "" : uncertaintyAt(sample.maps[row.uncertainty], x, y);
  if (value === null || !inMetres(map)) return "";
  if (column === "error" || column === "relative error") {
    const truth = row.truth || sample.truth === null ? undefined : sample.maps[sample.truth];
    const distance = inMetres(truth) && truth ? valueAt(truth, x, y) : null;
    if (distance === null) return "";
    return column === "error" ? signedMetres(value - distance) : signedPercent((value - distance) / distance);
  }
  const intrinsics = sample.record.intrinsics;
  if (intrinsics === null) return "";
  const position = positionOf(intrinsics, x, y, value);
  return coordinate(position[column === "x" ? 0 : column === "y" ? 1 : 2]);
}

function uncertaintyAt(map: LoadedMap | undefined, x: number, y: number): string {
  if (!map) return NO_VALUE;
  const value = valueAt(map, x, y);
  return inMetres(map) ? metres(value) : relative(value);
}

function inMetres(map: LoadedMap | undefined): boolean {
  return map?.transform.unit === "m";
}
