/** The pixel below the mouse in every depth layer. It moves with the mouse and without a render of anything. */

import * as React from "react";
import type { CompareState, SampleView } from "../state/compare";
import { useStore, type Store } from "../state/store";
import type { Point } from "../types";
import { cellsOf, columnsOf, cursorRows, type Column, type CursorRow } from "./cursor";
import { PixelReader } from "./pixel";
import { Hidden, useReadoutStyles } from "./style";

/** The width of a column in digits: cells keep it when they are empty, so nothing jumps. */
const WIDTHS: Record<Column, number> = {
  depth: 14, error: 10, "relative error": 10, uncertainty: 14, x: 8, y: 8, z: 8,
}; // prettier-ignore

const HEADS: Record<Column, string> = {
  depth: "depth", error: "error", "relative error": "rel. error", uncertainty: "uncertainty", x: "X [m]", y: "Y [m]", z: "Z [m]",
}; // prettier-ignore

/** What stands before a value where there is no room for a column of its own. */
const SHORT: Record<Column, string> = {
  depth: "depth", error: "error", "relative error": "rel.", uncertainty: "uncertainty", x: "X", y: "Y", z: "Z",
}; // prettier-ignore

const MEANINGS: Record<Column, string> = {
  depth: "distance along the optical axis",
  error: "prediction minus truth, in metres",
  "relative error": "prediction minus truth, in percent of the truth",
  uncertainty: "as the model itself says",
  x: "position in the camera's frame, to the right",
  y: "position in the camera's frame, downwards",
  z: "position in the camera's frame, forwards",
};

export function Cursor({ store }: { store: Store<CompareState> }) {
  useReadoutStyles();
  const sample = useStore(store, (state) => state.sample);
  const info = useStore(store, (state) => state.info);
  if (!sample || !info) return null;
  const rows = cursorRows(sample, info.fields);
  return <CursorTable key={sample.record.id} store={store} sample={sample} rows={rows} columns={columnsOf(sample, rows)} />;
}

interface CursorTableProps {
  store: Store<CompareState>;
  sample: SampleView;
  rows: readonly CursorRow[];
  columns: readonly Column[];
}

function CursorTable({ store, sample, rows, columns }: CursorTableProps) {
  const section = React.useRef<HTMLElement>(null);
  const body = React.useRef<HTMLTableSectionElement>(null);
  const [reader] = React.useState(() => new PixelReader());
  React.useEffect(() => {
    let shown: Point | null | undefined;
    const write = () => {
      const { cursor } = store.get();
      if (cursor === shown || !section.current || !body.current) return;
      shown = cursor;
      writeHead(section.current, sample, cursor, reader);
      rows.forEach((row, index) => {
        const cells = body.current?.rows[index]?.cells;
        cellsOf(sample, row, columns, cursor).forEach((text, column) => setText(cells?.[column + 1], text));
      });
    };
    write();
    return store.subscribe(write);
  }, [store, sample, rows, columns, reader]);
  return (
    <section ref={section} className="plumb-readout plumb-cursor" aria-label="Values below the cursor" data-plumb="cursor">
      <div className="plumb-place">
        <span className="plumb-digits" data-plumb="cursor-pixel" />
        <span className="plumb-digits" data-plumb="cursor-rgb" />
        <span className="plumb-quiet" data-plumb="cursor-hint" />
      </div>
      <div className="plumb-scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <Hidden>layer</Hidden>
              </th>
              {columns.map((column) => (
                <th key={column} scope="col" data-column={column} title={MEANINGS[column]}>
                  {HEADS[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {rows.map((row) => (
              <tr key={row.field} data-plumb={`cursor-row:${row.field}`}>
                <th scope="row">
                  {row.field}
                  {row.truth && <span className="plumb-quiet"> truth</span>}
                </th>
                {columns.map((column) => (
                  <td key={column} data-column={column} data-short={SHORT[column]} style={{ minWidth: `${WIDTHS[column]}ch` }} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function writeHead(section: HTMLElement, sample: SampleView, cursor: Point | null, reader: PixelReader): void {
  const colour = cursor && sample.picture ? reader.read(sample.picture, cursor) : null;
  const digits = (value: number, width: number) => String(value).padStart(width, "\u2007");
  const pixel = cursor ? `x ${digits(Math.floor(cursor.x), 4)}  y ${digits(Math.floor(cursor.y), 4)}` : "";
  setText(section.querySelector('[data-plumb="cursor-pixel"]'), pixel);
  const rgb = colour ? `RGB ${colour.map((part) => digits(part, 3)).join(" ")}` : "";
  setText(section.querySelector('[data-plumb="cursor-rgb"]'), rgb);
  setText(section.querySelector('[data-plumb="cursor-hint"]'), cursor ? "" : "Point at the picture to read every layer there.");
}

function setText(element: Element | null | undefined, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}
