import { describe, expect, test } from "vitest";
import type { CodeMap, Transform } from "../types";
import type { LayerDraw, Tile } from "./draw";
import { passesOf } from "./plan";
import { fragment } from "./shaders";

const map: CodeMap = { width: 2, height: 2, codes: new Uint16Array(4), quantiles: null };
const transform: Transform = { slope: 0.001, base: 0, inverse: false, floor: 0, unit: "m", origin: "" };
const mask = { truth: null, measured: false, rule: null, hatch: false };
const bitmap = { width: 2, height: 2 } as ImageBitmap;

const picture = (opacity = 1, of = bitmap): LayerDraw => ({ kind: "picture", picture: of, opacity });
const value = (opacity = 1): LayerDraw => ({
  kind: "value",
  source: { map, transform },
  range: { low: 1, high: 2, scale: "linear" },
  colormap: "turbo",
  opacity,
  mask,
});
const tile = (layers: LayerDraw[], zoom = 1): Tile => ({
  rect: { x: 0, y: 0, width: 10, height: 10 },
  clip: null,
  viewport: { x: 1, y: 1, zoom },
  width: 2,
  height: 2,
  layers,
});

describe("the passes of a tile", () => {
  const kinds = (...layers: LayerDraw[]) =>
    passesOf(tile(layers)).map(({ shader }) => (shader.picture ? `${shader.kind}+${shader.picture}` : shader.kind));

  test("draw an opaque picture along with the layer above it, and all else by itself", () => {
    expect(kinds(picture(), value(0.5), value(0.5))).toEqual(["value+pixels", "value"]);
    expect(kinds(value(), picture(), value())).toEqual(["value", "value+pixels"]);
    expect(kinds(picture(0.9), value())).toEqual(["picture+pixels", "value"]);
    expect(kinds(picture(), picture(0.5))).toEqual(["picture+pixels", "picture+pixels"]);
    expect(kinds(picture())).toEqual(["picture+pixels"]);
  });

  test("leave out what is invisible, and a picture that was closed", () => {
    expect(kinds(picture(), value(0), value(0.5))).toEqual(["value+pixels"]);
    expect(kinds(picture(0), value())).toEqual(["value"]);
    expect(kinds(picture(1, { width: 0, height: 0 } as ImageBitmap), value())).toEqual(["value"]);
  });

  test("read between a picture's pixels where it is made smaller, whatever size the tile calls it", () => {
    const reading = (zoom: number, of = bitmap) => passesOf(tile([picture(1, of)], zoom))[0]?.shader.picture;
    expect(reading(1)).toBe("pixels");
    expect(reading(0.99)).toBe("smooth");
    expect(reading(1, { width: 4, height: 4 } as ImageBitmap)).toBe("smooth");
  });

  test("are told apart by what they do: two layers of one kind share a shader", () => {
    const [first, second] = passesOf(tile([value(), value(0.3)]));
    expect(first && fragment(first.shader)).toBe(second && fragment(second.shader));
  });
});
