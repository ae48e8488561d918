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
  const near = seen(true).layers.find(({ id }) => id === "depth:near");
  const clear = near && updateLayer(settings, near, seen(true).layers, { opacity: 0.9 });
  expect(drawn(seen(true), clear)).toBe(2);
});

it("where a mask hides what covers the others it hides them too, but the picture stays", () => {
  const view = { ...seen(true), picture: { width: 640, height: 480 } as ImageBitmap };
  const kinds = (pixels: Settings["mask"]["pixels"]) => {
    const layers = view.layers.filter(({ id }) => ["picture", "depth:truth", "depth:near"].includes(id));
    return drawsOf(view, layers, { ...settings, mask: { pixels, hatch: true } }).map(({ kind }) => kind);
  };
  expect(kinds("all")).toEqual(["value"]);
  expect(kinds("measured")).toEqual(["picture", "value"]);
  expect(kinds("valid")).toEqual(["picture", "value"]);
});
