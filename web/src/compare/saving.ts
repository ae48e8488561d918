/** Saving the view: a download of the browser's. */

import type { CompareState } from "../state/compare";
import { BACKGROUND } from "../gl/surface";
import { paintViews, planOf, turnOf, type Shown } from "../view/picture";
import { captionOf, layOut, paintCaption } from "./caption";

/** What the browser has no room for at the picture's size is saved smaller. */
const SCALES = [1, 1 / 2, 1 / 4, 1 / 8];

/** The caption's letters grow with files wider than this. */
const WIDE = 1400;

/**
 * Write what is shown to `<picture's name>-depth.png`: the views, and below them their colour bars.
 *
 * Throws an Error with a sentence for the reader where the browser cannot.
 */
export async function saveView(state: CompareState, panel: HTMLElement | null): Promise<void> {
  const { sample, settings, viewport } = state;
  const stage = panel?.querySelector<HTMLElement>('[data-plumb="stage"]');
  if (!sample || !stage) throw new Error("no sample is shown");
  const size = { width: stage.clientWidth, height: stage.clientHeight };
  // Only the stage knows which layer a blink has come to.
  const name = stage.querySelector('[data-plumb="view-name"]')?.textContent ?? "";
  const shown = { sample, settings, viewport, stage: size, turn: turnOf(sample, settings, name) };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await drawFile(shown));
  link.download = `${sample.record.name.replace(/\.\w+$/, "")}-depth.png`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The PNG, at the largest scale that the browser has room for; a smaller one is told of in the caption. */
async function drawFile(shown: Shown): Promise<Blob> {
  for (const scale of SCALES) {
    const file = await drawAt(shown, scale);
    if (file) return file;
  }
  const { width, height } = planOf(shown, 1);
  throw new Error(
    `this browser has no room for ${width} x ${height} pixels, nor for an eighth of that. Show fewer views side by side.`,
  );
}

/** Null where the browser has no room for it. */
async function drawAt(shown: Shown, scale: number): Promise<Blob | null> {
  const { sample, settings } = shown;
  const plan = planOf(shown, scale);
  const displayed = sample.layers.filter((layer) => plan.views.some(({ layers }) => layers.includes(layer)));
  const caption = captionOf(sample, settings, displayed);
  const small = scale < 1 ? [`Saved at 1/${1 / scale} of the picture's size: the browser has no room for more`] : [];
  const letters = Math.max(1, plan.width / WIDE);
  const lines = [...caption.lines, ...small];
  const below = layOut({ ...caption, lines }, plan.width / letters, measure);
  const context = contextOf(plan.width, plan.height + Math.ceil(below.height * letters));
  if (!context) return null;
  const { canvas } = context;
  try {
    context.fillStyle = `rgb(${BACKGROUND.join()})`;
    context.fillRect(0, 0, canvas.width, canvas.height);
    paintViews(context, shown, plan);
    paintCaption(context, below, plan.height, letters);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    canvas.width = canvas.height = 0; // its memory, which may be much, is not left to the garbage collector
  }
}

/** Of a new canvas of this size; null where the browser has none so large, which it does not say: it paints nothing. */
function contextOf(width: number, height: number): CanvasRenderingContext2D | null {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  try {
    context?.fillRect(width - 1, height - 1, 1, 1);
    return context?.getImageData(width - 1, height - 1, 1, 1).data[3] === 255 ? context : null;
  } catch {
    return null;
  }
}

let measuring: CanvasRenderingContext2D | null = null;

function measure(text: string, font: string): number {
  measuring ??= document.createElement("canvas").getContext("2d");
  if (!measuring) throw new Error("the browser gives no canvas to draw on");
  measuring.font = font;
  return measuring.measureText(text).width;
}
