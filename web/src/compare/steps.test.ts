import { expect, it } from "vitest";
import { cursorAfter, viewportAfter, type Press } from "./steps";

const PICTURE = { width: 640, height: 480 };
const press = (key: string, change: Partial<Press> = {}): Press => ({
  key, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...change,
}); // prettier-ignore

it("an arrow moves the cursor by a pixel, with Ctrl by ten, from the middle, and never off the picture", () => {
  expect(cursorAfter(press("ArrowRight"), null, PICTURE)).toEqual({ x: 320, y: 240 });
  expect(cursorAfter(press("ArrowRight"), { x: 320, y: 240 }, PICTURE)).toEqual({ x: 321, y: 240 });
  expect(cursorAfter(press("ArrowUp", { ctrlKey: true }), { x: 5, y: 240 }, PICTURE)).toEqual({ x: 5, y: 230 });
  expect(cursorAfter(press("ArrowUp", { ctrlKey: true }), { x: 5, y: 4 }, PICTURE)).toEqual({ x: 5, y: 0 });
  expect(cursorAfter(press("ArrowDown"), { x: 5, y: 479 }, PICTURE)).toEqual({ x: 5, y: 479 });
});

it("other keys, and arrows that mean something else, leave the cursor to others", () => {
  expect(cursorAfter(press("a"), null, PICTURE)).toBeNull();
  expect(cursorAfter(press("ArrowLeft", { shiftKey: true }), null, PICTURE)).toBeNull();
  expect(cursorAfter(press("ArrowLeft", { altKey: true }), null, PICTURE)).toBeNull();
});

it("Alt and an arrow look a tenth of the view further, whatever the zoom", () => {
  const from = { x: 100, y: 50, zoom: 2 };
  expect(viewportAfter(press("ArrowRight", { altKey: true }), from, 600)).toEqual({ x: 130, y: 50, zoom: 2 });
  expect(viewportAfter(press("ArrowUp", { altKey: true }), from, 600)).toEqual({ x: 100, y: 20, zoom: 2 });
  expect(viewportAfter(press("ArrowRight"), from, 600)).toBeNull();
});
