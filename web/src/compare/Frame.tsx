/** What stands around the whole compare panel: its look, its keys, their help and the notices. */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import type { Store } from "../state/store";
import { KeyHelp } from "./KeyHelp";
import { handleKey, isOfControl } from "./keys";
import { Notice } from "./Messages";
import { useStyles } from "../ui/styles";
import { useCompareStyles } from "./styles";

export interface FrameProps {
  store: Store<CompareState>;
  actions: CompareActions;
  /** Zoom about the middle of the view. */
  zoom: (factor: number) => void;
  style?: React.CSSProperties;
  children: React.ReactNode;
}

const Help = React.createContext("");

/** The id of the list of keys, for a button that opens it. */
export function useHelp(): string {
  return React.useContext(Help);
}

export function Frame({ store, actions, zoom, style, children }: FrameProps) {
  useStyles();
  useCompareStyles();
  const frame = React.useRef<HTMLDivElement>(null);
  const help = React.useRef<HTMLDivElement>(null);
  const helpId = React.useId();
  useKeptFocus(frame);
  React.useEffect(() => {
    const element = frame.current;
    // A listener of the element itself hears of a press before the App's, which listen on the document.
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const control = event.target as HTMLInputElement;
      const closes = event.key === "Escape" && element?.querySelector(":popover-open");
      if (closes || isOfControl(event, control)) event.stopPropagation();
      else if (handleKey(event, store.get(), { ...actions, zoom, showHelp: () => help.current?.togglePopover() })) {
        event.preventDefault();
        event.stopPropagation();
      } else if (control.tagName === "INPUT" && event.key.startsWith("Arrow")) event.stopPropagation();
    };
    element?.addEventListener("keydown", press);
    return () => element?.removeEventListener("keydown", press);
  }, [store, actions, zoom]);
  return (
    <Help.Provider value={helpId}>
      <div ref={frame} className="plumb" tabIndex={-1} style={style} data-plumb="compare">
        {children}
        <Notice store={store} />
        <KeyHelp ref={help} id={helpId} />
      </div>
    </Help.Provider>
  );
}

/**
 * Focus that was on something that is gone comes to the panel: else the browser gives it to the page, and the next key
 * would be the App's.
 */
function useKeptFocus(frame: React.RefObject<HTMLElement | null>): void {
  React.useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let last: Element | null = null;
    const enter = (event: FocusEvent) => (last = event.target as Element);
    const elsewhere = (event: PointerEvent) => {
      if (!element.contains(event.target as Element)) last = null;
    };
    const observer = new MutationObserver(() => {
      if (last && !last.isConnected && document.activeElement === document.body) element.focus({ preventScroll: true });
    });
    observer.observe(element, { childList: true, subtree: true });
    element.addEventListener("focusin", enter);
    document.addEventListener("pointerdown", elsewhere, true);
    return () => {
      observer.disconnect();
      element.removeEventListener("focusin", enter);
      document.removeEventListener("pointerdown", elsewhere, true);
    };
  }, [frame]);
}
