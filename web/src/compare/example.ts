/** A state of the compare panel for the tests: a truth, two predictions, one of them with uncertainty. */

import type { DatasetInfo, SampleRecord, StoredMap } from "../contract";
import type { CompareState, SampleView } from "../state/compare";
import { layersOf } from "../state/layers";
import { defaultSettings } from "../state/settings";
import type { LoadedMap } from "../types";

export function stateForTest(): CompareState {
  return {
    info,
    problem: null,
    ids: ["a", "b", "c"],
    current: "b",
    sample,
    loading: false,
    settings: defaultSettings(),
    viewport: null,
    cursor: null,
    tool: "pan",
    line: null,
    box: null,
    active: null,
    sheet: false,
    notice: null,
  };
}

function stored(quantity: StoredMap["quantity"], unit: string | null, source: string | null): StoredMap {
  return { path: "/maps/a.png", problem: null, quantity, scale: 0.001, offset: 0, unit, source, run: null };
}

function loaded(field: string, quantity: StoredMap["quantity"], unit: "m" | null, origin: string): LoadedMap {
  const transform = { slope: 0.001, base: 0, inverse: false, floor: 1e-3, unit, origin };
  return { field, url: "", quantity, transform, width: 640, height: 480, codes: new Uint16Array(0), quantiles: null };
}

const info: DatasetInfo = {
  dataset: "rooms",
  stored: "1",
  truth: "truth",
  fields: [
    { name: "truth", role: "truth", of: null },
    { name: "near", role: "prediction", of: null },
    { name: "far", role: "prediction", of: null },
    { name: "far_deviation", role: "uncertainty", of: "far" },
  ],
  evaluations: ["near", "far"].map((field) => ({
    run: `evaluation_of_${field}`, field, truth: "truth", eval_key: null, protocol: "protocol sunrgbd",
    space: "metres" as const, min_depth: 0.001, max_depth: 8, cap: 8, metrics: [],
  })), // prettier-ignore
};

const record: SampleRecord = {
  id: "b",
  filepath: "/pictures/b.jpg",
  name: "b.jpg",
  intrinsics: null,
  maps: {
    truth: stored("depth", "m", "raw"),
    near: stored("inverse_depth", null, null),
    far: stored("affine_depth", null, null),
    far_deviation: stored(null, null, null),
  },
  scores: {},
};

const sample: SampleView = {
  record,
  picture: null,
  width: 640,
  height: 480,
  maps: {
    truth: loaded("truth", "depth", "m", "metres as stored"),
    near: loaded("near", "inverse_depth", "m", "scale and shift of the default evaluation"),
    far: loaded("far", "affine_depth", null, "relative, from 0 (nearest) to 1 (farthest): nothing brings it to metres"),
    far_deviation: loaded("far_deviation", null, null, "in the model's own unit: nothing brings it to metres"),
  },
  problems: {},
  truth: "truth",
  rules: Object.fromEntries(
    ["near", "far", "far_deviation"].map((field) => [field, { minDepth: 0.001, maxDepth: 8, cap: 8, crop: null }]),
  ),
  evaluations: Object.fromEntries(info.evaluations.map((evaluation) => [evaluation.field, evaluation])),
  layers: layersOf(info, record, "truth"),
};
