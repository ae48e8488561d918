/** The methods of the Python half, by the addresses that the panel's view carries. */

import { executeOperator } from "@fiftyone/operators";
import { usePanelId } from "@fiftyone/spaces";
import * as React from "react";
import { sentenceOf, useCall, type Call } from "../host/calls";
import type { LeaderboardCalls } from "./types";

/** The address of each method, as panels/depth_leaderboard.py registers it. */
export type Addresses = { readonly [Name in keyof LeaderboardCalls | "stored"]: string };

const NAMES: readonly (keyof LeaderboardCalls)[] = [
  "describe", "copy", "distribution", "by_distance", "by_group", "against", "select_bins", "select_groups",
  "select_samples", "show_worst", "show_disagreeing", "show_selected", "clear_selected", "show_all",
];

/** The same object as long as the addresses are the same. */
export function useLeaderboardCalls(addresses: Addresses): LeaderboardCalls {
  const call = useCall();
  const key = NAMES.map((name) => addresses[name]).join(" ");
  // The App makes the view anew with every answer; what counts are the addresses in it.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return React.useMemo(() => bind(call, addresses), [call, key]);
}

function bind(call: Call, addresses: Addresses): LeaderboardCalls {
  const methods = NAMES.map((name) => [name, (params: object = {}) => call(addresses[name], params)]);
  return Object.fromEntries(methods) as LeaderboardCalls;
}

/**
 * Asks what stands for all that is stored in the dataset: another string after every change, null without a dataset.
 *
 * Executed as an operator and not as an event of the panel: it is asked every few seconds, and for events the App turns
 * the icon in the panel's tab into a spinning one.
 */
export function useStored(address: string): () => Promise<string | null> {
  const panel = usePanelId();
  return React.useCallback(
    () =>
      new Promise((resolve, reject) => {
        const callback = (reply: { result?: unknown; error?: unknown }) => {
          if (reply.error) reject(new Error(sentenceOf(reply.error)));
          else resolve((reply.result ?? null) as string | null);
        };
        executeOperator(address, { panel_id: panel }, { callback, skipErrorNotification: true }).catch(reject);
      }),
    [address, panel],
  );
}
