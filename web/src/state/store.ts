/** A value that components subscribe to. */

import * as React from "react";

export interface Store<S> {
  get(): S;
  /** Replace parts of the state; those who subscribed hear of it once. */
  set(change: Partial<S>): void;
  subscribe(listener: () => void): () => void;
}

/** What `select` finds in the state, read anew at each change; it must give the same object for the same state. */
export function useStore<S extends object, T>(store: Store<S>, select: (state: S) => T): T {
  return React.useSyncExternalStore(store.subscribe, () => select(store.get()));
}
