import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Settings } from "../types";
import { defaultSettings } from "./settings";
import { fromHash, fromJson, toHash, toJson } from "./settings-codec";

const COLORMAP = fc.constantFrom(
  "turbo", "viridis", "magma", "inferno", "cividis", "Spectral", "grey", "RdBu", "PuOr",
) as fc.Arbitrary<Settings["layers"][string]["colormap"]>;
const SHARE = fc.double({ min: 0, max: 1, noNaN: true }).map((share) => share + 0);
const ID = fc.oneof(
  fc.constantFrom("picture", "valid", "depth:__proto__", "depth:two\nlines"),
  fc.string({ minLength: 1, unit: "grapheme" }).map((field) => `signed:${field}`),
);
const LAYER = fc.record({ on: fc.boolean(), opacity: SHARE, colormap: COLORMAP }, { noNullPrototype: true });
const NAME = fc.option(fc.string({ minLength: 1, unit: "grapheme" }));

/** All that the panel can make. */
const SETTINGS: fc.Arbitrary<Settings> = fc.record(
  {
    arrangement: fc.constantFrom("overlay" as const, "side" as const, "swipe" as const, "blink" as const),
    layers: fc.array(fc.tuple(ID, LAYER)).map((layers) => Object.fromEntries(layers)),
    truth: NAME,
    evalKey: NAME,
    range: fc.record(
      {
        shared: fc.boolean(),
        mode: fc.constantFrom("robust" as const, "typed" as const),
        low: fc.double({ min: 0.001, max: 5, noNaN: true }),
        high: fc.double({ min: 5.001, max: 100, noNaN: true }),
        scale: fc.constantFrom("linear" as const, "inverse" as const, "log" as const),
      },
      { noNullPrototype: true },
    ),
    errorRange: fc.record(
      {
        mode: fc.constantFrom("robust" as const, "typed" as const),
        absolute: fc.double({ min: 0.001, max: 50, noNaN: true }),
        relative: fc.double({ min: 0.001, max: 50, noNaN: true }),
      },
      { noNullPrototype: true },
    ),
    mask: fc.record(
      { pixels: fc.constantFrom("all" as const, "measured" as const, "valid" as const), hatch: fc.boolean() },
      { noNullPrototype: true },
    ),
    swipe: SHARE,
    sides: fc.record({ left: fc.option(ID), right: fc.option(ID) }, { noNullPrototype: true }),
    blinkMilliseconds: fc.integer({ min: 200, max: 10_000 }),
  },
  { noNullPrototype: true },
);

function changed(change: object): string {
  return JSON.stringify({ ...(JSON.parse(toJson(defaultSettings())) as object), ...change });
}

function layerOf(layer: object): string {
  return changed({ layers: { valid: layer } });
}

