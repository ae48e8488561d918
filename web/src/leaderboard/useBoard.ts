/** The board, asked for anew whenever the App tells of a change, and when a run has been stored meanwhile. */

import * as React from "react";
import type { Board, LeaderboardCalls } from "./types";

const LOOK_EVERY = 5000; // ms
/** The App tells of one change of its view several times. */
const SETTLED = 120; // ms

export interface BoardState {
  /** Undefined until it has been read; null without a dataset. */
  readonly board: Board | null | undefined;
  readonly problem: string | null;
  readonly reading: boolean;
  refresh(): void;
}

/**
 * @param changed differs whenever the App's view has changed
 * @param stored tells what stands for all that is stored in the dataset, to find new runs by
 */
export function useBoard(calls: LeaderboardCalls, changed: string | undefined, stored: () => Promise<string | null>): BoardState {
  const [found, setFound] = React.useState<{ board: Board | null | undefined; problem: string | null }>({
    board: undefined, problem: null,
  });
  const [reading, setReading] = React.useState(true);
  const latest = React.useRef(0);
  const refresh = React.useCallback(() => {
    const turn = ++latest.current;
    setReading(true);
    calls.describe().then(
      (board) => ({ board, problem: null }),
      (error: Error) => ({ board: undefined, problem: error.message }),
    ).then((answer) => {
      if (turn !== latest.current) return; // a later question is under way
      setFound(answer);
      setReading(false);
    });
  }, [calls]);
  React.useEffect(() => {
    const timer = window.setTimeout(refresh, SETTLED);
    return () => window.clearTimeout(timer);
  }, [refresh, changed]);
  const known = found.board?.stored;
  React.useEffect(() => {
    if (known === undefined) return;
    const timer = window.setInterval(() => {
      if (document.hidden) return;
      stored().then(
        (now) => now !== null && now !== known && refresh(),
        () => undefined, // the next look will tell
      );
    }, LOOK_EVERY);
    return () => window.clearInterval(timer);
  }, [refresh, known, stored]);
  return { ...found, reading, refresh };
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
