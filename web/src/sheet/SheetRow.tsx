/** A row of the sheet: its title, and a cell over each tile with what is said of it. */

import * as React from "react";
import type { DatasetInfo } from "../contract";
import { brief, captionOf, layerOf, SHOWN, type SheetColumn, type Show } from "./columns";
import type { LoadedRow } from "./loader";
import type { SheetRow as Row, SortKey } from "./order";
import { CAPTION_HEIGHT, leftOf, TITLE_HEIGHT, type SheetLayout } from "./window";

export interface SheetRowProps {
  id: string;
  info: DatasetInfo;
  row: Row;
  index: number;
  /** Undefined while it is being read. */
  loaded: LoadedRow | undefined;
  columns: readonly SheetColumn[];
  layout: SheetLayout;
  show: Show;
  sortKey: SortKey | null;
  /** What the row is sorted by, "" for nothing. */
  sorted: string;
  /** The column that the keyboard is in, null where it is in another row. */
  active: number | null;
  choose: (row: number, column: number) => void;
}

export const SheetRow = React.memo(function SheetRow(props: SheetRowProps) {
  const { id, row, index, loaded, columns, layout, sorted } = props;
  const record = loaded?.sample?.record;
  const name = record?.name ?? "";
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-plumb="sheet-row"
      data-sample={row.id}
      style={{ position: "absolute", left: 0, top: index * layout.rowHeight, width: layout.width, height: layout.rowHeight }}
    >
      <div role="rowheader" className="plumb-sheet-title" style={{ height: TITLE_HEIGHT }}>
        <span className="plumb-sheet-name plumb-cut" title={[record?.filepath, record?.note].filter(Boolean).join("\n")}>
          <span className="plumb-quiet plumb-numbers">{index + 1}</span> {name}
        </span>
        <span className="plumb-quiet plumb-numbers" data-plumb="sheet-sorted">
          {sorted}
        </span>
      </div>
      {columns.map((column, place) => (
        <Cell key={column.label} {...props} id={`${id}-${index}-${place}`} name={name} column={column} place={place} />
      ))}
    </div>
  );
});

type CellProps = SheetRowProps & { name: string; column: SheetColumn; place: number };

function Cell({ id, info, index, loaded, layout, show, sortKey, active, choose, name, column, place }: CellProps) {
  const sample = loaded?.sample;
  const layer = sample ? layerOf(sample, column, show) : null;
  const problem = loaded?.problem ?? (typeof layer === "string" ? layer : null);
  const caption = sample ? captionOf(info, sample, column, sortKey) : "";
  const what = column.kind === "prediction" ? `${column.label}, ${SHOWN[show]}` : column.label;
  const label = [name || `sample ${index + 1}`, what, loaded ? problem && brief(problem) : "is being read", caption].filter(Boolean).join(", ");
  return (
    <div
      id={id}
      role="gridcell"
      aria-colindex={place + 1}
      aria-label={label}
      className="plumb-sheet-cell"
      data-active={active === place || undefined}
      data-plumb={`sheet-cell:${column.field ?? "picture"}`}
      data-ready={loaded !== undefined || undefined}
      style={{ left: leftOf(layout, place), top: TITLE_HEIGHT, width: layout.tileWidth }}
      onClick={() => choose(index, place)}
    >
      <div className="plumb-sheet-tile" style={{ height: layout.tileHeight }}>
        {loaded ? problem && <span title={problem}>{brief(problem)}</span> : <span>reading …</span>}
      </div>
      <div className="plumb-sheet-caption plumb-numbers plumb-cut" style={{ height: CAPTION_HEIGHT }}>
        {caption}
      </div>
    </div>
  );
}
