/** The scrolling part of the sheet: only the rows in sight and next to it exist. */

import * as React from "react";
import type { DatasetInfo } from "../contract";
import type { Settings } from "../types";
import type { Choice, Place } from "./choice";
import type { SheetColumn, Show } from "./columns";
import type { RowLoader } from "./loader";
import type { SheetRow as Row } from "./order";
import { SheetCanvas } from "./SheetCanvas";
import { SheetRow } from "./SheetRow";
import { sortedBy } from "./summary";
import { layoutOf, leftOf, moved, scrollToShow, visibleRows, widened, type RowWindow } from "./window";

/** Rows that are drawn above and below those in sight, for the browser to scroll to before the next frame. */
const AHEAD = 1;
const HEAD = 25;

export interface SheetGridProps {
  info: DatasetInfo;
  rows: readonly Row[];
  columns: readonly SheetColumn[];
  choice: Choice;
  /** Whether the rows still stand in a former choice's order. */
  sorting: boolean;
  loader: RowLoader;
  /** Grows whenever the loader has more. */
  arrived: number;
  settings: Settings;
  /** Where to begin. */
  place: Place;
  /** Told which rows are in sight. */
  see: (visible: RowWindow) => void;
  openRow: (row: number) => void;
  /** Told where the reader is. */
  leave: (place: Place) => void;
}

export function SheetGrid(props: SheetGridProps) {
  const { info, rows, columns, choice, sorting, loader, arrived, settings, place, see, openRow, leave } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const id = React.useId();
  const [size, setSize] = React.useState({ width: 0, height: 0 });
  const [scrollTop, setScrollTop] = React.useState(place.scrollTop);
  const [active, setActive] = React.useState({ row: place.row, column: place.column });
  const [failure, fail] = useFailure(choice.show);
  const layout = React.useMemo(() => layoutOf(size.width, columns.length), [size.width, columns.length]);
  const height = Math.max(size.height - HEAD, 0);
  const visible = visibleRows(scrollTop, height, layout.rowHeight, size.height ? rows.length : 0);
  const drawn = widened(visible, AHEAD, rows.length);
  const room = Math.ceil(height / layout.rowHeight) + 1 + 2 * AHEAD;
  const row = Math.min(active.row, Math.max(rows.length - 1, 0));

  React.useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  // The rows come after the panel: only then is there a place to return to.
  const returned = React.useRef<readonly Row[] | null>(null);
  React.useLayoutEffect(() => {
    if (!scroller.current || rows.length === 0 || !size.height || returned.current === rows) return;
    // Another order begins at its beginning: the worst ones are what it was asked for.
    scroller.current.scrollTop = returned.current === null ? place.scrollTop : 0;
    if (returned.current !== null) setActive({ row: 0, column: 0 });
    returned.current = rows;
    setScrollTop(scroller.current.scrollTop);
  }, [rows, size.height, place.scrollTop]);

  React.useEffect(() => see({ first: visible.first, end: visible.end }), [see, visible.first, visible.end]);
  React.useEffect(() => {
    if (returned.current !== null) leave({ scrollTop, row, column: active.column });
    // Told of each place, whoever is told.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [scrollTop, row, active.column]);

  const choose = React.useRef((to: number, column: number) => {
    setActive({ row: to, column });
    opened.current(to);
  });
  const opened = React.useRef(openRow);
  opened.current = openRow;

  const press = (event: React.KeyboardEvent) => {
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") openRow(row);
    else {
      const to = moved({ row, column: active.column }, event.key, rows.length, columns.length, Math.floor(height / layout.rowHeight));
      if (!to) return;
      setActive(to);
      if (scroller.current) scroller.current.scrollTop = scrollToShow(to.row, scroller.current.scrollTop, height, layout.rowHeight);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const shown = Array.from({ length: drawn.end - drawn.first }, (_, index) => drawn.first + index);
  return (
    <div
      ref={scroller}
      className="plumb-sheet-scroll"
      role="grid"
      tabIndex={0}
      aria-label="Samples and models: arrow keys move, Enter opens the sample"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={rows.length ? `${id}-${row}-${active.column}` : undefined}
      data-plumb="sheet-grid"
      style={{ "--sheet-width": `${size.width}px` } as React.CSSProperties}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      onKeyDown={press}
    >
      <div role="row" aria-rowindex={1} className="plumb-sheet-head" style={{ width: Math.max(layout.width, size.width) }}>
        {columns.map(({ label }, index) => (
          <div key={label} role="columnheader" className="plumb-cut" title={label} style={{ left: leftOf(layout, index), width: layout.tileWidth }}>
            {label}
          </div>
        ))}
      </div>
      {failure && (
        <p role="alert" className="plumb-sheet-failure plumb-warning" data-plumb="sheet-failure">
          {failure}
        </p>
      )}
      <div role="rowgroup" style={{ position: "relative", height: rows.length * layout.rowHeight, width: layout.width }}>
        {size.height > 0 && !failure && (
          <SheetCanvas
            rows={rows}
            columns={columns}
            layout={layout}
            drawn={drawn}
            room={Math.min(room, Math.max(rows.length, 1))}
            loader={loader}
            show={choice.show}
            settings={settings}
            version={arrived}
            onFailure={fail}
          />
        )}
        {shown.map((index) => {
          const one = rows[index];
          return (
            one && (
              <SheetRow
                key={one.id}
                id={id}
                info={info}
                row={one}
                index={index}
                loaded={loader.get(one.id)}
                columns={columns}
                layout={layout}
                show={choice.show}
                sortKey={choice.key}
                sorted={sorting ? "" : sortedBy(info, one, choice)}
                active={index === row ? active.column : null}
                choose={choose.current}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

/** Why these tiles cannot be drawn; others, which need other shaders, are tried anew. */
function useFailure(show: Show): [string | null, (sentence: string) => void] {
  const [failure, setFailure] = React.useState<{ show: Show; sentence: string } | null>(null);
  const shown = React.useRef(show);
  shown.current = show;
  const fail = React.useCallback((sentence: string) => setFailure({ show: shown.current, sentence }), []);
  return [failure?.show === show ? failure.sentence : null, fail];
}
