/** The link that opened the page: settings, and the sample that they were copied at. */

import { fromHash } from "../state/settings-codec";

// The App has cut the end off the page's address by the time that plugins are loaded.
const address = new URL(performance.getEntriesByType("navigation")[0]?.name ?? window.location.href);
let link = fromHash(address.hash);
// A link from the sample window opens that window; its settings are for the panel there.
const place = address.searchParams.has("id") ? "window" : "grid";

/** What the link says, once: a panel that is opened again has settings of its own by then. */
export function takeLink(from: "window" | "grid"): typeof link {
  if (from !== place) return null;
  const taken = link;
  link = null;
  return taken;
}
