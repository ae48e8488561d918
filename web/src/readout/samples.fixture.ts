/** Small samples for the tests of this folder and of the sheet. */

import type { Intrinsics } from "../contract";
import type { SampleView } from "../state/compare";
import type { LoadedMap, Transform, ValidRule } from "../types";

export const METRES: Transform = { slope: 0.001, base: 0, inverse: false, floor: 0.001, unit: "m", origin: "metres as stored" };
export const RELATIVE: Transform = { ...METRES, slope: 0.0001, unit: null, origin: "nothing brings it to metres" };

export function aMap(field: string, width: number, codes: number[], transform: Transform): LoadedMap {
  const all = Uint16Array.from(codes);
  return {
    width, height: codes.length / width, codes: all, quantiles: null, field, url: `/${field}.png`, quantity: "depth", transform,
  }; // prettier-ignore
}

interface Parts {
  maps: Record<string, LoadedMap>;
  truth: string | null;
  intrinsics: Intrinsics | null;
  /** Fields of depth, where they are not those of the maps. */
  layers?: string[];
  /** By field, where they are not the default one. */
  rules?: Record<string, ValidRule>;
  problems?: Record<string, string>;
}

export function aSample({ maps, truth, intrinsics, layers, rules, problems }: Parts): SampleView {
  const first = Object.values(maps)[0];
  const depths = layers ?? Object.keys(maps).filter((field) => !field.endsWith("_u"));
  return {
    record: { id: "1", filepath: "/a.jpg", name: "a.jpg", intrinsics, maps: {}, scores: {} },
    picture: null,
    width: first?.width ?? 1,
    height: first?.height ?? 1,
    maps,
    problems: problems ?? {},
    truth,
    rules: rules ?? {},
    evaluations: {},
    layers: depths.map((field) => ({ id: `depth:${field}`, kind: "depth", field, label: field })),
  };
}
