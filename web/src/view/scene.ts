/** From a sample and the settings to what the renderer draws. */

import type { LayerDraw } from "../gl/draw";
import type { SampleView } from "../state/compare";
import type { Layer, Settings } from "../types";

/** How these layers are drawn, from the bottom to the top; layers that the sample cannot show are left out. */
export function drawsOf(_sample: SampleView, _layers: readonly Layer[], _settings: Settings): LayerDraw[] {
  return [];
}
