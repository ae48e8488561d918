import { describe, expect, it } from "vitest";
import { csvOf, curvesOf, spanOf } from "./curves";
import { aMap, aSample, METRES, RELATIVE } from "./samples.fixture";

const maps = {
  gt: aMap("gt", 3, [1000, 0, 3000, 4000, 5000, 6000], METRES),
  dpt: aMap("dpt", 3, [1500, 2500, 3500, 1, 2, 3], METRES),
  order: aMap("order", 3, [1, 2, 3, 4, 5, 6], RELATIVE),
};
const LINE = [{ x: 0, y: 0 }, { x: 2, y: 0 }] as const;

describe("along a line", () => {
  const found = curvesOf(aSample({ maps, truth: "gt", intrinsics: null }), LINE);

  it("every layer in metres has a curve, with nothing where its map has no value", () => {
    expect(found.distances).toEqual([0, 1, 2]);
    expect(found.curves).toEqual([
      { field: "gt", truth: true, values: [1, null, 3] },
      { field: "dpt", truth: false, values: [1.5, 2.5, 3.5] },
    ]);
  });

  it("a layer without metres has a sentence in its place", () => {
    expect(found.left).toEqual([{ field: "order", why: RELATIVE.origin }]);
  });

  it("a layer that could not be read has its own sentence", () => {
    const problems = { gone: "the file is missing" };
    const sample = aSample({ maps, truth: "gt", intrinsics: null, layers: ["gt", "gone"], problems });
    expect(curvesOf(sample, LINE).left).toEqual([{ field: "gone", why: "the file is missing" }]);
  });

  it("the pixels that are read are those of the values, also backwards and aslant", () => {
    const sample = aSample({ maps, truth: "gt", intrinsics: null });
    const back = curvesOf(sample, [{ x: 2, y: 1 }, { x: 0, y: 0 }]);
    const width = maps.gt.width;
    const expected = back.places.map(({ x, y }) => (maps.gt.codes[y * width + x] ?? 0) / 1000 || null);
    expect(back.curves[0]?.values).toEqual(expected);
    expect(back.places[0]).toEqual({ x: 2, y: 1 });
    expect(back.places.at(-1)).toEqual({ x: 0, y: 0 });
  });

  it("a line of one pixel is that pixel", () => {
    const one = curvesOf(aSample({ maps, truth: "gt", intrinsics: null }), [LINE[1], LINE[1]]);
    expect(one.distances[0]).toBe(0);
    expect(one.curves[0]?.values[0]).toBe(3);
  });

  it("the table for other programs has a column a layer, empty where there is no value", () => {
    expect(csvOf(found)).toBe("distance_px,x,y,gt_m,dpt_m\n0,0,0,1,1.5\n1,1,0,,2.5\n2,2,0,3,3.5\n");
  });
});

it("a curve spans its least to its largest value, and one without values nothing", () => {
  expect(spanOf({ field: "f", truth: false, values: [2, null, 1, 3] })).toEqual([1, 3]);
  expect(spanOf({ field: "f", truth: false, values: [null] })).toBeNull();
});
