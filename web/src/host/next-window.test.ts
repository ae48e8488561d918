import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { arriveInWindow, awaitNextWindow } from "./next-window";

const GRID = "http://localhost/datasets/rooms";
const windowOf = (id: string) => `${GRID}?id=${id}&slice=left`;

let page: { location: { href: string }; navigation: EventTarget };
let begun: string[];
const begin = (id: string) => void begun.push(id);

/** As the browser does: it tells where the page goes before it is there. */
const go = (url: string) => {
  page.navigation.dispatchEvent(Object.assign(new Event("navigate"), { destination: { url } }));
  page.location.href = url;
};

beforeEach(() => {
  begun = [];
  page = { location: { href: GRID }, navigation: new EventTarget() };
  vi.stubGlobal("window", page);
});
afterEach(() => {
  arriveInWindow();
  vi.unstubAllGlobals();
});

describe("the sample of the next window", () => {
  test("is told when the App goes to it, until a panel is there", () => {
    awaitNextWindow(begin);
    go(windowOf("a"));
    expect(begun).toEqual(["a"]);
    arriveInWindow();
    go(GRID);
    go(windowOf("b"));
    expect(begun).toEqual(["a"]);
  });

  test("is told once, to the panel that went last", () => {
    awaitNextWindow(() => expect.fail("that one is gone for long"));
    awaitNextWindow(begin);
    go(windowOf("a"));
    go(`${windowOf("a")}&field=x`);
    expect(begun).toEqual(["a"]);
  });

  test("is not told where the panel was closed in a window that stayed: the next one opens without it", () => {
    go(windowOf("a"));
    awaitNextWindow(begin);
    go(windowOf("b")); // the window's own arrows
    go(GRID);
    go(windowOf("c"));
    expect(begun).toEqual([]);
    awaitNextWindow(begin);
    go(GRID);
    go(windowOf("c"));
    expect(begun).toEqual([]);
  });

  test("is not told by a browser that has no such event", () => {
    vi.stubGlobal("window", { location: { href: GRID } });
    awaitNextWindow(begin);
    arriveInWindow();
    expect(begun).toEqual([]);
  });
});
