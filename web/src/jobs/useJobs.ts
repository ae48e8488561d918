/** Asks for the list of operations again and again while somebody can see it. */

import * as React from "react";
import type { JobCalls, JobList, JobRow } from "./types";
import { endedSince, pause, within } from "./watching";

const PATIENCE = 30_000;

export interface JobsState {
  /** Null before the first answer. */
  list: JobList | null;
  /** Why the list is not of now. */
  problem: string | null;
  /** Operations that have ended while this was open, the latest first. */
  ended: JobRow[];
}

export interface Jobs extends JobsState {
  /** Ask now. */
  refresh(): void;
  /** Forget which operations have ended. */
  dismiss(): void;
}

const NOTHING: JobsState = { list: null, problem: null, ended: [] };

/**
 * The operations of the open dataset, kept up to date.
 *
 * @param calls must be the same object from one drawing to the next
 * @param element nothing is asked for while it is not in the picture
 * @param watched see `pause`
 */
export function useJobs(calls: JobCalls, element: React.RefObject<HTMLElement | null>, watched: boolean): Jobs {
  const [state, setState] = React.useState(NOTHING);
  const ask = React.useRef<() => void>(() => undefined);
  const hurried = React.useRef(watched);

  React.useEffect(() => {
    let timer = 0;
    let stopped = false;
    let asking = false;
    let wanted = false;
    let failures = 0;
    let latest: JobList | null = null;

    async function look(): Promise<void> {
      window.clearTimeout(timer);
      if (asking) {
        wanted = true;
        return;
      }
      if (document.hidden || !isDrawn(element.current)) {
        timer = window.setTimeout(look, pause(null, 0, false));
        return;
      }
      asking = true;
      wanted = false;
      try {
        const list = await within(calls.list(), PATIENCE);
        const ended = endedSince(latest, list);
        failures = 0;
        latest = list;
        if (!stopped) setState((was) => ({ list, problem: null, ended: ended.length ? [...ended, ...was.ended] : was.ended }));
      } catch (error) {
        failures += 1;
        const problem = error instanceof Error ? error.message : String(error);
        if (!stopped) setState((was) => ({ ...was, problem }));
      }
      asking = false;
      if (!stopped) timer = window.setTimeout(look, wanted ? 0 : pause(latest, failures, hurried.current));
    }

    ask.current = look;
    const seen = () => void look();
    document.addEventListener("visibilitychange", seen);
    void look();
    return () => {
      stopped = true;
      ask.current = () => undefined;
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [calls, element]);

  React.useEffect(() => {
    if (watched && !hurried.current) ask.current();
    hurried.current = watched;
  }, [watched]);

  const refresh = React.useCallback(() => ask.current(), []);
  const dismiss = React.useCallback(() => setState((was) => ({ ...was, ended: [] })), []);
  return { ...state, refresh, dismiss };
}

function isDrawn(element: HTMLElement | null): boolean {
  return element !== null && element.getClientRects().length > 0;
}
