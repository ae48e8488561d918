import { describe, expect, it } from "vitest";
import { defaultSettings } from "../state/settings";
import type { Arrangement, Layer, Settings } from "../types";
import { displayedLayers, fit, MOST_VIEWS, nameOf, tile, toCanvas, viewsOf, zoomAt, zoomMiddle } from "./layout";

const picture: Layer = { id: "picture", kind: "picture", field: null, label: "RGB" };
const depth = (field: string): Layer => ({ id: `depth:${field}`, kind: "depth", field, label: field });
const [truth, near, far] = [depth("truth"), depth("near"), depth("far")];
const all = [picture, truth, near, far];
const sample = { width: 640, height: 480, problems: {} };
const stage = { width: 1200, height: 800 };

const arranged = (arrangement: Arrangement, change: Partial<Settings> = {}): Settings => ({
  ...defaultSettings(),
  arrangement,
  ...change,
});
const names = (arrangement: Arrangement, on: Layer[], shown = sample, turn = 0) =>
  viewsOf(arranged(arrangement), on, shown, stage, turn).map((view) => view.layers.map(({ label }) => label).join("+"));
const displayed = (arrangement: Arrangement, on: Layer[], shown = sample) =>
  displayedLayers(arranged(arrangement), on, shown).map(({ label }) => label);

describe("the views of an arrangement", () => {
  it("are one for all layers over one another, and one for each side by side, over the picture", () => {
    expect(names("overlay", all)).toEqual(["RGB+truth+near+far"]);
    expect(names("side", all)).toEqual(["RGB", "RGB+truth", "RGB+near", "RGB+far"]);
    expect(names("side", [truth, near])).toEqual(["truth", "near"]);
  });

  it("of errors have no picture below, which would be read as errors where nothing was measured", () => {
    const errors = (["absolute", "relative", "signed", "delta1"] as const).map((kind) => ({ ...near, kind, label: kind }));
    expect(names("side", [picture, ...errors])).toEqual(["RGB", "absolute", "relative", "signed", "RGB+delta1"]);
    expect(names("overlay", [picture, ...errors])).toEqual(["RGB+absolute+relative+signed+delta1"]);
  });

  it("of a swipe are two layers, left and right of the divider in one place", () => {
    const [left, right] = viewsOf(arranged("swipe", { swipe: 0.3 }), all, sample, stage, 0);
    expect([left, right].map((view) => view && nameOf(view))).toEqual(["truth", "near"]);
    expect(left?.rect).toEqual(right?.rect);
    expect(left?.clip).toEqual({ x: 0, y: 0, width: 360, height: 800 });
    expect(right?.clip).toEqual({ x: 360, y: 0, width: 840, height: 800 });
  });

  it("of a blink is one layer after the other", () => {
    expect([0, 1, 2, 3].flatMap((turn) => names("blink", all, sample, turn))).toEqual([
      "RGB+truth", "RGB+near", "RGB+far", "RGB+truth",
    ]); // prettier-ignore
  });

  it("have a place for what cannot be shown side by side alone", () => {
    const broken = { ...sample, problems: { near: "the file is gone" } };
    expect(names("side", all, broken)).toEqual(["RGB", "RGB+truth", "RGB+near", "RGB+far"]);
    const views = viewsOf(arranged("side"), all, broken, stage, 0);
    expect(views.map(({ problem }) => problem)).toEqual([null, null, "the file is gone", null]);
    expect(names("overlay", all, broken)).toEqual(["RGB+truth+far"]);
    expect(names("swipe", all, broken)).toEqual(["RGB+truth", "RGB+far"]);
  });

  it("are what it takes of the layers that are on: six side by side, two of a swipe, every turn of a blink", () => {
    const many = [picture, ...["a", "b", "c", "d", "e", "f", "g"].map(depth)];
    expect(displayed("overlay", many)).toHaveLength(8);
    expect(displayed("side", many)).toEqual(["RGB", "a", "b", "c", "d", "e"]);
    expect(displayed("swipe", many)).toEqual(["RGB", "a", "b"]);
    expect(displayed("blink", many)).toHaveLength(8);
    expect(displayed("swipe", [picture, truth])).toEqual(["RGB", "truth"]);
    expect(displayed("swipe", all, { ...sample, problems: { truth: "gone" } })).toEqual(["RGB", "near", "far"]);
  });

  it("have the names of their layers, or of the picture where it is alone, or say that nothing is on", () => {
    expect(nameOf({ layers: [picture, truth, near] })).toBe("truth + near");
    expect(nameOf({ layers: [picture] })).toBe("RGB");
    expect(nameOf({ layers: [] })).toBe("nothing is on");
  });
});

