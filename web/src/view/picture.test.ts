import { describe, expect, it } from "vitest";
import { stateForTest } from "../compare/example";
import { HATCH } from "../gl/shaders";
import type { Arrangement, Settings, Viewport } from "../types";
import { fit, nameOf, toPicture, viewsOf } from "./layout";
import { moved, PIECE, piecesOf, planOf, turnOf, type Plan, type Shown } from "./picture";
import { tilesOf } from "./scene";

const state = stateForTest();
const sample = { ...(state.sample as NonNullable<typeof state.sample>), width: 730, height: 530 };
const stage = { width: 1200, height: 800 };

function shownWith(arrangement: Arrangement, on: string[], viewport: Viewport | null = null, turn = 0): Shown {
  const layers: Settings["layers"] = Object.fromEntries(
    sample.layers.map(({ id }) => [id, { on: on.includes(id), opacity: 1, colormap: "viridis" }]),
  );
  return { sample, settings: { ...state.settings, arrangement, layers }, viewport, stage, turn };
}

const four = ["picture", "depth:truth", "depth:near", "depth:far"];
const size = ({ width, height }: Plan) => `${width} x ${height}`;

describe("the plan of a saved picture", () => {
  it("has a pixel of the file for one of the picture, from the file's first on, in every arrangement of one view", () => {
    for (const arrangement of ["overlay", "swipe", "blink"] as const) {
      const plan = planOf(shownWith(arrangement, four), 1);
      expect(size(plan)).toBe("730 x 530");
      for (const { rect } of plan.views) expect(rect).toEqual({ x: 0, y: 0, width: 730, height: 530 });
      expect(fit(sample, plan).zoom).toBe(1);
    }
    expect(size(planOf(shownWith("side", ["depth:truth"]), 1))).toBe("730 x 530");
  });

  it("has whole pictures side by side, in the stage's grid", () => {
    const plan = planOf(shownWith("side", four), 1);
    expect(size(plan)).toBe("1464 x 1064");
    expect(plan.views.map(({ rect }) => [rect.x, rect.y, rect.width, rect.height])).toEqual([
      [0, 0, 730, 530],
      [734, 0, 730, 530],
      [0, 534, 730, 530],
      [734, 534, 730, 530],
    ]);
    const narrow = { ...shownWith("side", four), stage: { width: 300, height: 1400 } };
    expect(size(planOf(narrow, 1))).toBe("730 x 2132");
  });

  it("is smaller by a scale, with the same views", () => {
    const plan = planOf(shownWith("side", four), 1 / 4);
    expect(size(plan)).toBe("370 x 270");
    expect(plan.views.map(({ rect }) => [rect.x, rect.y, rect.width, rect.height]).at(-1)).toEqual([187, 137, 183, 132]);
    expect(plan.views.map(nameOf)).toEqual(["RGB", "truth", "near", "far"]);
  });

  it("shows of the picture what the stage shows of it", () => {
    const looked = { x: 200, y: 100, zoom: 3 };
    for (const scale of [1, 1 / 2]) {
      const shown = shownWith("overlay", four, looked);
      const plan = planOf(shown, scale);
      const onStage = viewsOf(shown.settings, [], sample, stage, 0)[0];
      const [here, there] = [plan.views[0]?.rect, onStage?.rect];
      if (!here || !there || !plan.viewport) throw new Error("no view");
      // The upper edge: the file has the stage's height, in the shape of the picture.
      const top = toPicture({ x: here.x + here.width / 2, y: here.y }, here, plan.viewport);
      expect(top).toEqual({ x: 200, y: expect.closeTo(toPicture({ x: 600, y: 0 }, there, looked).y, 6) });
    }
  });

  it("has the layer that a blink has come to, found by the name on the stage", () => {
    const { settings } = shownWith("blink", four);
    expect(["truth", "near", "far"].map((name) => turnOf(sample, settings, name))).toEqual([0, 1, 2]);
    const plan = planOf(shownWith("blink", four, null, turnOf(sample, settings, "far")), 1);
    expect(plan.views.map(nameOf)).toEqual(["far"]);
    expect(turnOf(sample, settings, "a layer that went off")).toBe(0);
  });
});

describe("the pieces in which a picture is drawn", () => {
  const area = (rects: { width: number; height: number }[]) => rects.reduce((sum, one) => sum + one.width * one.height, 0);

  it("cover six views of 4032 x 3024, none larger than every WebGL2 draws", () => {
    const large = { width: 3 * 4032 + 8, height: 2 * 3024 + 4 };
    const pieces = piecesOf(large, PIECE);
    expect(area(pieces)).toBe(large.width * large.height);
    expect(new Set(pieces.map(({ x, y }) => `${x} ${y}`)).size).toBe(pieces.length);
    for (const { x, y, width, height } of pieces) {
      expect(Math.max(width, height)).toBeLessThanOrEqual(2048);
      expect(x + width).toBeLessThanOrEqual(large.width);
      expect(y + height).toBeLessThanOrEqual(large.height);
      expect([x % HATCH.period, y % HATCH.period]).toEqual([0, 0]); // else the stripes would break at the seams
    }
  });

  it("are one for a picture of usual size", () => {
    expect(piecesOf({ width: 730, height: 530 }, PIECE)).toEqual([{ x: 0, y: 0, width: 730, height: 530 }]);
  });

  it("have the tiles where they lie from the piece's own corner, with what is left out of a swipe", () => {
    const shown = shownWith("swipe", four);
    const plan = planOf(shown, 1);
    const [left, right] = tilesOf(sample, plan.views, null, shown.settings, 1).map((tile) => moved(tile, { x: 100, y: 50 }));
    expect(left?.rect).toEqual({ x: -100, y: -50, width: 730, height: 530 });
    expect(right?.clip).toEqual({ x: 265, y: -50, width: 365, height: 530 });
    expect(right?.viewport).toEqual({ x: 365, y: 265, zoom: 1 });
  });
});
