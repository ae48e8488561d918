/** What can be shown of a sample. */

import type { DatasetInfo, FieldInfo, SampleRecord } from "../contract";
import type { Layer, LayerKind } from "../types";

const ERRORS = {
  absolute: "|error|",
  relative: "relative error",
  signed: "signed error",
  delta1: "delta1 violations",
} as const;

/**
 * The layers of a sample, from the bottom to the top: the picture, depth (the truth first), errors of each prediction,
 * uncertainty, the pixels that count. A field whose map cannot be read has its own layer all the same, as the place of
 * the message that says so.
 *
 * @param truth the field that the others are compared with, null for none
 */
export function layersOf(info: DatasetInfo, record: SampleRecord, truth: string | null): Layer[] {
  const present = info.fields.filter(({ name }) => Object.hasOwn(record.maps, name));
  const depths = present.filter(({ role }) => role !== "uncertainty");
  depths.sort((a, b) => Number(b.name === truth) - Number(a.name === truth));
  const compared = truth !== null && isMetric(record, truth);
  const scored = depths.filter(({ name, role }) => role === "prediction" && name !== truth && isReadable(record, name));
  return [
    layer("picture", null, "RGB"),
    ...depths.map(({ name }) => ({ ...layer("depth", name, name), ...(isReadable(record, name) ? {} : { foreign: true }) })),
    ...(compared ? scored.flatMap(errorsOf) : []),
    ...present.filter(({ role }) => role === "uncertainty").map(uncertaintyOf),
    ...(compared ? [layer("valid", truth, "pixels that count")] : []),
  ];
}

function layer(kind: LayerKind, field: string | null, label: string): Layer {
  const alone = kind === "picture" || kind === "valid";
  return { id: alone ? kind : `${kind}:${field}`, kind, field, label };
}

function errorsOf({ name }: FieldInfo): Layer[] {
  const kinds = Object.keys(ERRORS) as (keyof typeof ERRORS)[];
  return kinds.map((kind) => layer(kind, name, `${name}: ${ERRORS[kind]}`));
}

/** By the name of the depth that it is about, which says more than its own. */
function uncertaintyOf({ name, of }: FieldInfo): Layer {
  return layer("uncertainty", name, of === null ? name : `${of}: uncertainty`);
}

function isReadable(record: SampleRecord, field: string): boolean {
  return record.maps[field]?.path != null;
}

function isMetric(record: SampleRecord, field: string): boolean {
  const map = record.maps[field];
  return map !== undefined && map.path !== null && map.quantity === "depth";
}
