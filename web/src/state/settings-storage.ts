/** Settings of each dataset, kept in the browser. */

import type { Settings } from "../types";
import { defaultSettings } from "./settings";
import { fromJson, toJson } from "./settings-codec";

/** What was saved for a dataset; the defaults where nothing was, or nothing that can be read. */
export function loadSettings(dataset: string): Settings {
  const text = attempt(() => localStorage.getItem(keyOf(dataset)));
  const settings = text === null ? defaultSettings() : fromJson(text);
  return "problem" in settings ? defaultSettings() : settings;
}

/** Keep the settings of a dataset; where the browser does not allow that, they last as long as the page. */
export function saveSettings(dataset: string, settings: Settings): void {
  attempt(() => {
    localStorage.setItem(keyOf(dataset), toJson(settings));
    return null;
  });
}

function keyOf(dataset: string): string {
  return `plumb.compare.${dataset}`;
}

/** A private window, or a full disk, makes every touch of the storage throw; no setting is worth a broken panel. */
function attempt(touch: () => string | null): string | null {
  try {
    return touch();
  } catch {
    return null;
  }
}