describe("settings as JSON", () => {
  test("come back as they were", () => {
    fc.assert(fc.property(SETTINGS, (settings) => void expect(fromJson(toJson(settings))).toEqual(settings)));
  });

  test("may leave out what stays as it is by default, and hold what this version does not know", () => {
    expect(fromJson('{"version": 1}')).toEqual(defaultSettings());
    expect(fromJson('{"version": 1, "sparkle": 7, "mask": {"glow": true}}')).toEqual(defaultSettings());
    expect(fromJson(changed({ layers: { "hologram:dpt": { on: 3 } } }))).toEqual(defaultSettings());
  });

  test("take the nearest share and the nearest pace where one is out of range", () => {
    const layers = { picture: { on: true, opacity: 1.7, colormap: "grey" } };
    const found = fromJson(changed({ swipe: -3, blinkMilliseconds: 1, layers }));
    expect(found).toMatchObject({ swipe: 0, blinkMilliseconds: 200, layers: { picture: { opacity: 1 } } });
  });

  test.each([
    ["not JSON at all", "{", /not JSON.*copy/],
    ["a list", "[1]", /^the settings: must be an object/],
    ["null", "null", /^the settings: must be an object/],
    ["another version", changed({ version: 2 }), /version 2.*reads 1/],
    ["no version", "{}", /version/],
    ["an unknown arrangement", changed({ arrangement: "pile" }), /^arrangement: must be one of overlay, side.*"pile"/],
    ["layers as a list", changed({ layers: [] }), /^layers: must be an object/],
    ["a layer without opacity", layerOf({ on: true, colormap: "grey" }), /^layers\["valid"\]\.opacity/],
    ["an unknown colormap", layerOf({ on: true, opacity: 1, colormap: "jet" }), /colormap.*"jet"/],
    ["a number for a name", changed({ truth: 7 }), /^truth: must be a name or null, not 7/],
    ["an empty name", changed({ evalKey: "" }), /^evalKey/],
    ["a range the wrong way round", changed({ range: { low: 5, high: 2 } }), /^range\.low: must be below.*2, not 5/],
    ["a range that is too far", changed({ range: { high: 1e9 } }), /^range\.high: must be a number from/],
    ["a range as text", changed({ range: { low: "1" } }), /^range\.low/],
    ["an error range of 0", changed({ errorRange: { absolute: 0 } }), /^errorRange\.absolute/],
    ["a word for yes", changed({ mask: { hatch: "yes" } }), /^mask\.hatch: must be true or false, not "yes"/],
    ["a side that is no layer's name", changed({ sides: { left: 7 } }), /^sides\.left: must be a name or null, not 7/],
    ["no number to swipe to", changed({ swipe: null }), /^swipe: must be a number from 0 to 1, not null/],
  ])("are refused with a sentence that names what is wrong: %s", (_, text, sentence) => {
    expect(fromJson(text)).toEqual({ problem: expect.stringMatching(sentence) as string });
  });

  test("never throw, whatever is pasted", () => {
    const KEYS = fc.constantFrom(...Object.keys(defaultSettings()));
    fc.assert(fc.property(fc.string(), (text) => void fromJson(text)));
    fc.assert(fc.property(fc.json(), (text) => void fromJson(text)));
    fc.assert(fc.property(KEYS, fc.jsonValue(), (key, value) => void fromJson(changed({ [key]: value }))));
  });

  test("that hold the name of a prototype change nothing but themselves", () => {
    const text = '{"version": 1, "__proto__": {"swipe": 0.9}, "layers": {"__proto__": {"polluted": true}}}';
    expect(fromJson(text)).toEqual(defaultSettings());
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("a link", () => {
  test("brings settings and sample back", () => {
    fc.assert(
      fc.property(SETTINGS, fc.option(fc.string()), (settings, sample) => {
        expect(fromHash(toHash(settings, sample))).toEqual({ settings, sample });
      }),
    );
  });

  test("needs no escapes in any program that it is pasted into", () => {
    fc.assert(fc.property(SETTINGS, (settings) => void expect(toHash(settings, "ä")).toMatch(/^#plumb=[\w-]+$/)));
  });

  test("is short while little was changed", () => {
    expect(toHash(defaultSettings(), "6561f0a2b3c4d5e6f7a8b9c0").length).toBeLessThan(90);
  });

  test.each(["", "#", "#other=abc", "plumb=abc"])("that is none of Plumb's is left alone: %j", (hash) => {
    expect(fromHash(hash)).toBeNull();
  });

  test.each(["#plumb=", "#plumb=%%%", "#plumb=_w", toHash(defaultSettings(), "abcdef").slice(0, -4)])(
    "that is damaged says so: %j",
    (hash) => expect(fromHash(hash)).toEqual({ problem: expect.stringMatching(/^the link is damaged/) as string }),
  );

  test("with settings that cannot be taken says which", () => {
    const settings = { ...defaultSettings(), arrangement: "pile" } as unknown as Settings;
    expect(fromHash(toHash(settings, null))).toEqual({ problem: expect.stringMatching(/arrangement: must/) as string });
  });

  test("never throws, however it was mangled", () => {
    fc.assert(fc.property(fc.string(), (text) => void fromHash(`#plumb=${text}`)));
    fc.assert(fc.property(fc.base64String(), (text) => void fromHash(`#plumb=${text}`)));
  });
});
