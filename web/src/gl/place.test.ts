import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tile } from "./draw";
import { mipmapLevel, placeOf, visible } from "./place";

const canvas = { width: 400, height: 300 };

const anyTile = fc
  .record({
    x: fc.integer({ min: -50, max: 300 }),
    y: fc.integer({ min: -50, max: 200 }),
    wide: fc.integer({ min: 1, max: 500 }),
    high: fc.integer({ min: 1, max: 400 }),
    zoom: fc.oneof(fc.double({ min: 0.05, max: 60, noNaN: true }), fc.constantFrom(0.25, 0.5, 1, 2, 3, 8)),
    atX: fc.double({ min: 0, max: 1, noNaN: true }),
    atY: fc.double({ min: 0, max: 1, noNaN: true }),
    width: fc.integer({ min: 1, max: 3000 }),
    height: fc.integer({ min: 1, max: 3000 }),
  })
  .map(
    ({ x, y, wide, high, zoom, atX, atY, width, height }): Tile => ({
      rect: { x, y, width: wide, height: high },
      clip: null,
      viewport: { x: atX * width, y: atY * height, zoom },
      width,
      height,
      layers: [],
    }),
  );

/** The place on the picture of the middle of a device pixel, column and row from the top. */
const seen = ({ rect, viewport }: Tile, column: number, row: number) => ({
  x: (column + 0.5 - rect.x - rect.width / 2) / viewport.zoom + viewport.x,
  y: (row + 0.5 - rect.y - rect.height / 2) / viewport.zoom + viewport.y,
});

describe("the visible part of a picture", () => {
  test("is exactly the device pixels of its rect whose middles lie on it", () => {
    fc.assert(
      fc.property(anyTile, fc.integer({ min: 0, max: 399 }), fc.integer({ min: 0, max: 299 }), (tile, column, row) => {
        const { rect } = tile;
        const { x, y } = seen(tile, column, row);
        const edges = [x, y, x - tile.width, y - tile.height];
        fc.pre(edges.every((distance) => Math.abs(distance) > 1 / 200));
        const within = column >= rect.x && column < rect.x + rect.width && row >= rect.y && row < rect.y + rect.height;
        const on = x >= 0 && x < tile.width && y >= 0 && y < tile.height;
        const found = visible(tile, canvas);
        const drawn =
          found !== null &&
          column >= found.x &&
          column < found.x + found.width &&
          row >= found.y &&
          row < found.y + found.height;
        expect(drawn).toBe(within && on);
      }),
      { numRuns: 2000 },
    );
  });

  test("leads a shader to pixels of the map only, for all its rounding", () => {
    const f = Math.fround;
    fc.assert(
      fc.property(anyTile, fc.constantFrom(0.5, 1, 2), (tile, factor) => {
        const found = visible(tile, canvas);
        fc.pre(found !== null);
        const [width, height] = [Math.ceil(tile.width * factor), Math.ceil(tile.height * factor)];
        const [across = 0, down = 0, left = 0, top = 0] = placeOf(tile, canvas.height, width, height);
        for (const column of [found.x, found.x + found.width - 1]) {
          const x = f(f(f(column + 0.5) * f(across)) + f(left));
          expect(Math.trunc(x)).toBeGreaterThanOrEqual(0);
          expect(Math.trunc(x)).toBeLessThan(width);
        }
        for (const row of [found.y, found.y + found.height - 1]) {
          const y = f(f(f(canvas.height - row - 0.5) * f(down)) + f(top));
          expect(Math.trunc(y)).toBeGreaterThanOrEqual(0);
          expect(Math.trunc(y)).toBeLessThan(height);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("is cut by the clip, and nothing where they do not meet", () => {
    const tile: Tile = {
      rect: { x: 0, y: 0, width: 400, height: 300 },
      clip: { x: 100.4, y: 0, width: 50, height: 300 },
      viewport: { x: 50, y: 50, zoom: 2 },
      width: 100,
      height: 100,
      layers: [],
    };
    expect(visible(tile, canvas)).toEqual({ x: 100, y: 50, width: 50, height: 200 });
    expect(visible({ ...tile, clip: { x: 0, y: 0, width: 100, height: 300 } }, canvas)).toBeNull();
    expect(visible({ ...tile, viewport: { x: 1000, y: 50, zoom: 2 } }, canvas)).toBeNull();
    expect(visible(tile, { width: 0, height: 0 })).toBeNull();
  });
});

test("a picture made smaller is read from the level that is less than twice too large", () => {
  const zooms = [4, 1, 0.6, 0.5, 0.4, 0.25, 0.1];
  expect(zooms.map(mipmapLevel)).toEqual([0, 0, 0, 1, 1, 2, 3]);
});
