/** The server's time goes on between two answers, so that ages grow though nothing is heard. */

import * as React from "react";
import { later } from "./format";

const TICK = 5_000; // ms

/**
 * The server's time now, to a few seconds.
 *
 * @param read the server's time in its latest answer, such as "2026-01-31T12:00:00Z"
 */
export function useServerTime(read: string): string {
  const [state, setState] = React.useState({ read, now: read });
  React.useEffect(() => {
    const since = performance.now(); // not the browser's clock, which may be set meanwhile
    const timer = window.setInterval(() => setState({ read, now: later(read, performance.now() - since) }), TICK);
    return () => window.clearInterval(timer);
  }, [read]);
  return state.read === read ? state.now : read;
}
