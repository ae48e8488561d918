/** What stands below a picture that is saved: the colour bars with units, and what the numbers rest on. */

import { lut } from "../colour/colormaps";
import { labelOf, protocolOf } from "../readout/scores";
import type { SampleView } from "../state/compare";
import type { ColormapName, Layer, Settings } from "../types";
import { wrap } from "../view/wrap";
import { ticksOf } from "../ui/ticks";
import { barsOf, headOf, howOf, legendsOf, SIDES, type Bar, type Legend } from "./bars";
import { countsLines, ERRORS, problemOf } from "./rows";

export interface Caption {
  readonly bars: readonly Bar[];
  readonly legends: readonly Legend[];
  /** Sentences: where the metres come from, the protocol, which pixels are shown. */
  readonly lines: readonly string[];
}

/** Of the layers that are seen, and of no others. */
export function captionOf(sample: SampleView, settings: Settings, displayed: readonly Layer[]): Caption {
  const seen = displayed.filter((layer) => problemOf(layer, sample) === null);
  return {
    bars: barsOf(sample, settings, seen),
    legends: legendsOf(sample, settings, seen),
    lines: [...originsOf(sample, seen), ...protocolsOf(sample, seen), ...pixelsOf(sample, settings, seen)],
  };
}

/** What made the metres of each map, or that nothing did. */
function originsOf(sample: SampleView, seen: readonly Layer[]): string[] {
  const fields = new Map<string, string[]>();
  for (const field of new Set(seen.filter(({ kind }) => kind !== "valid").map((layer) => layer.field))) {
    const origin = field === null ? undefined : sample.maps[field]?.transform.origin;
    if (field !== null && origin !== undefined) fields.set(origin, [...(fields.get(origin) ?? []), field]);
  }
  const errors = seen.some(({ kind }) => kind in ERRORS) && sample.truth !== null;
  return [
    ...[...fields].map(([origin, names]) => `${names.join(", ")}: ${origin}`),
    ...(errors ? [`Errors are against ${sample.truth}`] : []),
    ...(errors && seen.some(({ kind }) => kind === "signed") ? [`Signed errors: ${SIDES.join(" / ")}`] : []),
  ];
}

function protocolsOf(sample: SampleView, seen: readonly Layer[]): string[] {
  const fields = new Set(seen.flatMap(({ field }) => field ?? []));
  const evaluations = [...fields].flatMap((field) => sample.evaluations[field] ?? []);
  if (evaluations.length === 0) return [];
  return [`Evaluated by: ${protocolOf(evaluations.map((one) => [labelOf(one), one.protocol]))}`];
}

function pixelsOf(sample: SampleView, settings: Settings, seen: readonly Layer[]): string[] {
  const { pixels } = settings.mask;
  const masked = pixels !== "all" && sample.truth !== null && seen.some(({ kind }) => kind !== "picture" && kind !== "valid");
  const counts = `Pixels that count: ${countsLines(sample, settings).join("; ")}`;
  if (masked && pixels === "valid") return [`Only the pixels that count are shown. ${counts}`];
  return [
    ...(masked ? [`Only the pixels that ${sample.truth} has a value for are shown`] : []),
    ...(seen.some(({ kind }) => kind === "valid") ? [counts] : []),
  ];
}

/** What is painted, in units that `paintCaption` makes larger for a large file. */
export type Mark =
  | { kind: "text"; x: number; y: number; text: string; font: string; quiet: boolean }
  | { kind: "colours"; x: number; y: number; width: number; height: number; colormap: ColormapName }
  | { kind: "colour"; x: number; y: number; width: number; height: number; colour: string | null };

export interface CaptionLayout {
  readonly marks: readonly Mark[];
  /** 0 where there is nothing to say. */
  readonly height: number;
}

const MARGIN = 12;
const BETWEEN = 18;
const LEAST_BAR = 210;
const MOST_BAR = 460;
const LINE = 16;
const BOLD = "600 12px sans-serif";
const PLAIN = "12px sans-serif";
const SMALL = "11px sans-serif";

/**
 * Where the parts of a caption lie: bars beside one another while there is room, then colours, then sentences.
 *
 * @param measure the width of a text in a CSS font
 */
