/** The tables: a block for what compares, what could not be read, and what must be known beside the numbers. */

import * as React from "react";
import { BlockTable } from "./BlockTable";
import type { Showing } from "./ShowButton";
import { ColumnPicker, CopyButtons } from "./TableTools";
import type { Sorting } from "./table";
import type { Board, LeaderboardCalls } from "./types";

const KEPT = "plumb.leaderboard.metrics";

export interface TableTabProps {
  calls: LeaderboardCalls;
  board: Board;
  metric: string;
  showing: Showing;
}

export function TableTab({ calls, board, metric, showing }: TableTabProps) {
  const [sorting, sort] = React.useState<Sorting | null>(null);
  const [chosen, setChosen] = React.useState<readonly string[] | null>(readChosen);
  const choose = (metrics: readonly string[] | null) => {
    setChosen(metrics);
    keepChosen(metrics);
  };
  return (
    <div role="tabpanel" aria-label="Table">
      {board.blocks.length > 0 && (
        <div className="plumb-lb-bar">
          <ColumnPicker blocks={board.blocks} chosen={chosen} choose={choose} />
          <CopyButtons calls={calls} blocks={board.blocks} chosen={chosen} sorting={sorting} />
        </div>
      )}
      {board.blocks.map((block) => (
        <BlockTable key={block.key} block={block} chosen={chosen} sorting={sorting} sort={sort} metric={metric}
          showing={showing} />
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

/** The metrics that were chosen before, on this machine; null where none were. */
function readChosen(): readonly string[] | null {
  try {
    const found: unknown = JSON.parse(window.localStorage.getItem(KEPT) ?? "null");
    return Array.isArray(found) && found.every((one) => typeof one === "string") ? found : null;
  } catch {
    return null; // no storage, or something else in it
  }
}

function keepChosen(metrics: readonly string[] | null): void {
  try {
    window.localStorage.setItem(KEPT, JSON.stringify(metrics));
  } catch {
    // A browser without storage forgets.
  }
}
