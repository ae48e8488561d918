/** Saving the view: a download of the browser's. */

import type { CompareState } from "../state/compare";
import { unitOf } from "../view/ranges";
import { drawPicture } from "../view/picture";

/** Write what is shown to `<picture's name>-depth.png`. */
export async function saveView(state: CompareState, panel: HTMLElement | null): Promise<void> {
  const { sample, settings, viewport } = state;
  const stage = panel?.querySelector<HTMLElement>('[data-plumb="stage"]');
  if (!sample || !stage) throw new Error("no sample is shown");
  const size = { width: stage.clientWidth, height: stage.clientHeight };
  const picture = await drawPicture(sample, settings, viewport, size, (layer) => unitOf(sample, layer));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(picture);
  link.download = `${sample.record.name.replace(/\.\w+$/, "")}-depth.png`;
  link.click();
  URL.revokeObjectURL(link.href);
}
