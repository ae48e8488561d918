import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { copyText } from "./clipboard";

/** As much of a page as is used: where it has the keyboard's focus, and what its command to copy has taken. */
function page(command: (text: string) => boolean) {
  class Element {
    value = "";
    style = {};
    selected = false;
    attached = false;
    focus = () => void (stub.activeElement = this);
    select = () => void ((this.selected = true), (stub.activeElement = this));
    remove = () => void (this.attached = false);
  }
  const made: Element[] = [];
  const stub = {
    activeElement: new Element(),
    body: { append: (element: Element) => void (element.attached = true) },
    createElement: () => made[made.push(new Element()) - 1],
    execCommand: (name: string) => {
      const field = made.find((one) => one.attached && one.selected);
      return name === "copy" && field !== undefined && command(field.value);
    },
  };
  vi.stubGlobal("document", stub);
  vi.stubGlobal("HTMLElement", Element);
  return { stub, left: () => made.filter((element) => element.attached).length };
}

let taken: string | null;
const takes = (text: string) => {
  taken = text;
  return true;
};
beforeEach(() => void (taken = null));
afterEach(() => void vi.unstubAllGlobals());

describe("a text is copied", () => {
  test("by the browser's clipboard, and nothing is put into the page for that", async () => {
    const { left } = page(() => false);
    vi.stubGlobal("navigator", { clipboard: { writeText: async (text: string) => void takes(text) } });
    expect(await copyText("7")).toBe(true);
    expect(taken).toBe("7");
    expect(left()).toBe(0);
  });

  test("from a field in a page over plain HTTP, which has no clipboard", async () => {
    const { stub, left } = page(takes);
    vi.stubGlobal("navigator", {});
    const before = stub.activeElement;
    expect(await copyText("7")).toBe(true);
    expect(taken).toBe("7");
    expect(left()).toBe(0);
    expect(stub.activeElement).toBe(before);
  });

  test("from a field where the browser refuses its clipboard", async () => {
    page(takes);
    vi.stubGlobal("navigator", { clipboard: { writeText: () => Promise.reject(new Error("denied")) } });
    expect(await copyText("7")).toBe(true);
    expect(taken).toBe("7");
  });
});

describe("a text that cannot be copied is told of", () => {
  test.each([
    ["refuses", () => false],
    ["throws", () => { throw new Error("no such command"); }],
  ])("where the command %s too", async (_, command) => {
    const { left } = page(command);
    vi.stubGlobal("navigator", {});
    expect(await copyText("7")).toBe(false);
    expect(left()).toBe(0);
  });
});