export function layOut(caption: Caption, width: number, measure: (text: string, font: string) => number): CaptionLayout {
  const marks: Mark[] = [];
  const inner = Math.max(1, width - 2 * MARGIN);
  let y = MARGIN;
  const write = (text: string, x: number, room: number, font: string, quiet: boolean, top: number) => {
    const lines = wrap(text, room, (line) => measure(line, font));
    lines.forEach((line, n) => marks.push({ kind: "text", x, y: top + n * LINE + 11, text: line, font, quiet }));
    return top + lines.length * LINE;
  };

  const { bars, legends, lines } = caption;
  const columns = Math.max(1, Math.min(bars.length, Math.floor((inner + BETWEEN) / (LEAST_BAR + BETWEEN))));
  const room = Math.min(MOST_BAR, (inner - BETWEEN * (columns - 1)) / columns);
  for (let first = 0; first < bars.length; first += columns) {
    const row = bars.slice(first, first + columns).map((bar, place) => ({ bar, x: MARGIN + place * (room + BETWEEN) }));
    const below = row.map(({ bar, x }) => write(howOf(bar), x, room, SMALL, true, write(headOf(bar), x, room, BOLD, false, y)));
    const top = Math.max(...below) + 2; // the bars of a row stand side by side, however long their titles
    for (const { bar, x } of row) marks.push(...strip(bar, x, top, room, measure));
    y = top + 36;
  }

  let x = MARGIN;
  let under = y;
  for (const { text, colour } of legends) {
    const wide = 26 + measure(text, PLAIN);
    if (x > MARGIN && x + wide > MARGIN + inner) [x, y] = [MARGIN, under + 2];
    marks.push({ kind: "colour", x, y: y + 1, width: 20, height: 12, colour });
    under = Math.max(under, write(text, x + 26, inner - 26, PLAIN, false, y));
    x += wide + BETWEEN;
  }
  if (legends.length) y = under + 4;
  for (const line of lines) y = write(line, MARGIN, inner, PLAIN, true, y) + 2;
  return { marks, height: marks.length ? y + MARGIN - 2 : 0 };
}

/** Colours, and below them as many of the ticks as have room. */
function strip(bar: Bar, x: number, y: number, width: number, measure: (text: string, font: string) => number): Mark[] {
  const marks: Mark[] = [{ kind: "colours", x, y, width, height: 12, colormap: bar.colormap }];
  let free = -Infinity;
  for (const { at, text, end } of ticksOf(bar.range)) {
    const [place, wide] = [x + at * width, measure(text, SMALL)];
    const left = end === "low" ? place : end === "high" ? place - wide : place - wide / 2;
    if (left < free) continue;
    free = left + wide + 5;
    const line = Math.min(place, x + width - 1);
    marks.push({ kind: "colour", x: line, y: y + 12, width: 1, height: 4, colour: QUIET });
    marks.push({ kind: "text", x: left, y: y + 26, text, font: SMALL, quiet: false });
  }
  return marks;
}

const QUIET = "#b4b4bc";

/** Paint a caption, `k` times as large as it was laid out, from the row `top` on. */
export function paintCaption(context: CanvasRenderingContext2D, { marks }: CaptionLayout, top: number, k: number): void {
  context.save();
  context.translate(0, top);
  context.scale(k, k);
  for (const mark of marks) {
    if (mark.kind === "text") {
      context.font = mark.font;
      context.textAlign = "left";
      context.fillStyle = mark.quiet ? QUIET : "#ffffff";
      context.fillText(mark.text, mark.x, mark.y);
    } else if (mark.kind === "colours") paintColours(context, mark);
    else if (mark.colour === null) paintStripes(context, mark);
    else {
      context.fillStyle = mark.colour;
      context.fillRect(mark.x, mark.y, mark.width, mark.height);
    }
  }
  context.restore();
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function paintColours(context: CanvasRenderingContext2D, { x, y, width, height, colormap }: Place & { colormap: ColormapName }) {
  const colours = lut(colormap);
  const step = width / (colours.length / 4);
  for (let n = 0; 4 * n < colours.length; n++) {
    context.fillStyle = `rgb(${colours.slice(4 * n, 4 * n + 3).join()})`;
    // To the end, and the next one over it: two colours side by side would leave a seam.
    context.fillRect(x + n * step, y, width - n * step, height);
  }
}

function paintStripes(context: CanvasRenderingContext2D, { x, y, width, height }: Place): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.fillStyle = "#000000";
  context.fillRect(x, y, width, height);
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2;
  for (let from = x - height; from < x + width; from += 6) {
    context.beginPath();
    context.moveTo(from, y + height);
    context.lineTo(from + height, y);
    context.stroke();
  }
  context.restore();
}
