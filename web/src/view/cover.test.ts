import { expect, test } from "vitest";
import type { ErrorDraw, LayerDraw, Mask, ValueDraw } from "../gl/draw";
import type { CodeMap, Transform, ValidRule } from "../types";
import { coversOf } from "./cover";

const transform: Transform = { slope: 0.001, base: 0, inverse: false, floor: 0, unit: "m", origin: "" };
const map = (whole: boolean): CodeMap => ({ width: 2, height: 2, codes: new Uint16Array(4), quantiles: null, whole });
const [holes, near, far] = [map(false), map(true), map(true)];
const truth = { map: holes, transform };
const rule: ValidRule = { minDepth: 0.001, maxDepth: 8, cap: 8, crop: null };
const NONE: Mask = { truth, measured: false, rule: null, hatch: false };
const MEASURED: Mask = { ...NONE, measured: true };
const valid = (maxDepth = 8): Mask => ({ ...MEASURED, rule: { ...rule, maxDepth } });
const look = { range: { low: 1, high: 2, scale: "linear" }, colormap: "turbo" } as const;

const picture: LayerDraw = { kind: "picture", picture: { width: 2, height: 2 } as ImageBitmap, opacity: 1 };
const value = (of: CodeMap, mask = NONE, opacity = 1): ValueDraw => ({
  ...look,
  kind: "value",
  source: { map: of, transform },
  mask,
  opacity,
});
const error = (kind: ErrorDraw["kind"], of: CodeMap, mask = NONE): ErrorDraw => ({
  ...look,
  kind,
  prediction: { map: of, transform },
  truth,
  mask,
  opacity: 1,
});
const pixels: LayerDraw = { kind: "valid", truth, rule, opacity: 1 };

test("an opaque map with a value everywhere hides all below, and one with holes or a translucent one hides nothing", () => {
  expect(coversOf([picture, value(holes), value(near), value(far), pixels])).toEqual([3, 3, 3, null, null]);
  expect(coversOf([picture, value(near), value(holes)])).toEqual([1, null, null]);
  expect(coversOf([picture, value(near), value(far, NONE, 0.99)])).toEqual([1, null, null]);
});

test("a masked map hides what is masked no less, and not the picture", () => {
  expect(coversOf([picture, value(near, MEASURED), value(far, MEASURED)])).toEqual([null, 2, null]);
  expect(coversOf([value(near, valid()), value(far, MEASURED)])).toEqual([1, null]);
  expect(coversOf([value(near), value(far, MEASURED)])).toEqual([null, null]);
});

test("predictions that count by rules of their own hide each other only where the rules are alike", () => {
  expect(coversOf([value(near, valid()), value(far, valid())])).toEqual([1, null]);
  expect(coversOf([value(near, valid(8)), value(far, valid(3))])).toEqual([null, null]);
});

test("an error hides other errors and the truth, which are where it is, but no prediction", () => {
  expect(coversOf([value(holes), value(near), error("absolute", near), error("signed", far)])).toEqual([3, null, 3, null]);
  expect(coversOf([value(near, MEASURED), error("relative", far, MEASURED)])).toEqual([1, null]);
});

test("violations and the pixels that count are patches, through which the rest is seen", () => {
  expect(coversOf([error("absolute", near), error("delta1", far), pixels])).toEqual([null, null, null]);
});

test("stripes over holes are hidden by stripes alone", () => {
  expect(coversOf([value(holes, { ...NONE, hatch: true }), value(near)])).toEqual([null, null]);
  expect(coversOf([value(holes, { ...NONE, hatch: true }), value(near, { ...NONE, hatch: true })])).toEqual([1, null]);
});
