import { describe, expect, it } from "vitest";
import type { CompareActions, CompareState } from "../state/compare";
import { defaultSettings } from "../state/settings";
import { handleKey, isOfControl, KEYS, namesOf, type KeyActions, type Press } from "./keys";
import { stateForTest } from "./example";

/** Actions that note how they were called. */
function noting(): { actions: KeyActions; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...given: unknown[]) =>
      void calls.push([name, ...given]);
  const names: (keyof CompareActions | "showHelp" | "zoom")[] = [
    "change",
    "changeLayer",
    "resetSettings",
    "paste",
    "go",
    "look",
    "point",
    "use",
    "drawLine",
    "drawBox",
    "activate",
    "showSheet",
    "copy",
    "save",
    "showHelp",
    "zoom",
  ];
  return { actions: Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as KeyActions, calls };
}

function press(key: string, more: Partial<Press> = {}): Press {
  const code = /^[0-9]$/.test(key) ? `Digit${key}` : "";
  return { key, code, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more };
}

function callsOf(given: Press, change: Partial<CompareState> = {}): { handled: boolean; calls: unknown[][] } {
  const { actions, calls } = noting();
  const handled = handleKey(given, { ...stateForTest(), ...change }, actions);
  return { handled, calls };
}

describe("the sides of a swipe by keys", () => {
  it("take the active layer, and switch it on where it was off", () => {
    const swiped = { arrangement: "swipe", sides: { left: "depth:near", right: "depth:truth" } };
    expect(callsOf(press("<", { shiftKey: true }), { active: "depth:near" }).calls).toEqual([["change", swiped]]);
    expect(callsOf(press(">"), { active: "signed:near" }).calls).toEqual([
      ["changeLayer", "signed:near", { on: true }],
      ["change", { arrangement: "swipe", sides: { left: "depth:truth", right: "signed:near" } }],
    ]);
  });

  it("take no layer that cannot be shown", () => {
    const state = stateForTest();
    const sample = state.sample && { ...state.sample, problems: { near: "the file is gone" } };
    expect(callsOf(press("<"), { active: "depth:near", sample })).toEqual({ handled: true, calls: [] });
  });
});

describe("layers by keys", () => {
  it("a digit switches the row of that number off, and on again as the active one", () => {
    expect(callsOf(press("1")).calls).toEqual([["changeLayer", "picture", { on: false }]]);
    const settings = {
      ...defaultSettings(),
      layers: { picture: { on: false, opacity: 1, colormap: "grey" as const } },
    };
    expect(callsOf(press("1"), { settings }).calls).toEqual([
      ["changeLayer", "picture", { on: true }],
      ["activate", "picture"],
    ]);
  });

  it("errors have no number: the row after the last prediction is its uncertainty", () => {
    expect(callsOf(press("5")).calls).toEqual([
      ["changeLayer", "uncertainty:far_deviation", { on: true }],
      ["activate", "uncertainty:far_deviation"],
    ]);
  });

  it("Shift and a digit makes the row active, whatever the layout writes for it", () => {
    for (const key of ["!", '"', "1"])
      expect(callsOf(press(key, { code: "Digit1", shiftKey: true })).calls).toEqual([["activate", "picture"]]);
  });

  it("a digit without a row does nothing but is not passed on", () => {
    expect(callsOf(press("9"))).toEqual({ handled: true, calls: [] });
  });

  it("brackets change the active layer's opacity by a tenth and stop at the ends, behind AltGr and Option too", () => {
    const active = { active: "depth:near" };
    expect(callsOf(press("["), active).calls).toEqual([["changeLayer", "depth:near", { opacity: 0.9 }]]);
    expect(callsOf(press("]"), active).calls).toEqual([["changeLayer", "depth:near", { opacity: 1 }]]);
    expect(callsOf(press("[", { code: "Digit8", ctrlKey: true, altKey: true }), active).calls).toHaveLength(1);
    expect(callsOf(press("ü", { code: "BracketLeft" }), active).calls).toEqual([
      ["changeLayer", "depth:near", { opacity: 0.9 }],
    ]);
  });

  it("c goes through the colormaps that suit the layer, Shift and c back", () => {
    const active = { active: "signed:near" };
    expect(callsOf(press("c"), active).calls).toEqual([["changeLayer", "signed:near", { colormap: "PuOr" }]]);
    expect(callsOf(press("C", { shiftKey: true }), active).calls).toEqual([
      ["changeLayer", "signed:near", { colormap: "PuOr" }],
    ]);
    expect(callsOf(press("c"), { active: "depth:near" }).calls).toEqual([
      ["changeLayer", "depth:near", { colormap: "cividis" }],
    ]);
    expect(callsOf(press("C", { shiftKey: true }), { active: "depth:near" }).calls).toEqual([
      ["changeLayer", "depth:near", { colormap: "Spectral" }],
    ]);
    expect(callsOf(press("c"), { active: "picture" }).calls).toEqual([]);
  });

  it("a, r, d and t switch errors of the active prediction, of the first one if none is active", () => {
    expect(callsOf(press("a"), { active: "depth:far" }).calls[0]).toEqual([
      "changeLayer",
      "absolute:far",
      { on: true },
    ]);
    expect(callsOf(press("r"), { active: "signed:far" }).calls[0]).toEqual([
      "changeLayer",
      "relative:far",
      { on: true },
    ]);
    expect(callsOf(press("d"), { active: "picture" }).calls[0]).toEqual(["changeLayer", "signed:near", { on: true }]);
    expect(callsOf(press("t"), { active: "depth:truth" }).calls[0]).toEqual([
      "changeLayer",
      "delta1:near",
      { on: true },
    ]);
  });

  it("Shift with up and down moves through the rows that are listed, errors that are on among them", () => {
    const down = press("ArrowDown", { shiftKey: true });
    expect(callsOf(down, { active: "depth:near" }).calls).toEqual([["activate", "depth:far"]]);
    const settings = {
      ...defaultSettings(),
      layers: { "relative:near": { on: true, opacity: 1, colormap: "magma" as const } },
    };
    expect(callsOf(down, { active: "depth:near", settings }).calls).toEqual([["activate", "relative:near"]]);
    expect(callsOf(press("ArrowUp", { shiftKey: true }), { active: "picture" }).calls).toEqual([
      ["activate", "picture"],
    ]);
  });
});

