/** The mouse's work by keyboard: arrows move cursor or picture, Enter begins and ends lines and boxes. */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import type { Store } from "../state/store";
import type { Point } from "../types";
import { fit, type View } from "../view/layout";
import { boxOf } from "./pointer";
import { cursorAfter, viewportAfter } from "./steps";

/** Listens on the stage, where it hears of a press before the App does: to the App, arrows mean other samples. */
export function useSteering(
  store: Store<CompareState>,
  actions: CompareActions,
  stage: React.RefObject<HTMLElement | null>,
  views: readonly View[],
): void {
  const latest = React.useRef(views);
  latest.current = views;
  /** The end that the next Enter joins. */
  const anchor = React.useRef<Point | null>(null);
  React.useEffect(() => {
    const element = stage.current;
    const press = (event: KeyboardEvent) => {
      const { sample, cursor, viewport, tool } = store.get();
      const rect = latest.current[0]?.rect;
      if (!sample || !rect || event.target !== element) return;
      const moved = viewportAfter(event, viewport ?? fit(sample, rect), rect.width);
      const pointed = cursorAfter(event, cursor, sample);
      const ends = event.key === "Enter" && cursor !== null && tool !== "pan";
      if (moved) actions.look(moved);
      if (pointed) actions.point(pointed);
      if (!moved && !pointed && !ends) return;
      event.preventDefault();
      event.stopPropagation();
      const to = pointed ?? cursor;
      if (ends) anchor.current = anchor.current ? null : cursor;
      else if (!anchor.current || !to) return;
      else if (tool === "profile") actions.drawLine([anchor.current, to]);
      else if (tool === "box") actions.drawBox(boxOf(anchor.current, to, sample));
      else anchor.current = null;
    };
    element?.addEventListener("keydown", press);
    return () => element?.removeEventListener("keydown", press);
  }, [store, actions, stage]);
}
