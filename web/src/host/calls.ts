/** Methods of a panel's Python half as functions that return promises. */

import { useTriggerPanelEvent } from "@fiftyone/operators";
import * as React from "react";

/** Calls the method at an address that the panel's view carries; rejects with what went wrong as a sentence. */
export type Call = (address: string, params?: object) => Promise<unknown>;

export function useCall(): Call {
  const trigger = useTriggerPanelEvent();
  const latest = React.useRef(trigger);
  latest.current = trigger;
  return React.useCallback(
    (address, params = {}) =>
      new Promise((resolve, reject) => {
        latest.current(address, params, false, (reply) => {
          if (reply.error) reject(new Error(sentenceOf(reply.error)));
          else resolve(reply.result);
          return false; // or the App replaces the whole panel by its own page about the error
        });
      }),
    [],
  );
}

/** The last line of a Python traceback, without the name of the exception; other errors as they are. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : typeof error === "string" ? error : JSON.stringify(error);
  const lines = text.trim().split("\n");
  return lines[lines.length - 1]?.replace(/^[\w.]+(Error|Exception): /, "") || "unknown error";
}
