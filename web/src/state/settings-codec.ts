/** Settings as text: JSON for the clipboard and the storage, the end of a link for others. */

import { COLORMAPS } from "../colour/colormaps";
import type { ColormapName, LayerSettings, Settings } from "../types";
import { defaultSettings } from "./settings";
import {
  choice, clamped, DEPTH_ENDS, ERROR_ENDS, Invalid, nameOrNull, numberIn, record, truthValue,
} from "./settings-checks"; // prettier-ignore

const VERSION = 1;
const HASH = "#plumb=";
const LAYER_ID = /^(picture|valid|(depth|uncertainty|absolute|relative|signed|delta1):.+)$/s;

const ARRANGEMENTS = ["overlay", "side", "swipe", "blink"] as const;
const COLORMAP_NAMES = Object.keys(COLORMAPS) as ColormapName[];
const RANGE_MODES = ["robust", "typed"] as const;
const SCALES = ["linear", "inverse", "log"] as const;
const PIXELS = ["all", "measured", "valid"] as const;
/** Blinking faster than this can harm; slower than that looks like a still. */
const BLINK = [200, 10_000] as const;

export interface Problem {
  readonly problem: string;
}

export function toJson(settings: Settings): string {
  return JSON.stringify({ plumb: "compare_depth", version: VERSION, ...settings }, null, 2);
}

/**
 * Read settings back. What is left out has its default and what is unknown is left out; shares beyond their ends are
 * taken as the end; all else that is wrong is refused.
 */
export function fromJson(text: string): Settings | Problem {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { problem: "this is not JSON; copy the settings again and paste all of it" };
  }
  try {
    return settingsOf(data);
  } catch (error) {
    if (error instanceof Invalid) return { problem: error.message };
    throw error;
  }
}

function settingsOf(data: unknown): Settings {
  const given = record("the settings", data);
  if (given["version"] !== VERSION) {
    throw new Invalid(`the settings have version ${JSON.stringify(given["version"])}; this Plumb reads ${VERSION}`);
  }
  const fallback = defaultSettings();
  const { range, errorRange, mask } = fallback;
  const givenRange = record("range", given["range"], {});
  const givenErrors = record("errorRange", given["errorRange"], {});
  const givenMask = record("mask", given["mask"], {});
  const givenSides = record("sides", given["sides"], {});
  const settings: Settings = {
    arrangement: choice("arrangement", given["arrangement"], ARRANGEMENTS, fallback.arrangement),
    layers: layersOf(record("layers", given["layers"], {})),
    truth: nameOrNull("truth", given["truth"]),
    evalKey: nameOrNull("evalKey", given["evalKey"]),
    range: {
      shared: truthValue("range.shared", givenRange["shared"], range.shared),
      mode: choice("range.mode", givenRange["mode"], RANGE_MODES, range.mode),
      low: numberIn("range.low", givenRange["low"], DEPTH_ENDS, range.low),
      high: numberIn("range.high", givenRange["high"], DEPTH_ENDS, range.high),
      scale: choice("range.scale", givenRange["scale"], SCALES, range.scale),
    },
    errorRange: {
      mode: choice("errorRange.mode", givenErrors["mode"], RANGE_MODES, errorRange.mode),
      absolute: numberIn("errorRange.absolute", givenErrors["absolute"], ERROR_ENDS, errorRange.absolute),
      relative: numberIn("errorRange.relative", givenErrors["relative"], ERROR_ENDS, errorRange.relative),
    },
    mask: {
      pixels: choice("mask.pixels", givenMask["pixels"], PIXELS, mask.pixels),
      hatch: truthValue("mask.hatch", givenMask["hatch"], mask.hatch),
    },
    swipe: clamped("swipe", given["swipe"], [0, 1], fallback.swipe),
    sides: { left: nameOrNull("sides.left", givenSides["left"]), right: nameOrNull("sides.right", givenSides["right"]) },
    blinkMilliseconds: clamped("blinkMilliseconds", given["blinkMilliseconds"], BLINK, fallback.blinkMilliseconds),
  };
  const { low, high } = settings.range;
  if (!(low < high)) throw new Invalid(`range.low: must be below range.high, which is ${high}, not ${low}`);
  return settings;
}

function layersOf(given: Record<string, unknown>): Record<string, LayerSettings> {
  const known = Object.entries(given).filter(([id]) => LAYER_ID.test(id));
  return Object.fromEntries(known.map(([id, layer]) => [id, layerOf(`layers[${JSON.stringify(id)}]`, layer)]));
}

function layerOf(name: string, data: unknown): LayerSettings {
  const given = record(name, data);
  return {
    on: truthValue(`${name}.on`, given["on"]),
    opacity: clamped(`${name}.opacity`, given["opacity"], [0, 1]),
    colormap: choice(`${name}.colormap`, given["colormap"], COLORMAP_NAMES),
  };
}

/** A view that someone else sent. */
export interface Linked {
  readonly settings: Settings;
  /** Id of the sample, null for none. */
  readonly sample: string | null;
}

/** The end of a link that opens this view: `#plumb=` and base64url of what differs from the defaults. */
export function toHash(settings: Settings, sample: string | null): string {
  const fallback: Record<string, unknown> = { ...defaultSettings() };
  const differs = ([key, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(fallback[key]);
  const changed = Object.fromEntries(Object.entries(settings).filter(differs));
  const bytes = new TextEncoder().encode(JSON.stringify({ version: VERSION, sample, ...changed }));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return HASH + base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Read the end of a link back; null where it is none of Plumb's. */
export function fromHash(hash: string): Linked | Problem | null {
  if (!hash.startsWith(HASH)) return null;
  const base64 = hash.slice(HASH.length).replaceAll("-", "+").replaceAll("_", "/");
  let text: string;
  let data: unknown;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    data = JSON.parse(text);
  } catch {
    return { problem: "the link is damaged or cut off; copy it again, to its end" };
  }
  const settings = fromJson(text);
  if ("problem" in settings) return { problem: `the link cannot be used: ${settings.problem}` };
  const sample = (data as { sample?: unknown }).sample;
  return { settings, sample: typeof sample === "string" ? sample : null };
}
