import { afterEach, describe, expect, test, vi } from "vitest";
import { defaultSettings } from "./settings";
import { loadSettings, saveSettings } from "./settings-storage";

/** As much of a browser's storage as is used; it takes no more than `room` characters. */
function storage(room = Infinity): Pick<Storage, "getItem" | "setItem"> {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => {
      if (value.length > room) throw new DOMException("full", "QuotaExceededError");
      items.set(key, value);
    },
  };
}

afterEach(() => void vi.unstubAllGlobals());

describe("stored settings", () => {
  const mine = { ...defaultSettings(), swipe: 0.25 };

  test("of a dataset come back, and those of another stay its own", () => {
    vi.stubGlobal("localStorage", storage());
    saveSettings("rooms", mine);
    expect(loadSettings("rooms")).toEqual(mine);
    expect(loadSettings("streets")).toEqual(defaultSettings());
  });

  test("lie under the dataset's name", () => {
    const kept = storage();
    vi.stubGlobal("localStorage", kept);
    saveSettings("rooms", mine);
    expect(kept.getItem("plumb.compare.rooms")).toContain('"swipe": 0.25');
  });

  test.each(["", "{", "null", '{"version": 99}', '{"version": 1, "swipe": "left"}'])(
    "that cannot be read are the defaults: %j",
    (text) => {
      const kept = storage();
      kept.setItem("plumb.compare.rooms", text);
      vi.stubGlobal("localStorage", kept);
      expect(loadSettings("rooms")).toEqual(defaultSettings());
    },
  );

  test("are the defaults where the storage is full, or nothing was ever kept", () => {
    vi.stubGlobal("localStorage", storage(10));
    saveSettings("rooms", mine);
    expect(loadSettings("rooms")).toEqual(defaultSettings());
  });

  test("are the defaults where the browser forbids every touch of the storage", () => {
    const denied = () => {
      throw new DOMException("denied", "SecurityError");
    };
    vi.stubGlobal("localStorage", undefined);
    Object.defineProperty(globalThis, "localStorage", { get: denied, configurable: true });
    saveSettings("rooms", mine);
    expect(loadSettings("rooms")).toEqual(defaultSettings());
  });
});
