/** Methods of a panel's Python half as functions that return promises. */

import { executeOperator, useTriggerPanelEvent, type Reply } from "@fiftyone/operators";
import { usePanelId } from "@fiftyone/spaces";
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
          settle(reply, resolve, reject);
          return false; // or the App replaces the whole panel by its own page about the error
        });
      }),
    [],
  );
}

/**
 * For what is asked every few seconds. Executed as an operator and not as an event of the panel: for events the App turns
 * the icon in the panel's tab into a spinning one.
 */
export function useQuietCall(): Call {
  const panel = usePanelId();
  return React.useCallback(
    (address, params = {}) =>
      new Promise((resolve, reject) => {
        const options = { callback: (reply: Reply) => settle(reply, resolve, reject), skipErrorNotification: true };
        executeOperator(address, { ...params, panel_id: panel }, options).catch(reject);
      }),
    [panel],
  );
}

function settle(reply: Reply, resolve: (result: unknown) => void, reject: (error: Error) => void): void {
  if (reply.error) reject(new Error(sentenceOf(reply.error)));
  else resolve(reply.result ?? null);
}

/** The last line of a Python traceback, without the name of the exception; other errors as they are. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : typeof error === "string" ? error : JSON.stringify(error);
  const lines = text.trim().split("\n");
  return lines[lines.length - 1]?.replace(/^[\w.]+(Error|Exception): /, "") || "unknown error";
}
