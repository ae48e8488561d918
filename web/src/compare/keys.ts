/** What keys do in the compare panel: one table, by which presses are handled and the help is written. */

import { activeLayer, activePrediction, coloured, colormapsFor, listed, problemOf, rowsOf, switchLayer } from "./rows";
import { layerSettings, shownLayers } from "../state/settings";
import type { CompareActions, CompareState } from "../state/compare";
import type { Layer, LayerKind, Settings } from "../types";
import { withSide, type Side } from "../view/sides";

export type KeyActions = CompareActions & {
  showHelp(): void;
  /** About the middle of the view. */
  zoom(factor: number): void;
};

/** The part of a KeyboardEvent that says which keys are down. */
export type Press = Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey">;

export interface Command {
  /** Names of presses, see `namesOf`. */
  readonly keys: readonly string[];
  /** How the help writes the keys, where it is not one by one. */
  readonly shown?: string;
  readonly text: string;
  /** False when there was nothing to do, and the press is the App's. `name` is the one of `keys` that was pressed. */
  run(state: CompareState, actions: KeyActions, name: string): boolean;
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export const KEYS: readonly CommandGroup[] = [
  {
    title: "Layers",
    commands: [
      { keys: DIGITS, shown: "1 – 9", text: "switch the layer of that number", run: toggleNumber },
      {
        keys: DIGITS.map((digit) => `Shift+${digit}`),
        shown: "Shift 1 – 9",
        text: "make it the active layer",
        run: activateNumber,
      },
      {
        keys: ["Shift+ArrowUp", "Shift+ArrowDown"],
        shown: "Shift ↑ ↓",
        text: "layer above or below becomes active",
        run: moveActive,
      },
      { keys: ["[", "]"], text: "less or more opacity of the active layer", run: changeOpacity },
      { keys: ["c", "Shift+c"], shown: "c, Shift c", text: "next or previous colormap", run: changeColormap },
      {
        keys: ["a"],
        text: "absolute error of the active prediction",
        run: (state, actions) => toggleError(state, actions, "absolute"),
      },
      { keys: ["r"], text: "its relative error", run: (state, actions) => toggleError(state, actions, "relative") },
      {
        keys: ["d"],
        text: "its signed error (difference)",
        run: (state, actions) => toggleError(state, actions, "signed"),
      },
      {
        keys: ["t"],
        text: "its delta1 violations (threshold 1.25)",
        run: (state, actions) => toggleError(state, actions, "delta1"),
      },
    ],
  },
  {
    title: "Arrangement",
    commands: [
      { keys: ["o"], text: "overlay", run: changes(() => ({ arrangement: "overlay" })) },
      { keys: ["s"], text: "side by side", run: changes(() => ({ arrangement: "side" })) },
      { keys: ["w"], text: "swipe", run: changes(() => ({ arrangement: "swipe" })) },
      { keys: ["b"], text: "blink", run: changes(() => ({ arrangement: "blink" })) },
      {
        keys: ["Shift+ArrowLeft", "Shift+ArrowRight"],
        shown: "Shift ← →",
        text: "move the divider of the swipe",
        run: moveDivider,
      },
      { keys: ["<", ">"], text: "active layer left or right of the divider", run: chooseSide },
    ],
  },
  {
    title: "Depth",
    commands: [
      {
        keys: ["u"],
        text: "one range for all, or each its own",
        run: changes(({ range }) => ({ range: { ...range, shared: !range.shared } })),
      },
      {
        keys: ["l"],
        text: "linear, inverse or logarithmic colours",
        run: changes(({ range }) => ({ range: { ...range, scale: after(["linear", "inverse", "log"], range.scale) } })),
      },
      {
        keys: ["m"],
        text: "all, measured or valid pixels",
        run: changes(({ mask }) => ({ mask: { ...mask, pixels: after(["all", "measured", "valid"], mask.pixels) } })),
      },
      { keys: ["h"], text: "hatch holes", run: changes(({ mask }) => ({ mask: { ...mask, hatch: !mask.hatch } })) },
    ],
  },
  {
    title: "Look and measure",
    commands: [
      { keys: [], shown: "← → ↑ ↓", text: "read the next pixel, with Ctrl the tenth; Alt moves the picture", run: () => false },
      { keys: [], shown: "Enter", text: "begin or end a line or box at the pixel", run: () => false },
      { keys: ["v"], text: "move the picture", run: does((actions) => actions.use("pan")) },
      { keys: ["p"], text: "drag a line for a depth profile", run: does((actions) => actions.use("profile")) },
      { keys: ["x"], text: "drag a box for its metrics", run: does((actions) => actions.use("box")) },
      { keys: ["Escape"], shown: "Esc", text: "remove line and box", run: clear },
      { keys: ["+"], text: "closer", run: does((actions) => actions.zoom(1.25)) },
      { keys: ["-"], shown: "−", text: "farther", run: does((actions) => actions.zoom(0.8)) },
      { keys: ["0"], text: "whole picture", run: does((actions) => actions.look(null)) },
      { keys: ["="], text: "one to one", run: does((actions, state) => actions.look(oneToOne(state))) },
    ],
  },
  {
    title: "Samples and results",
    commands: [
      { keys: [","], text: "previous sample", run: does((actions) => actions.go("previous")) },
      { keys: ["."], text: "next sample", run: does((actions) => actions.go("next")) },
      {
        keys: ["g"],
        text: "contact sheet of samples and models",
        run: does((actions, state) => actions.showSheet(!state.sheet)),
      },
      { keys: ["k"], text: "copy a link to this view", run: does((actions) => void actions.copy("link")) },
      { keys: ["e"], text: "save the view as PNG", run: does((actions) => void actions.save()) },
      { keys: ["?"], text: "this help", run: does((actions) => actions.showHelp()) },
    ],
  },
];

const COMMANDS = new Map(
  KEYS.flatMap((group) => group.commands).flatMap((command) => command.keys.map((name) => [name, command] as const)),
);

/** Whether the press was one of the panel's; if so, nobody else may have it. */
export function handleKey(press: Press, state: CompareState, actions: KeyActions): boolean {
  const name = namesOf(press).find((candidate) => COMMANDS.has(candidate));
  return name === undefined ? false : (COMMANDS.get(name)?.run(state, actions, name) ?? false);
}

/**
 * What a press may be called: digits and brackets by their place on the keyboard, because Shift and other layouts
 * change what they write, and everything by what it writes.
 */
export function namesOf(press: Press): string[] {
  // Brackets need AltGr or Option on many keyboards; all else with these keys is the browser's or the App's.
  if (press.altKey && (press.key === "[" || press.key === "]")) return [press.key];
  if (press.ctrlKey || press.metaKey || press.altKey) return [];
  const shift = press.shiftKey ? "Shift+" : "";
  const place = /^(?:Digit([0-9])|Bracket(Left|Right))$/.exec(press.code);
  const byPlace = place ? [shift + (place[1] ?? (place[2] === "Left" ? "[" : "]"))] : [];
  const letter = /^[a-z]$/i.test(press.key) ? [shift + press.key.toLowerCase()] : [];
  const other = letter.length ? [] : [shift + press.key, ...(press.key.length === 1 ? [press.key] : [])];
  return [...byPlace, ...letter, ...other];
}

const NATIVE = new Set([
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Home",
  "End",
  "PageUp",
  "PageDown",
  " ",
  "Enter",
]);

/** Whether the control that has the focus needs a press for itself: text and choices any, sliders and buttons some. */
export function isOfControl(press: Press, control: { tagName: string; type?: string }): boolean {
  const { tagName, type } = control;
  if (tagName === "TEXTAREA" || tagName === "SELECT" || (tagName === "INPUT" && (type === "text" || type === "number")))
    return true;
  return (tagName === "INPUT" || tagName === "BUTTON") && NATIVE.has(press.key) && !press.shiftKey;
}

export function oneToOne({ sample, viewport }: CompareState): CompareState["viewport"] {
  return sample && { x: viewport?.x ?? sample.width / 2, y: viewport?.y ?? sample.height / 2, zoom: 1 };
}

/** The one that follows in a ring. */
export function after<T>(all: readonly T[], one: T, step = 1): T {
  const index = all.indexOf(one);
  return all[(index + step + all.length) % all.length] ?? one;
}

function does(act: (actions: KeyActions, state: CompareState) => void) {
  return (state: CompareState, actions: KeyActions) => {
    act(actions, state);
    return true;
  };
}

function changes(change: (settings: Settings) => Partial<Settings>) {
  return (state: CompareState, actions: KeyActions) => {
    actions.change(change(state.settings));
    return true;
  };
}

function layerOf(state: CompareState, name: string): Layer | undefined {
  const number = Number(name.slice(-1));
  return rowsOf(state.sample?.layers ?? []).find((row) => row.number === number)?.layer;
}

function toggle(state: CompareState, actions: KeyActions, layer: Layer): void {
  const { on } = layerSettings(state.settings, layer, state.sample?.layers ?? []);
  switchLayer(state, actions, layer, !on);
}

function toggleNumber(state: CompareState, actions: KeyActions, name: string): boolean {
  const layer = layerOf(state, name);
  if (layer) toggle(state, actions, layer);
  return true;
}

function activateNumber(state: CompareState, actions: KeyActions, name: string): boolean {
  const layer = layerOf(state, name);
  if (layer) actions.activate(layer.id);
  return true;
}

function toggleError(state: CompareState, actions: KeyActions, kind: LayerKind): boolean {
  const field = activePrediction(state);
  const layer = state.sample?.layers.find((candidate) => candidate.kind === kind && candidate.field === field);
  if (layer) toggle(state, actions, layer);
  return true;
}

function moveActive(state: CompareState, actions: KeyActions, name: string): boolean {
  const layers = listed(state);
  const active = activeLayer(state);
  const index = layers.findIndex((layer) => layer.id === active?.id) + (name.endsWith("Up") ? -1 : 1);
  const layer = layers[Math.min(Math.max(index, 0), layers.length - 1)];
  if (layer) actions.activate(layer.id);
  return true;
}

function changeOpacity(state: CompareState, actions: KeyActions, name: string): boolean {
  const layer = activeLayer(state);
  if (!layer) return true;
  const { opacity } = layerSettings(state.settings, layer, state.sample?.layers ?? []);
  const next = opacity + (name.endsWith("]") ? 0.1 : -0.1);
  actions.changeLayer(layer.id, { opacity: Math.round(Math.min(Math.max(next, 0), 1) * 100) / 100 });
  return true;
}

function changeColormap(state: CompareState, actions: KeyActions, name: string): boolean {
  const layer = activeLayer(state);
  if (!layer || !coloured(layer)) return true;
  const { colormap } = layerSettings(state.settings, layer, state.sample?.layers ?? []);
  actions.changeLayer(layer.id, { colormap: after(colormapsFor(layer), colormap, name === "c" ? 1 : -1) });
  return true;
}

function moveDivider(state: CompareState, actions: KeyActions, name: string): boolean {
  const { arrangement, swipe } = state.settings;
  if (arrangement !== "swipe") return false;
  const next = swipe + (name.endsWith("Right") ? 0.02 : -0.02);
  actions.change({ swipe: Math.round(Math.min(Math.max(next, 0), 1) * 100) / 100 });
  return true;
}

function chooseSide(state: CompareState, actions: KeyActions, name: string): boolean {
  const layer = activeLayer(state);
  if (layer) putBeside(state, actions, layer, name === "<" ? "left" : "right");
  return true;
}

/** Swipe with a layer on one side of the divider, which switches it on. */
export function putBeside(state: CompareState, actions: CompareActions, layer: Layer, side: Side): void {
  const { sample, settings } = state;
  if (!sample || problemOf(layer, sample) !== null) return;
  if (!layerSettings(settings, layer, sample.layers).on) actions.changeLayer(layer.id, { on: true });
  const shown = shownLayers(settings, sample.layers).filter((one) => problemOf(one, sample) === null);
  actions.change({ arrangement: "swipe", sides: withSide(settings, shown, side, layer.id) });
}

/** The App closes the sample window on the press that finds nothing to remove. */
function clear(state: CompareState, actions: KeyActions): boolean {
  if (!state.line && !state.box && state.tool === "pan") return false;
  actions.drawLine(null);
  actions.drawBox(null);
  actions.use("pan");
  return true;
}
