import { expect, it } from "vitest";
import { stateForTest } from "../compare/example";
import type { SampleView } from "../state/compare";
import { updateLayer } from "../state/settings";
import type { LoadedMap, Settings } from "../types";
import { drawsOf } from "./scene";

const { sample, settings } = stateForTest();
const quantiles = Uint16Array.from({ length: 1001 }, (_, n) => 1000 + n);

/** The sample with quantiles, and `near` with a value everywhere, or with holes. */
function seen(whole: boolean): SampleView {
  if (!sample) throw new Error("the example has a sample");
  const maps = Object.entries(sample.maps).map(([field, map]): [string, LoadedMap] => [
    field,
    { ...map, quantiles, transform: { ...map.transform, unit: "m" }, whole: field === "near" && whole },
  ]);
  return { ...sample, maps: Object.fromEntries(maps) };
}

function drawn(view: SampleView, change: Partial<Settings> = {}): number {
  const layers = view.layers.filter(({ id }) => ["depth:truth", "depth:near"].includes(id));
  expect(layers).toHaveLength(2);
  return drawsOf(view, layers, { ...settings, ...change }).length;
}

it("what an opaque map with a value everywhere covers is not drawn, and all is as soon as anything shows through", () => {
  expect(drawn(seen(true))).toBe(1);
  expect(drawn(seen(false))).toBe(2);
  expect(drawn(seen(true), { mask: { pixels: "measured", hatch: false } })).toBe(2);
  expect(drawn(seen(true), { mask: { pixels: "valid", hatch: true } })).toBe(2);
  const near = seen(true).layers.find(({ id }) => id === "depth:near");
  const clear = near && updateLayer(settings, near, seen(true).layers, { opacity: 0.9 });
  expect(drawn(seen(true), clear)).toBe(2);
});
