/** The tables: a block for what compares, what could not be read, and what must be known beside the numbers. */

import * as React from "react";
import { BlockTable } from "./BlockTable";
import { withPair } from "./chosen";
import type { Showing } from "./ShowButton";
import { ColumnPicker, CopyButtons } from "./TableTools";
import type { BoardSettings } from "./settings";
import { isSeen } from "./table";
import type { Board, LeaderboardCalls } from "./types";
import type { Change } from "./useBoardSettings";

export interface TableTabProps {
  calls: LeaderboardCalls;
  board: Board;
  metric: string;
  settings: Pick<BoardSettings, "sorting" | "columns" | "pairs">;
  change: Change;
  showing: Showing;
}

export function TableTab({ calls, board, metric, settings, change, showing }: TableTabProps) {
  const { sorting, columns: chosen, pairs } = settings;
  const choose = (columns: readonly string[] | null) =>
    change({ columns, sorting: sorting && isSeen(sorting, board.blocks, columns) ? sorting : null });
  return (
    <div role="tabpanel" aria-label="Table">
      {board.blocks.length > 0 && (
        <div className="plumb-lb-bar">
          <ColumnPicker blocks={board.blocks} chosen={chosen} choose={choose} />
          <CopyButtons calls={calls} blocks={board.blocks} chosen={chosen} sorting={sorting} />
        </div>
      )}
      {board.blocks.map((block) => (
        <BlockTable key={block.key} block={block} chosen={chosen} sorting={sorting} sort={(by) => change({ sorting: by })} metric={metric}
          showing={showing} pairs={pairs} compare={(pair) => change({ pairs: withPair(pairs, pair, block) })} />
      ))}
      {board.unread.length > 0 && (
        <section className="plumb-lb-block" aria-label="Evaluations without numbers" data-plumb="lb-unread">
          <div className="plumb-lb-head"><h2>Evaluations without numbers</h2></div>
          <ul className="plumb-lb-list">
            {board.unread.map((one) => <li key={one.run}>{one.field}: {one.reason}</li>)}
          </ul>
        </section>
      )}
      {board.notes.length > 0 && (
        <ul className="plumb-lb-list plumb-quiet" aria-label="Notes" data-plumb="lb-notes">
          {board.notes.map((note) => <li key={note}>{note}</li>)}
        </ul>
      )}
    </div>
  );
}
