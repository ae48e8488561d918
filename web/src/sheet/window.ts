/** Where the rows of the sheet lie, and which of them are in sight. Lengths are CSS pixels. */

/** Rows `first` to `end`, half open. */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
}

export interface SheetLayout {
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Of a row with its title above the tiles and the captions below them. */
  readonly rowHeight: number;
  /** Of all columns; wider than the panel where they do not fit, which then scrolls sideways. */
  readonly width: number;
}

export const GAP = 6;
export const TITLE_HEIGHT = 24;
export const CAPTION_HEIGHT = 20;
const LEAST_TILE = 112;
const LARGEST_TILE = 264;

/** Tiles of 4 : 3 that share the width of the panel. */
export function layoutOf(panelWidth: number, columns: number): SheetLayout {
  const share = Math.floor((panelWidth - GAP * (columns + 1)) / Math.max(columns, 1));
  const tileWidth = Math.min(Math.max(share, LEAST_TILE), LARGEST_TILE);
  const tileHeight = Math.round(0.75 * tileWidth);
  return {
    tileWidth,
    tileHeight,
    rowHeight: TITLE_HEIGHT + tileHeight + CAPTION_HEIGHT + GAP,
    width: columns * (tileWidth + GAP) + GAP,
  };
}

/** Left edge of a column's tile. */
export function leftOf(layout: SheetLayout, column: number): number {
  return GAP + column * (layout.tileWidth + GAP);
}

/** The rows that a panel shows, wholly or in part. */
export function visibleRows(scrollTop: number, height: number, rowHeight: number, count: number): RowWindow {
  const first = Math.min(Math.max(Math.floor(scrollTop / rowHeight), 0), count);
  const end = Math.min(Math.max(Math.ceil((scrollTop + height) / rowHeight), first), count);
  return { first, end };
}

/** So many rows more on both sides, as far as there are any. */
export function widened(window: RowWindow, rows: number, count: number): RowWindow {
  return { first: Math.max(window.first - rows, 0), end: Math.min(window.end + rows, count) };
}

/** The rows of `outer` by how soon they are needed: those in sight first, then outwards from there. */
export function byNeed(visible: RowWindow, outer: RowWindow): number[] {
  const rows: number[] = [];
  for (let row = visible.first; row < visible.end; row++) rows.push(row);
  for (let step = 0; visible.end + step < outer.end || visible.first - 1 - step >= outer.first; step++) {
    if (visible.end + step < outer.end) rows.push(visible.end + step);
    if (visible.first - 1 - step >= outer.first) rows.push(visible.first - 1 - step);
  }
  return rows;
}

/** Where to scroll so that a row is wholly in sight: nowhere if it is, else as little as needed. */
export function scrollToShow(row: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop, 0);
}

/** A cell of the sheet. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** The cell that a key leads to, null for keys that lead nowhere. `page` is how many rows are wholly in sight. */
export function moved({ row, column }: Cell, key: string, rows: number, columns: number, page: number): Cell | null {
  const far = Math.max(page, 1);
  const steps: Record<string, Cell> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    PageUp: { row: row - far, column },
    PageDown: { row: row + far, column },
    Home: { row: 0, column },
    End: { row: rows - 1, column },
  };
  const to = steps[key];
  if (!to || rows === 0) return null;
  const within = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
  return { row: within(to.row, rows), column: within(to.column, columns) };
}
