import { describe, expect, test } from "vitest";
import type { CodeMap, Transform } from "../types";
import type { LayerDraw, Tile, ValueDraw } from "./draw";
import { stepsOf } from "./plan";
import { MOST_MIXED } from "./mix-shader";

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

const other: CodeMap = { ...map, codes: new Uint16Array(4) };
const masked = (truth: CodeMap, hatch = false): LayerDraw => ({
  ...(value() as ValueDraw),
  mask: { truth: { map: truth, transform }, measured: true, rule: null, hatch },
});

describe("what draws a tile", () => {
  const steps = (...layers: LayerDraw[]) =>
    stepsOf(tile(layers)).map(({ shader }) => {
      const kind = shader.kind === "mix" ? `mix of ${shader.count}` : shader.kind;
      return shader.picture ? `${kind}+${shader.picture}` : kind;
    });

  test("is one pass for a layer and an opaque picture below it, two where the picture is translucent", () => {
    expect(steps(picture())).toEqual(["picture+pixels"]);
    expect(steps(picture(), value(0.5))).toEqual(["value+pixels"]);
    expect(steps(picture(0.9), value())).toEqual(["picture+pixels", "value"]);
    expect(steps(picture(), picture(0.5))).toEqual(["picture+pixels", "picture+pixels"]);
  });

  test("is one pass for all layers that lie over one another, whatever they and the picture let through", () => {
    expect(steps(picture(0.5), value(0.5), value(), value(0.2))).toEqual(["mix of 3+pixels"]);
    expect(steps(value(), value())).toEqual(["mix of 2"]);
    expect(steps(value(), picture(), value(), value())).toEqual(["value", "mix of 2+pixels"]);
  });

  test("is another pass for as many as a shader can read, and for what goes by another truth or has other stripes", () => {
    const many = Array.from({ length: MOST_MIXED + 2 }, () => value(0.1));
    expect(steps(picture(), ...many)).toEqual([`mix of ${MOST_MIXED}+pixels`, "mix of 2"]);
    expect(steps(masked(map), value(), masked(other))).toEqual(["mix of 2", "value"]);
    expect(steps(masked(map), masked(map, true))).toEqual(["value", "value"]);
    expect(steps(masked(map, true), masked({ ...map }, true))).toEqual(["mix of 2"]);
  });

  test("leaves out what is invisible, and a picture that was closed", () => {
    expect(steps(picture(), value(0), value(0.5))).toEqual(["value+pixels"]);
    expect(steps(picture(0), value())).toEqual(["value"]);
    expect(steps(picture(1, { width: 0, height: 0 } as ImageBitmap), value())).toEqual(["value"]);
  });

  test("reads between a picture's pixels where it is made smaller, whatever size the tile calls it", () => {
    const reading = (zoom: number, of = bitmap) => stepsOf(tile([picture(1, of)], zoom))[0]?.shader.picture;
    expect(reading(1)).toBe("pixels");
    expect(reading(0.99)).toBe("smooth");
    expect(reading(1, { width: 4, height: 4 } as ImageBitmap)).toBe("smooth");
  });

  test("keeps of a layer what neither opacity nor mask changes", () => {
    const kept = (layer: LayerDraw) => {
      const [mix] = stepsOf(tile([layer, value()]));
      return mix && "layers" in mix ? mix.layers[0]?.pass : undefined;
    };
    expect(kept(value(0.3))).toEqual(kept(value(0.7)));
    expect(kept(masked(map))).toEqual(kept(value()));
    expect(kept({ ...(value() as ValueDraw), colormap: "magma" })).not.toEqual(kept(value()));
  });
});
