/** The link that opened the page: settings, and the sample that they were copied at. */

import { fromHash } from "../state/settings-codec";

let link = fromHash(window.location.hash);
// A link from the sample window opens that window; its settings are for the panel there.
const place = new URLSearchParams(window.location.search).has("id") ? "window" : "grid";

/** What the link says, once: a panel that is opened again has settings of its own by then. */
export function takeLink(from: "window" | "grid"): typeof link {
  if (from !== place) return null;
  const taken = link;
  link = null;
  return taken;
}
