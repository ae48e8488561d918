/** What the mouse does on the stage: move, zoom, divide, point, and draw lines and boxes. */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import type { Store } from "../state/store";
import type { Box, Point, Viewport } from "../types";
import { fit, toPicture, viewAt, zoomAt, type View } from "../view/layout";

/** Distance in CSS pixels within which the divider of a swipe is taken hold of. */
const GRIP = 12;

/** A drag under way: what it began with. */
type Drag =
  | { kind: "pan"; from: Point; viewport: Viewport }
  | { kind: "divider" }
  | { kind: "profile" | "box"; view: View; start: Point };

/** Handlers for the stage; wheel and drags change the state at once, without a render of the stage. */
export function usePointer(
  store: Store<CompareState>,
  actions: CompareActions,
  frame: React.RefObject<HTMLDivElement | null>,
  views: readonly View[],
) {
  const drag = React.useRef<Drag | null>(null);
  const latest = React.useRef(views);
  latest.current = views;

  const place = (event: { clientX: number; clientY: number }): Point => {
    const box = frame.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  const viewportOf = (view: View): Viewport | null => {
    const { viewport, sample } = store.get();
    return viewport ?? (sample && fit(sample, view.rect));
  };
  const width = () => frame.current?.clientWidth ?? 1;

  // React listens to wheels passively, and a passive listener cannot keep the page from scrolling.
  React.useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const zoom = (event: WheelEvent) => {
      const at = place(event);
      const view = viewAt(latest.current, at);
      const { sample } = store.get();
      const viewport = view && viewportOf(view);
      if (!view || !viewport || !sample) return;
      event.preventDefault();
      event.stopPropagation();
      actions.look(zoomAt(at, Math.exp(-event.deltaY / 400), view.rect, viewport, sample));
    };
    element.addEventListener("wheel", zoom, { passive: false });
    return () => element.removeEventListener("wheel", zoom);
    // The functions read only refs and the store.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [frame, store, actions]);

  return {
    onPointerDown(event: React.PointerEvent<HTMLDivElement>) {
      if (event.button !== 0) return;
      const at = place(event);
      const view = viewAt(latest.current, at);
      const viewport = view && viewportOf(view);
      const { settings, tool } = store.get();
      if (!view || !viewport) return;
      if (settings.arrangement === "swipe" && Math.abs(at.x - settings.swipe * width()) <= GRIP) {
        drag.current = { kind: "divider" };
      } else if (tool === "pan") drag.current = { kind: "pan", from: at, viewport };
      else drag.current = { kind: tool, view, start: toPicture(at, view.rect, viewport) };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove(event: React.PointerEvent<HTMLDivElement>) {
      const at = place(event);
      const held = drag.current;
      const view = held && "view" in held ? held.view : viewAt(latest.current, at);
      const viewport = view && viewportOf(view);
      const { sample } = store.get();
      if (!sample || !view || !viewport) return actions.point(null);
      const here = toPicture(at, view.rect, viewport);
      const inside = here.x >= 0 && here.y >= 0 && here.x < sample.width && here.y < sample.height;
      actions.point(inside ? { x: Math.floor(here.x), y: Math.floor(here.y) } : null);
      if (held?.kind === "divider") {
        actions.change({ swipe: Math.min(1, Math.max(0, at.x / width())) });
      } else if (held?.kind === "pan") {
        const { x, y, zoom } = held.viewport;
        actions.look({ x: x - (at.x - held.from.x) / zoom, y: y - (at.y - held.from.y) / zoom, zoom });
      } else if (held?.kind === "profile") actions.drawLine([within(held.start, sample), within(here, sample)]);
      else if (held?.kind === "box") actions.drawBox(boxOf(held.start, here, sample));
    },
    onPointerUp(event: React.PointerEvent<HTMLDivElement>) {
      drag.current = null;
      event.currentTarget.releasePointerCapture(event.pointerId);
    },
    onPointerLeave() {
      if (!drag.current) actions.point(null);
    },
    onDoubleClick() {
      actions.look(null);
    },
  };
}

/** The nearest pixel of the picture. */
function within(at: Point, picture: { width: number; height: number }): Point {
  return {
    x: Math.min(picture.width - 1, Math.max(0, Math.floor(at.x))),
    y: Math.min(picture.height - 1, Math.max(0, Math.floor(at.y))),
  };
}

/** All pixels that a drag has touched, null for a box of one pixel: a click. */
export function boxOf(from: Point, to: Point, picture: { width: number; height: number }): Box | null {
  const [a, b] = [within(from, picture), within(to, picture)];
  const box = {
    top: Math.min(a.y, b.y),
    bottom: Math.max(a.y, b.y) + 1,
    left: Math.min(a.x, b.x),
    right: Math.max(a.x, b.x) + 1,
  };
  return (box.bottom - box.top) * (box.right - box.left) > 1 ? box : null;
}
