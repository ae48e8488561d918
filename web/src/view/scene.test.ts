import { describe, expect, it } from "vitest";
import { stateForTest } from "../compare/example";
import type { SampleView } from "../state/compare";
import { updateLayer } from "../state/settings";
import type { LoadedMap, Settings } from "../types";
import { drawsOf, titleOf } from "./scene";

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

describe("where the evaluations of two predictions count different pixels", () => {
  const rules = {
    near: { minDepth: 0.5, maxDepth: 8, cap: 8, crop: null },
    far: { minDepth: 0.001, maxDepth: 10, cap: 10, crop: { top: 40, bottom: 440, left: 40, right: 600 } },
  };
  const view: SampleView = { ...seen(false), rules: { ...rules, far_deviation: rules.far } };
  const common = { ...rules.far, minDepth: 0.5, maxDepth: 8, cap: 8 };

  /** The rules of what is drawn, by layer; the layers of `on` alone are on. */
  function rulesOf(on: string[], ids: string[]): unknown[] {
    const layers = Object.fromEntries(
      view.layers.map(({ id }) => [id, { on: on.includes(id), opacity: 0.5, colormap: "viridis" as const }]),
    );
    const now = { ...settings, layers, mask: { pixels: "valid" as const, hatch: false } };
    return ids.map((id) => {
      const [draw] = drawsOf(view, view.layers.filter((layer) => layer.id === id), now);
      return draw?.kind === "valid" ? draw.rule : draw?.kind === "picture" ? "picture" : draw?.mask.rule;
    });
  }

  it("a mask hides of each, of its errors and of its uncertainty what its own evaluation does not count", () => {
    const all = view.layers.map(({ id }) => id);
    const ids = ["depth:near", "signed:near", "depth:far", "absolute:far", "uncertainty:far_deviation"];
    expect(rulesOf(all, ids)).toEqual([rules.near, rules.near, rules.far, rules.far, rules.far]);
  });

  it("of the truth, and of the pixels that count, what counts for all that are shown", () => {
    const ids = ["depth:truth", "valid"];
    expect(rulesOf(["depth:truth", "depth:near", "depth:far"], ids)).toEqual([common, common]);
    expect(rulesOf(["depth:truth", "depth:near"], ids)).toEqual([rules.near, rules.near]);
    expect(rulesOf(["depth:truth", "absolute:far"], ids)).toEqual([rules.far, rules.far]);
    expect(rulesOf(["depth:truth"], ids)).toEqual([common, common]);
  });
});

it("a view is called by what is seen of it, and says how many layers that covers", () => {
  const view = { ...seen(true), picture: { width: 640, height: 480 } as ImageBitmap };
  const title = (ids: string[], change: Partial<Settings> = {}, of = view) =>
    titleOf(of, { layers: of.layers.filter(({ id }) => ids.includes(id)) }, { ...settings, ...change });
  expect(title(["picture", "depth:near"])).toBe("near");
  expect(title(["picture", "depth:truth", "depth:near"])).toBe("near (covers truth)");
  expect(title(["picture", "depth:truth", "depth:near", "delta1:near"])).toBe("near + near: delta1 violations (covers truth)");
  const holes = { ...seen(false), picture: view.picture };
  expect(title(["picture", "depth:truth", "depth:near"], {}, holes)).toBe("truth + near");
});
