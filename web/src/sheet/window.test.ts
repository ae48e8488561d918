import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byNeed, layoutOf, leftOf, moved, scrollToShow, visibleRows, widened } from "./window";

describe("the rows in sight", () => {
  it("are those that the panel shows in part or wholly", () => {
    expect(visibleRows(0, 250, 100, 1000)).toEqual({ first: 0, end: 3 });
    expect(visibleRows(150, 250, 100, 1000)).toEqual({ first: 1, end: 4 });
    expect(visibleRows(199, 2, 100, 1000)).toEqual({ first: 1, end: 3 });
  });

  it("are never more than there are, however far the browser scrolls", () => {
    expect(visibleRows(-80, 250, 100, 2)).toEqual({ first: 0, end: 2 });
    expect(visibleRows(5000, 250, 100, 2)).toEqual({ first: 2, end: 2 });
    expect(visibleRows(0, 250, 100, 0)).toEqual({ first: 0, end: 0 });
  });

  it("hold every row of which a pixel is seen and no other", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 400 }), fc.nat(60), (top, height, rowHeight, count) => {
        const { first, end } = visibleRows(top, height, rowHeight, count);
        for (let row = 0; row < count; row++) {
          const seen = row * rowHeight < top + height && (row + 1) * rowHeight > top;
          expect(row >= first && row < end).toBe(seen);
        }
      }),
    );
  });

  it("are widened as far as there are rows", () => {
    expect(widened({ first: 2, end: 4 }, 4, 6)).toEqual({ first: 0, end: 6 });
    expect(widened({ first: 10, end: 12 }, 4, 100)).toEqual({ first: 6, end: 16 });
  });
});

it("rows are read in sight first, then outwards, each once", () => {
  expect(byNeed({ first: 4, end: 6 }, { first: 2, end: 9 })).toEqual([4, 5, 6, 3, 7, 2, 8]);
  expect(byNeed({ first: 0, end: 1 }, { first: 0, end: 3 })).toEqual([0, 1, 2]);
  expect(byNeed({ first: 0, end: 0 }, { first: 0, end: 0 })).toEqual([]);
});

describe("the layout", () => {
  it("shares the width of the panel among the columns", () => {
    const { tileWidth, tileHeight, width } = layoutOf(900, 4);
    expect(width).toBeLessThanOrEqual(900);
    expect(width).toBeGreaterThan(880);
    expect(tileHeight).toBe(Math.round(0.75 * tileWidth));
  });

  it("scrolls sideways rather than make tiles too small to see anything", () => {
    const layout = layoutOf(500, 12);
    expect(layout.tileWidth).toBe(112);
    expect(layout.width).toBeGreaterThan(500);
    expect(leftOf(layout, 11) + layout.tileWidth).toBeLessThanOrEqual(layout.width);
  });

  it("does not blow up a few tiles to fill a wide panel", () => {
    expect(layoutOf(3000, 2).tileWidth).toBe(264);
  });
});

describe("the keyboard", () => {
  const from = { row: 5, column: 1 };

  it("moves by cells, pages and to both ends", () => {
    expect(moved(from, "ArrowDown", 100, 4, 3)).toEqual({ row: 6, column: 1 });
    expect(moved(from, "ArrowLeft", 100, 4, 3)).toEqual({ row: 5, column: 0 });
    expect(moved(from, "PageUp", 100, 4, 3)).toEqual({ row: 2, column: 1 });
    expect(moved(from, "PageDown", 100, 4, 0)).toEqual({ row: 6, column: 1 });
    expect(moved(from, "End", 100, 4, 3)).toEqual({ row: 99, column: 1 });
    expect(moved(from, "Home", 100, 4, 3)).toEqual({ row: 0, column: 1 });
  });

  it("stays on the sheet", () => {
    expect(moved({ row: 0, column: 0 }, "ArrowUp", 100, 4, 3)).toEqual({ row: 0, column: 0 });
    expect(moved({ row: 99, column: 3 }, "PageDown", 100, 4, 3)).toEqual({ row: 99, column: 3 });
    expect(moved({ row: 99, column: 3 }, "ArrowRight", 100, 4, 3)).toEqual({ row: 99, column: 3 });
  });

  it("leaves other keys, and an empty sheet, alone", () => {
    expect(moved(from, "a", 100, 4, 3)).toBeNull();
    expect(moved(from, "ArrowDown", 0, 4, 3)).toBeNull();
  });

  it("scrolls no farther than it must to show a row wholly", () => {
    expect(scrollToShow(5, 400, 300, 100)).toBe(400);
    expect(scrollToShow(2, 400, 300, 100)).toBe(200);
    expect(scrollToShow(8, 400, 300, 100)).toBe(600);
    expect(scrollToShow(0, 50, 40, 100)).toBe(0);
  });
});
