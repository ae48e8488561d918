import { expect, test } from "vitest";
import { stateForTest } from "../compare/example";
import type { SampleView } from "../state/compare";
import { layerSettings, shownLayers } from "../state/settings";
import { nextSettings } from "./next";

const { sample: found, settings } = stateForTest();
const sample = found as SampleView;
const next = nextSettings(settings, sample);
const on = (one: (typeof next)[number]) => shownLayers(one, sample.layers).map(({ id }) => id);

test("what may come next are the other arrangements first, with all else as it is", () => {
  expect(next.slice(0, 3).map(({ arrangement }) => arrangement)).toEqual(["overlay", "side", "swipe"]);
  for (const one of next.slice(0, 3)) expect({ ...one, arrangement: "side" }).toEqual(settings);
});

test("it is every number of translucent layers of an overlay", () => {
  const translucent = (one: (typeof next)[number]) =>
    sample.layers.filter((layer) => layerSettings(one, layer, sample.layers).opacity === 0.5).map(({ id }) => id);
  const overlays = next.filter(({ arrangement }) => arrangement === "overlay");
  expect(overlays.map((one) => translucent(one))).toEqual([
    [],
    ["depth:far"],
    ["depth:near", "depth:far"],
    ["depth:truth", "depth:near", "depth:far"],
    [],
  ]);
});

test("it is each mask and stripes, and each error by itself and over the others", () => {
  expect(next.some(({ mask }) => mask.pixels === "measured")).toBe(true);
  expect(next.some(({ mask }) => mask.hatch)).toBe(true);
  for (const kind of ["absolute", "relative", "signed", "delta1"]) {
    expect(next.map(on)).toContainEqual(["picture", `${kind}:near`]);
  }
  expect(next.map(on)).toContainEqual(expect.arrayContaining(["depth:far", "absolute:near", "delta1:near"]));
});
