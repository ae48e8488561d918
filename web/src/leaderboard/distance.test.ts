import { describe, expect, it } from "vitest";
import { distanceFigure, distancesOf, unknowing } from "./distance";
import type { Drawn } from "./figure-parts";
import type { DistanceBands, Run } from "./types";

const run = (name: string) => ({ run: `run_${name}`, name, alignment: null }) as unknown as Run;
const drawn: Drawn[] = [{ run: run("a"), index: 0, colour: "blue", again: false }, { run: run("b"), index: 1, colour: "red", again: false }];
const band = (low: number, n_pixels: number) => ({ low, high: low + 1, n_pixels, n_images: 1, abs_rel: low / 10, delta1: 0.9 });
const both = (selects: [a: boolean, b: boolean]): DistanceBands[] => [
  { run: "run_b", bands: [band(3, 20)], selects: selects[1] },
  { run: "run_a", bands: [band(1, 30), band(3, 10)], selects: selects[0] },
];
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const plain = (figure: object): any => JSON.parse(JSON.stringify(figure));

describe("errors by distance", () => {
  it("stand over their shares of the pixels, in the order of the runs", () => {
    const { data } = plain(distanceFigure(both([true, true]), drawn));
    expect(data.map((trace: { type: string }) => trace.type)).toEqual(["scatter", "scatter", "scatter", "scatter", "bar", "bar"]);
    expect(data.map((trace: { yaxis: string }) => trace.yaxis)).toEqual(["y", "y2", "y", "y2", "y3", "y3"]);
    expect(data[0]).toMatchObject({ x: [1.5, 3.5], y: [0.1, 0.3], name: "a" });
    expect(data[4]).toMatchObject({ x: [1.5, 3.5], y: [0.5, 0.5], customdata: ["50.0 % of the pixels at 1 to 2 m", "50.0 % of the pixels at 3 to 4 m"] });
    expect(data[5]).toMatchObject({ meta: { columnsOf: 4 }, x: data[4].x, customdata: data[4].customdata, hovertemplate: data[4].hovertemplate });
  });

  it("of a run without bands are not drawn", () => {
    const { data } = plain(distanceFigure([{ run: "run_a", bands: [], selects: false }, both([true, true])[0] as DistanceBands], drawn));
    expect(data.map((trace: { name?: string }) => trace.name)).toEqual(["b", "b", undefined, undefined]);
  });

  it("can be boxed where one of the runs knows its images, else zoomed", () => {
    const mode = (selects: [boolean, boolean]) => plain(distanceFigure(both(selects), drawn)).layout.dragmode;
    expect([mode([true, false]), mode([false, false])]).toEqual(["select", "zoom"]);
  });
});

describe("what was picked", () => {
  it("is the metric of a run in a band, or the pixels of the first run", () => {
    const picked = [{ trace: 0, point: 1 }, { trace: 1, point: 0 }, { trace: 3, point: 0 }, { trace: 4, point: 1 }];
    expect(distancesOf(picked, both([true, true]), drawn)).toEqual([
      { run: "run_a", of: "abs_rel", low: 3 }, { run: "run_a", of: "delta1", low: 1 }, { run: "run_b", of: "delta1", low: 3 },
      { run: "run_a", of: "pixels", low: 3 },
    ]);
  });

  it("leaves out runs that do not know their images, and what is not there", () => {
    const picked = [{ trace: 0, point: 1 }, { trace: 4, point: 0 }, { trace: 2, point: 0 }];
    expect(distancesOf(picked, both([false, true]), drawn)).toEqual([
      { run: "run_b", of: "pixels", low: 1 }, { run: "run_b", of: "abs_rel", low: 3 },
    ]);
    expect(distancesOf(picked, both([false, false]), drawn)).toEqual([]);
    expect(distancesOf([{ trace: 5, point: 0 }, { trace: 4, point: 7 }, { trace: 0, point: -1 }], both([true, true]), drawn)).toEqual([]);
  });
});

describe("runs of an earlier version", () => {
  it("are named with the mend, others not", () => {
    expect(unknowing(both([false, true]), drawn)).toMatch(/^a: evaluated by an earlier version of Plumb; evaluate again/);
    expect(unknowing(both([false, false]), drawn)).toMatch(/^a, b: /);
    expect(unknowing(both([true, true]), drawn)).toBe("");
    expect(unknowing([{ run: "run_a", bands: [], selects: false }], drawn)).toBe("");
  });
});
