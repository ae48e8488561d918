import { describe, expect, it } from "vitest";
import { boxed, brief, clicked, columnsAbove, endsOf, type Drawn } from "./figure-parts";
import { againstFigure, beyond, binsOf, distributionFigure, groupBarsOf, groupFigure, groupOrder, limits, verdict } from "./figures";
import type { Against, Distribution, Groups, RankedMetric, Run } from "./types";

const rmse: RankedMetric = { name: "rmse", unit: "m", better: "lower", description: "", ranked: true };
const delta1: RankedMetric = { ...rmse, name: "delta1", unit: "", better: "higher" };
const run = (name: string): Run => ({
  run: `run_${name}`, name, field: name, eval_key: null, alignment: "lsq_depth", scored: 3, unscored: 0, flipped: 0,
  on_filled: 0, missing_pixels: 0, reasons: {}, values: {},
});
const drawn: Drawn[] = [{ run: run("a"), index: 0, colour: "blue", again: false }, { run: run("b"), index: 1, colour: "red", again: true }];
const value = (mean: number, n = 2) => ({ n, mean, median: mean, low: mean - 0.1, high: mean + 0.2 });
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const plain = (figure: object): any => JSON.parse(JSON.stringify(figure));

describe("distribution", () => {
  const found: Distribution = {
    edges: [0, 1, 2, 3], below: 0, above: 2,
    runs: [{ run: "run_b", counts: [0, 1, 2], mean: 2.2, median: 2 }, { run: "run_a", counts: [3, 0, 0], mean: null, median: null }],
  };

  it("has a bar in the middle of each bin, in the colour and order of its run", () => {
    const { data: traces, layout } = plain(distributionFigure(found, drawn, rmse));
    const data = traces.slice(0, drawn.length);
    expect(data.map((trace: { x: number[] }) => trace.x)).toEqual([[0.5, 1.5, 2.5], [0.5, 1.5, 2.5]]);
    expect(data.map((trace: { y: number[] }) => trace.y)).toEqual([[3, 0, 0], [0, 1, 2]]);
    expect(data[1].marker).toMatchObject({ color: "red", pattern: { shape: "/" } }); // a second round of the colours
    expect(data[0].marker).toEqual({ color: "blue" });
    expect(data[1].customdata.slice(1)).toEqual([["1 image", "1 to 2"], ["2 images", "2 to 3"]]);
    expect(layout.yaxis.dtick).toBe(1);
    expect(layout.xaxis.title.text).toContain("rmse [m]");
    expect(layout.shapes.map((shape: { x0: number }) => shape.x0)).toEqual([2.2]);
  });

  it("has over each bar a column that is not seen and says the same, from the top of the plot; none over an empty bin", () => {
    const { data, layout } = plain(distributionFigure(found, drawn, rmse));
    const [bars, columns] = [data.slice(0, 2), data.slice(2)];
    const top = layout.yaxis.range[1];
    expect(top).toBeGreaterThan(3);
    expect(columns.map((trace: { base: number }) => trace.base)).toEqual([top, top]);
    expect(columns.map((trace: { y: (number | null)[] }) => trace.y.map((height) => height && top + height))).toEqual([[3, null, null], [null, 1, 2]]);
    expect(columns.map((trace: { meta: object }) => trace.meta)).toEqual([{ columnsOf: 0 }, { columnsOf: 1 }]);
    expect(columns.map((trace: { marker: object }) => trace.marker)).toEqual([{ color: "blue", opacity: 0 }, { color: "red", opacity: 0 }]);
    for (const same of ["x", "customdata", "hovertemplate", "offsetgroup"]) {
      expect(columns.map((trace: Record<string, unknown>) => trace[same])).toEqual(bars.map((trace: Record<string, unknown>) => trace[same]));
    }
    expect(bars[0].offsetgroup).not.toBe(bars[1].offsetgroup); // side by side, each with its column
  });

  it("knows the values behind each bar, without end behind the outer ones", () => {
    const picked = [{ trace: 0, point: 0 }, { trace: 1, point: 1 }, { trace: 1, point: 2 }];
    expect(binsOf(picked, found, drawn)).toEqual([
      { run: "run_a", low: null, high: 1 }, { run: "run_b", low: 1, high: 2 }, { run: "run_b", low: 2, high: null },
    ]);
    expect(binsOf([{ trace: 5, point: 0 }, { trace: 0, point: 9 }], found, drawn)).toEqual([]);
  });

  it("says what the outer bars hold beside their own", () => {
    expect(beyond(found)).toBe("The last bar holds 2 images from above its end.");
    expect(beyond({ ...found, above: 0 })).toBe("");
  });
});

describe("a name beside a plot", () => {
  it("is whole while it fits, and loses its middle where it does not", () => {
    expect(brief("dpt_large")).toBe("dpt_large");
    expect(brief("depth_anything_v2_large_hf_indoor_finetuned")).toBe("depth_anything_v…ndoor_finetuned");
    expect(brief("dpt_large_relative", 9)).toBe("dpt_…tive");
  });
});

