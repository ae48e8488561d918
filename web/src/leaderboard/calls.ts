/** The methods of the Python half, by the addresses that the panel's view carries. */

import * as React from "react";
import { useCall, useQuietCall, type Call } from "../host/calls";
import type { LeaderboardCalls } from "./types";

/** The address of each method, as panels/depth_leaderboard.py registers it. */
export type Addresses = { readonly [Name in keyof LeaderboardCalls]: string };

const NAMES: readonly (keyof LeaderboardCalls)[] = [
  "describe", "stored", "copy", "distribution", "by_distance", "by_group", "against", "select_bins", "select_groups",
  "select_distances", "select_samples", "show_worst", "show_disagreeing", "show_selected", "clear_selected", "show_all",
];

/** The same object as long as the addresses are the same. */
export function useLeaderboardCalls(addresses: Addresses): LeaderboardCalls {
  const call = useCall();
  const quietly = useQuietCall();
  const key = NAMES.map((name) => addresses[name]).join(" ");
  // The App makes the view anew with every answer; what counts are the addresses in it.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return React.useMemo(() => bind(call, quietly, addresses), [call, quietly, key]);
}

/** `stored` is asked every few seconds, so quietly. */
function bind(call: Call, quietly: Call, addresses: Addresses): LeaderboardCalls {
  const callOf = (name: keyof LeaderboardCalls) => (name === "stored" ? quietly : call);
  const methods = NAMES.map((name) => [name, (params: object = {}) => callOf(name)(addresses[name], params)]);
  return Object.fromEntries(methods) as LeaderboardCalls;
}
