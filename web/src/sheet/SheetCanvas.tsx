/** One canvas for the tiles of all rows in sight. */

import * as React from "react";
import type { Tile } from "../gl/draw";
import { Renderer } from "../gl/renderer";
import type { Settings } from "../types";
import type { View } from "../view/layout";
import { tilesOf } from "../view/scene";
import { layerOf, tileSettings, type SheetColumn, type Show } from "./columns";
import type { RowLoader } from "./loader";
import type { SheetRow } from "./order";
import { leftOf, TITLE_HEIGHT, type RowWindow, type SheetLayout } from "./window";

/** Bytes of textures: a few screens of rows. */
const BUDGET = 96 * 2 ** 20;
/** The longest side in device pixels that every graphics card draws. */
const LONGEST = 4096;

export interface SheetCanvasProps {
  rows: readonly SheetRow[];
  columns: readonly SheetColumn[];
  layout: SheetLayout;
  /** The rows that are drawn. */
  drawn: RowWindow;
  /** How many rows the canvas has room for: it keeps its size while rows pass. */
  room: number;
  loader: RowLoader;
  show: Show;
  settings: Settings;
  /** Any value that is another one whenever what is drawn would be. */
  version: unknown;
  /** Told once why nothing can be drawn; the canvas is then to be taken away. */
  onFailure: (sentence: string) => void;
}

export function SheetCanvas(props: SheetCanvasProps) {
  const { layout, drawn, room, onFailure } = props;
  const canvas = React.useRef<HTMLCanvasElement>(null);
  const renderer = React.useRef<Renderer | null>(null);
  const [restored, setRestored] = React.useState(0);
  const theme = useTheme();

  React.useLayoutEffect(() => {
    if (!canvas.current) return;
    try {
      renderer.current = new Renderer(canvas.current, BUDGET);
      renderer.current.onRestored = () => setRestored((count) => count + 1);
    } catch (error) {
      onFailure(sentenceOf(error));
    }
    return () => {
      renderer.current?.dispose();
      renderer.current = null;
    };
  }, [onFailure]);

  const height = room * layout.rowHeight;
  // In the frame in which the canvas moves: its rows must not be seen in another's place.
  React.useLayoutEffect(() => {
    const element = canvas.current;
    if (!element || !renderer.current) return;
    const ratio = Math.min(window.devicePixelRatio || 1, LONGEST / layout.width, LONGEST / height);
    const size = [Math.round(layout.width * ratio), Math.round(height * ratio)] as const;
    if (element.width !== size[0] || element.height !== size[1]) [element.width, element.height] = size;
    try {
      renderer.current.draw(tiles(props, ratio), backgroundOf(element));
      element.dataset.drawn = String(Number(element.dataset.drawn ?? 0) + 1);
    } catch (error) {
      onFailure(sentenceOf(error)); // a driver may refuse a shader, which is made when it is first drawn with
    }
    // `version` stands for the loader's rows and the settings.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [props.version, props.rows, props.columns, props.show, props.settings, layout, drawn.first, drawn.end, height, restored, theme]);

  return (
    <canvas
      ref={canvas}
      data-plumb="sheet-canvas"
      aria-hidden="true"
      style={{ position: "absolute", left: 0, top: drawn.first * layout.rowHeight, width: layout.width, height }}
    />
  );
}

function tiles({ rows, columns, layout, drawn, loader, show, settings }: SheetCanvasProps, ratio: number): Tile[] {
  const found: Tile[] = [];
  for (let row = drawn.first; row < drawn.end; row++) {
    const sample = loader.get(rows[row]?.id ?? "")?.sample;
    if (!sample) continue;
    const y = (row - drawn.first) * layout.rowHeight + TITLE_HEIGHT;
    const views = columns.flatMap((column, place): View[] => {
      const layer = layerOf(sample, column, show);
      if (typeof layer === "string") return [];
      const rect = { x: leftOf(layout, place), y, width: layout.tileWidth, height: layout.tileHeight };
      return [{ layers: [layer], rect, clip: null, problem: null }];
    });
    const alike = tileSettings(sample, views.flatMap(({ layers }) => layers), settings);
    found.push(...tilesOf(sample, views, null, alike, ratio));
  }
  return found;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The colour below the tiles, which is that of the panel. */
function backgroundOf(element: HTMLElement): readonly [number, number, number] {
  const ground = element.closest<HTMLElement>("[data-ground]");
  const parts = ground ? getComputedStyle(ground).backgroundColor.match(/^rgba?\((\d+), (\d+), (\d+)/) : null;
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : [24, 24, 27];
}

/** A number that changes with the App's theme. */
function useTheme(): number {
  const [changes, setChanges] = React.useState(0);
  React.useEffect(() => {
    const observer = new MutationObserver(() => setChanges((count) => count + 1));
    observer.observe(document.documentElement, { attributeFilter: ["data-mui-color-scheme", "class"] });
    return () => observer.disconnect();
  }, []);
  return changes;
}
