/** The board, asked for anew whenever the App tells of a change, and when a run has been stored meanwhile. */

import * as React from "react";
import { BoardReader, NOTHING_READ, type Read } from "./reader";
import type { LeaderboardCalls } from "./types";

const LOOK_EVERY = 5000; // ms
/** The App tells of one change of its view several times. */
const SETTLED = 120; // ms

export interface BoardState extends Read {
  refresh(): void;
}

/**
 * @param calls the same object from one drawing to the next
 * @param changed differs whenever the App's view has changed
 */
export function useBoard(calls: LeaderboardCalls, changed: string | undefined): BoardState {
  const [read, setRead] = React.useState(NOTHING_READ);
  const reader = React.useMemo(() => new BoardReader(calls, setRead), [calls]);
  const refresh = React.useCallback(() => void reader.refresh(), [reader]);
  React.useEffect(() => {
    const timer = window.setTimeout(refresh, SETTLED);
    return () => window.clearTimeout(timer);
  }, [refresh, changed]);
  React.useEffect(() => {
    const timer = window.setInterval(() => document.hidden || void reader.look(), LOOK_EVERY);
    return () => {
      window.clearInterval(timer);
      reader.close();
    };
  }, [reader]);
  return { ...read, refresh };
}

/** What a method answers to the latest question; asked again when `key` changes, and nothing is asked while it is null. */
export function useAnswer<T>(key: string | null, ask: () => Promise<T>): { answer: T | null; problem: string | null } {
  const [state, setState] = React.useState<{ key: string | null; answer: T | null; problem: string | null }>({
    key: null, answer: null, problem: null,
  });
  const asking = React.useRef(ask);
  asking.current = ask;
  React.useEffect(() => {
    if (key === null) return;
    let current = true;
    asking.current().then(
      (answer) => current && setState({ key, answer, problem: null }),
      (error: Error) => current && setState({ key, answer: null, problem: error.message }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  // An answer to an earlier question is not shown under the words of the present one.
  return state.key === key ? state : { answer: null, problem: null };
}