describe("view and measurements by keys", () => {
  it("letters set arrangement, scale, mask and range, each keeping what stands beside it", () => {
    expect(callsOf(press("w")).calls).toEqual([["change", { arrangement: "swipe" }]]);
    expect(callsOf(press("l")).calls).toEqual([
      ["change", { range: { ...defaultSettings().range, scale: "inverse" } }],
    ]);
    expect(callsOf(press("m")).calls).toEqual([["change", { mask: { pixels: "measured", hatch: false } }]]);
    expect(callsOf(press("u")).calls).toEqual([["change", { range: { ...defaultSettings().range, shared: false } }]]);
  });

  it("Shift with left and right moves the divider of a swipe only; without Shift the App steps through samples", () => {
    const swipe = { settings: { ...defaultSettings(), arrangement: "swipe" as const, swipe: 0.99 } };
    expect(callsOf(press("ArrowRight", { shiftKey: true }), swipe).calls).toEqual([["change", { swipe: 1 }]]);
    expect(callsOf(press("ArrowRight", { shiftKey: true })).handled).toBe(false);
    expect(callsOf(press("ArrowRight"), swipe)).toEqual({ handled: false, calls: [] });
  });

  it("Escape removes line and box; with nothing to remove it is the App's, which closes the sample window", () => {
    const box = { top: 0, bottom: 2, left: 0, right: 2 };
    expect(callsOf(press("Escape"), { box }).calls).toEqual([
      ["drawLine", null],
      ["drawBox", null],
      ["use", "pan"],
    ]);
    expect(callsOf(press("Escape"))).toEqual({ handled: false, calls: [] });
  });

  it("= shows pixel for pixel about the same point, or the middle of the whole picture", () => {
    expect(callsOf(press("=")).calls).toEqual([["look", { x: 320, y: 240, zoom: 1 }]]);
    expect(callsOf(press("="), { viewport: { x: 5, y: 6, zoom: 3 } }).calls).toEqual([
      ["look", { x: 5, y: 6, zoom: 1 }],
    ]);
  });

  it("German Shift and 0 writes =, which is one to one and not the whole picture", () => {
    expect(callsOf(press("=", { code: "Digit0", shiftKey: true })).calls).toEqual([
      ["look", { x: 320, y: 240, zoom: 1 }],
    ]);
    expect(callsOf(press("0")).calls).toEqual([["look", null]]);
  });

  it("? is found behind Shift, comma and full stop step, + and - zoom", () => {
    expect(callsOf(press("?", { shiftKey: true })).calls).toEqual([["showHelp"]]);
    expect(callsOf(press(".")).calls).toEqual([["go", "next"]]);
    expect(callsOf(press("+", { shiftKey: true })).calls).toEqual([["zoom", 1.25]]);
  });
});

describe("presses that are not the panel's", () => {
  it("leaves what the browser and the App do with Ctrl, Alt and Command", () => {
    for (const held of ["ctrlKey", "altKey", "metaKey"] as const)
      expect(callsOf(press("c", { [held]: true }))).toEqual({ handled: false, calls: [] });
  });

  it("leaves unknown keys", () => {
    expect(callsOf(press("q")).handled).toBe(false);
    expect(callsOf(press("Tab")).handled).toBe(false);
  });

  it("leaves a text field everything, and sliders and buttons the keys that move and press them", () => {
    expect(isOfControl(press("c"), { tagName: "INPUT", type: "number" })).toBe(true);
    expect(isOfControl(press("c"), { tagName: "TEXTAREA" })).toBe(true);
    expect(isOfControl(press("c"), { tagName: "INPUT", type: "range" })).toBe(false);
    expect(isOfControl(press("ArrowLeft"), { tagName: "INPUT", type: "range" })).toBe(true);
    expect(isOfControl(press(" "), { tagName: "BUTTON" })).toBe(true);
    expect(isOfControl(press("ArrowLeft", { shiftKey: true }), { tagName: "INPUT", type: "range" })).toBe(false);
    expect(isOfControl(press("ArrowLeft"), { tagName: "DIV" })).toBe(false);
  });
});

describe("the table", () => {
  it("gives no press two meanings", () => {
    const names = KEYS.flatMap((group) => group.commands).flatMap((command) => command.keys);
    expect(new Set(names).size).toBe(names.length);
  });

  it("names every key as a press of it is named", () => {
    for (const name of KEYS.flatMap((group) => group.commands).flatMap((command) => command.keys)) {
      const shiftKey = name.startsWith("Shift+");
      expect(namesOf(press(shiftKey ? name.slice(6) : name, { shiftKey })), name).toContain(name);
    }
  });
});