describe("the grid of views side by side", () => {
  it("shows the pictures as large as can be, all in one size, none over another or beyond the canvas", () => {
    for (let count = 1; count <= MOST_VIEWS; count++) {
      const rects = tile(count, sample, stage);
      expect(new Set(rects.map(({ width, height }) => `${width} x ${height}`)).size).toBe(1);
      expect(new Set(rects.map(({ x, y }) => `${x}, ${y}`)).size).toBe(count);
      for (const { x, y, width, height } of rects) {
        expect(x + width).toBeLessThanOrEqual(stage.width);
        expect(y + height).toBeLessThanOrEqual(stage.height);
      }
    }
    const [left, right] = tile(2, { width: 100, height: 100 }, { width: 1000, height: 300 });
    expect([left, right]).toEqual([
      { x: 198, y: 0, width: 300, height: 300 },
      { x: 502, y: 0, width: 300, height: 300 },
    ]);
  });
});

describe("zooming by keys", () => {
  const four = viewsOf(arranged("side"), all, sample, stage, 0);

  it("begins with the zoom that shows the whole picture in a view, not in the stage", () => {
    const whole = fit(sample, (four[0] as (typeof four)[0]).rect).zoom;
    expect(whole).toBeCloseTo(398 / 480);
    expect(zoomMiddle(four, 1 / 1.25, null, sample)?.zoom).toBeCloseTo(whole / 1.25);
    expect(zoomMiddle(four, 1.25, null, sample)?.zoom).toBeCloseTo(whole * 1.25);
  });

  it("leaves what is in the middle of every view where it is", () => {
    const looked = zoomMiddle(four, 2, { x: 100, y: 50, zoom: 3 }, sample);
    expect(looked).toEqual({ x: 100, y: 50, zoom: 6 });
    for (const { rect } of four) {
      const middle = { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
      expect(toCanvas({ x: 100, y: 50 }, rect, looked as NonNullable<typeof looked>)).toEqual(middle);
    }
  });

  it("does nothing where no view is", () => {
    expect(zoomMiddle([], 2, null, sample)).toBeNull();
  });
});

describe("zooming about a place", () => {
  const rect = { x: 10, y: 20, width: 320, height: 240 };

  it("holds what is there", () => {
    const at = { x: 50, y: 60 };
    const before = fit(sample, rect);
    const after = zoomAt(at, 3, rect, before, sample);
    expect(after.zoom).toBeCloseTo(1.5);
    const [x, y] = [(at.x - rect.x) / before.zoom, (at.y - rect.y) / before.zoom];
    expect(toCanvas({ x, y }, rect, after)).toEqual({ x: expect.closeTo(at.x), y: expect.closeTo(at.y) });
  });

  it("ends at a quarter of the whole and at 64 times", () => {
    expect(zoomAt({ x: 50, y: 60 }, 1e-9, rect, fit(sample, rect), sample).zoom).toBeCloseTo(0.5 / 4);
    expect(zoomAt({ x: 50, y: 60 }, 1e9, rect, fit(sample, rect), sample).zoom).toBe(64);
  });
});
