/** The view as a PNG file: every view at the picture's own size, with names and colour bars below. */

import { lut, position } from "../colour/colormaps";
import { ticks } from "../colour/ticks";
import { rangeOf } from "./ranges";
import { Renderer } from "../gl/renderer";
import type { SampleView } from "../state/compare";
import { layerSettings, shownLayers } from "../state/settings";
import type { Layer, Settings, Viewport } from "../types";
import { fit, MOST_VIEWS, tile, viewsOf } from "./layout";
import { tilesOf } from "./scene";

const CAPTION = 46;
const BACKGROUND = [24, 24, 27] as const;

/**
 * Draw what is shown, one pixel of the picture to one of the file unless the user has zoomed in.
 *
 * @param looked the viewport on a stage of `stage` CSS pixels
 * @param unitOf the unit of a layer's colour bar
 */
export async function drawPicture(
  sample: SampleView,
  settings: Settings,
  looked: Viewport | null,
  stage: { width: number; height: number },
  unitOf: (layer: Layer) => string,
): Promise<Blob> {
  const shown = shownLayers(settings, sample.layers);
  const size = canvasSize(sample, settings, shown.length, stage);
  const views = viewsOf(settings, shown, sample, size, 0);
  const onStage = viewsOf(settings, shown, sample, stage, 0)[0];
  const first = views[0];
  // What the stage shows of the picture is shown here too, at the size of this view.
  const zoom = looked && onStage && first ? (looked.zoom * fit(sample, first.rect).zoom) / fit(sample, onStage.rect).zoom : 1;
  const drawn = document.createElement("canvas");
  [drawn.width, drawn.height] = [size.width, size.height];
  const renderer = new Renderer(drawn);
  const whole = document.createElement("canvas");
  try {
    renderer.draw(tilesOf(sample, views, looked && { ...looked, zoom }, settings, 1), BACKGROUND);
    [whole.width, whole.height] = [size.width, size.height + CAPTION];
    const context = whole.getContext("2d");
    if (!context) throw new Error("the browser gives no canvas to draw on");
    context.fillStyle = `rgb(${BACKGROUND.join()})`;
    context.fillRect(0, 0, whole.width, whole.height);
    context.drawImage(drawn, 0, 0);
    for (const { layers, rect, clip } of views) {
      const names = layers.filter((layer) => layer.kind !== "picture").map((layer) => layer.label);
      name(context, names.join(" + ") || "RGB", clip ?? rect);
    }
    caption(context, sample, settings, shown, size, unitOf);
  } finally {
    renderer.dispose();
  }
  return new Promise((resolve, reject) =>
    whole.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser could not write the PNG"))), "image/png"),
  );
}

function canvasSize(sample: SampleView, settings: Settings, count: number, stage: { width: number; height: number }) {
  const { width, height } = sample;
  if (settings.arrangement !== "side" || count < 2) return { width, height };
  // The same grid as on the stage, with room for whole pictures.
  const rects = tile(Math.min(count, MOST_VIEWS), sample, stage);
  const columns = new Set(rects.map((rect) => rect.x)).size;
  const rows = new Set(rects.map((rect) => rect.y)).size;
  return { width: columns * width + 4 * (columns - 1), height: rows * height + 4 * (rows - 1) };
}

function name(context: CanvasRenderingContext2D, text: string, at: { x: number; y: number; width: number }): void {
  context.font = "13px sans-serif";
  const width = Math.min(context.measureText(text).width + 12, at.width - 12);
  context.fillStyle = "rgba(0, 0, 0, 0.62)";
  context.fillRect(at.x + 6, at.y + 6, width, 20);
  context.fillStyle = "#ffffff";
  context.fillText(text, at.x + 12, at.y + 20, width - 12);
}

/** One colour bar for each different one, and what made the metres. */
function caption(
  context: CanvasRenderingContext2D,
  sample: SampleView,
  settings: Settings,
  shown: readonly Layer[],
  size: { width: number; height: number },
  unitOf: (layer: Layer) => string,
): void {
  const bars = new Map<string, Layer>();
  for (const layer of shown) {
    const range = rangeOf(sample, layer, settings);
    if (range) bars.set(JSON.stringify([range, layerSettings(settings, layer, sample.layers).colormap, unitOf(layer)]), layer);
  }
  const width = (size.width - 24) / Math.max(1, bars.size) - 12;
  [...bars.values()].forEach((layer, place) => {
    const range = rangeOf(sample, layer, settings);
    if (!range) return;
    const colours = lut(layerSettings(settings, layer, sample.layers).colormap);
    const [x, y] = [12 + place * (width + 12), size.height + 8];
    for (let step = 0; step < width; step++) {
      const entry = 4 * Math.min(255, Math.floor((step / width) * 256));
      context.fillStyle = `rgb(${colours[entry]}, ${colours[entry + 1]}, ${colours[entry + 2]})`;
      context.fillRect(x + step, y, 1, 12);
    }
    context.fillStyle = "#ffffff";
    context.font = "11px sans-serif";
    for (const tick of ticks(range)) {
      context.fillText(`${Number(tick.toPrecision(3))} ${unitOf(layer)}`, x + position(range, tick) * width - 8, y + 26);
    }
  });
}