describe("bars and their columns", () => {
  const bar = { curveNumber: 1, pointIndex: 4, data: {} };
  const column = { curveNumber: 3, pointIndex: 4, data: { meta: { columnsOf: 1 } } };

  it("are one and the same for a click", () => {
    expect(clicked([bar])).toEqual([{ trace: 1, point: 4 }]);
    expect(clicked([column])).toEqual([{ trace: 1, point: 4 }]);
    expect(clicked([{ curveNumber: 0, pointNumber: 2 }])).toEqual([{ trace: 0, point: 2 }]); // as WebGL tells it
  });

  it("are not for a box, which takes the bars that are seen in it", () => {
    expect(boxed([bar, column])).toEqual([{ trace: 1, point: 4 }]);
    expect(boxed([column])).toEqual([]);
  });

  it("keep their colour in the label under the pointer, but neither hatching nor intervals", () => {
    const bars = { y: [1], marker: { color: "red", pattern: {} }, hovertemplate: "", error_y: { array: [1] } };
    expect(columnsAbove(bars, 0, 2)).toMatchObject({ marker: { color: "red", opacity: 0 }, error_y: { visible: false } });
  });

  it("end a little above the highest value, and begin at zero", () => {
    expect(endsOf([1, 20])).toEqual([0, 21]);
    expect(endsOf([-20, 0])).toEqual([-21, 0]);
    expect(endsOf([])).toEqual([0, 1]);
  });
});

describe("groups", () => {
  const found: Groups = {
    groups: ["bath", "kitchen", "office"], left_out: 0,
    runs: [{ run: "run_a", statistics: [value(1), null, value(2)] }, { run: "run_b", statistics: [value(3), value(4), value(5)] }],
  };

  it("come with the worst of the first run first, those without a value last", () => {
    expect(groupOrder(found, "run_a", rmse)).toEqual([2, 0, 1]);
    expect(groupOrder(found, "run_a", delta1)).toEqual([0, 2, 1]);
  });

  it("have bars with their intervals", () => {
    const { data, layout } = plain(groupFigure(found, drawn, rmse, "scene.label"));
    expect(data[0].x).toEqual(["office", "bath", "kitchen"]);
    expect(data[0].y).toEqual([2, 1, null]);
    expect(data[1].error_y.array[0]).toBeCloseTo(0.2);
    expect(data[1].error_y.arrayminus[0]).toBeCloseTo(0.1);
    expect(layout.yaxis.range).toEqual([0, 1.05 * 5.2]); // the interval of the highest too
    expect(data.slice(2).map((columns: { meta: object }) => columns.meta)).toEqual([{ columnsOf: 0 }, { columnsOf: 1 }]);
    expect(data[1].customdata[0]).toEqual(["5.000", "2"]); // what stands under the pointer: the mean, and of how many images
  });

  it("are known by their bars", () => {
    expect(groupBarsOf([{ trace: 1, point: 0 }], found, drawn, rmse)).toEqual([{ run: "run_b", group: "office" }]);
    expect(groupBarsOf([{ trace: 1, point: 7 }], found, drawn, rmse)).toEqual([]);
  });
});

describe("model against model", () => {
  const found: Against = {
    ids: ["1", "2", "3"], names: ["1.png", "2.png", "3.png"], x: [1, 2, 3], y: [0.5, 2, 4], n: 3, left_out: 0, won: 1 / 3,
    tied: 1 / 3, difference: 0.1667, low: -0.5, high: 1, on_other_pixels: 0,
  };
  const [a, b] = drawn as [Drawn, Drawn];

  it("paints each image in the colour of who is better there", () => {
    const colours = plain(againstFigure(found, a, b, rmse)).data[0].marker.color;
    expect(colours).toEqual(["blue", "#888888", "red"]);
    expect(plain(againstFigure(found, a, b, delta1)).data[0].marker.color).toEqual(["red", "#888888", "blue"]);
  });

  it("has one range for both axes, logarithmic over two powers of ten", () => {
    const { layout } = plain(againstFigure(found, a, b, rmse));
    expect(layout.xaxis.range).toEqual(layout.yaxis.range);
    expect(limits([0.1, 10])).toEqual([0.1 / 1.2, 12, true]);
    expect(limits([0, 10])[2]).toBe(false);
    expect(limits([])).toEqual([0, 1, false]);
  });

  it("says who is better on how many images", () => {
    expect(verdict(found, a.run, b.run, rmse)).toBe(
      "a is better on 33.3 % of 3 images, tied on 33.3 %; mean of a − b: 0.167 m (95 %: −0.500 to 1.000).",
    );
    expect(verdict({ ...found, n: 0 }, a.run, b.run, rmse)).toBe("No image has rmse from both.");
    expect(verdict({ ...found, on_other_pixels: 2 }, a.run, b.run, rmse)).toContain("2 images scored on different pixels");
  });
});
