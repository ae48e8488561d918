/** A button that shows samples in the grid, which takes seconds where there are many. */

import * as React from "react";

/** What is to be shown: the worst of one run, or where two differ most. */
export interface Asked {
  runs: readonly [string] | readonly [string, string];
  metric: string;
}

export interface Showing {
  /** What is under way, of all that changes what the grid shows: one after the other; null while nothing is. */
  current: Asked | "selected" | "back" | null;
  show: (asked: Asked) => void;
}

export interface ShowButtonProps {
  showing: Showing;
  asked: Asked;
  /** The value of `data-plumb`. */
  name: string;
  className: string;
  title?: string;
  children: React.ReactNode;
}

export function ShowButton({ showing, asked, name, className, title, children }: ShowButtonProps) {
  const { current } = showing;
  const busy = typeof current === "object" && current !== null && keyOf(current) === keyOf(asked);
  return (
    <button type="button" className={className} title={title} data-plumb={name} aria-busy={busy} disabled={current !== null}
      onClick={() => showing.show(asked)}>
      {busy ? "Showing…" : children}
    </button>
  );
}

function keyOf({ runs, metric }: Asked): string {
  return [metric, ...runs].join(" ");
}
