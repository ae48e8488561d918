/** What stands around the whole compare panel: its look, its keys, their help and the notices. */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import type { Store } from "../state/store";
import { KeyHelp } from "./KeyHelp";
import { handleKey, isOfControl } from "./keys";
import { Notice } from "./Messages";
import { useStyles } from "./styles";

export interface FrameProps {
  store: Store<CompareState>;
  actions: CompareActions;
  /** Zoom about the middle of the view. */
  zoom: (factor: number) => void;
  style?: React.CSSProperties;
  children: React.ReactNode;
}

const Help = React.createContext<() => void>(() => undefined);

/** Opens the list of keys. */
export function useHelp(): () => void {
  return React.useContext(Help);
}

export function Frame({ store, actions, zoom, style, children }: FrameProps) {
  useStyles();
  const frame = React.useRef<HTMLDivElement>(null);
  const help = React.useRef<HTMLDivElement>(null);
  const showHelp = React.useCallback(() => help.current?.togglePopover(), []);
  React.useEffect(() => {
    const element = frame.current;
    // A listener of the element itself hears of a press before the App's, which listen on the document.
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const control = event.target as HTMLInputElement;
      const closes = event.key === "Escape" && element?.querySelector(":popover-open");
      if (closes || isOfControl(event, control)) event.stopPropagation();
      else if (handleKey(event, store.get(), { ...actions, zoom, showHelp })) {
        event.preventDefault();
        event.stopPropagation();
      }
    };
    element?.addEventListener("keydown", press);
    return () => element?.removeEventListener("keydown", press);
  }, [store, actions, zoom, showHelp]);
  return (
    <Help.Provider value={showHelp}>
      <div ref={frame} className="plumb" tabIndex={-1} style={style} data-plumb="compare">
        {children}
        <Notice store={store} />
        <KeyHelp ref={help} />
      </div>
    </Help.Provider>
  );
}
