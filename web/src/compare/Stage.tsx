/** The canvas with its views, and what the mouse does on it. */

import * as React from "react";
import { BACKGROUND, giveBack, takeSurface, type Surface } from "../gl/surface";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { shownLayers } from "../state/settings";
import { useStore, type Store } from "../state/store";
import { viewsOf, type View } from "../view/layout";
import { nextSettings } from "../view/next";
import { tilesOf } from "../view/scene";
import { Marks } from "./Marks";
import { usePointer } from "./pointer";
import { useSteering } from "./steering";

interface StageProps {
  store: Store<CompareState>;
  actions: CompareActions;
  onFailure(sentence: string): void;
}

interface Size {
  width: number;
  height: number;
}

export function Stage({ store, actions, onFailure }: StageProps) {
  const frame = React.useRef<HTMLDivElement>(null);
  const paper = React.useRef<HTMLDivElement>(null);
  const [size, setSize] = React.useState<Size>({ width: 0, height: 0 });
  const sample = useStore(store, (state) => state.sample);
  const settings = useStore(store, (state) => state.settings);
  const waits = useStore(store, (state) => state.loading && state.sample !== null);
  const turn = useBlink(store);

  React.useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  const views = React.useMemo(
    () => (sample && size.width ? viewsOf(settings, shownLayers(settings, sample.layers), sample, size, turn) : []),
    [sample, settings, size, turn],
  );
  useDrawing(paper, store, sample, views, size, onFailure);
  const handlers = usePointer(store, actions, frame, views);
  useSteering(store, actions, frame, views);

  return (
    <div
      ref={frame}
      data-plumb="stage"
      tabIndex={0}
      role="application"
      aria-label="Depth views: drag or Alt and arrows to move, wheel or + and − to zoom, arrows to read pixels"
      aria-busy={waits}
      style={{ position: "relative", flex: 1, minHeight: 0, minWidth: 0, overflow: "hidden", outlineOffset: -2 }}
      {...handlers}
    >
      <div ref={paper} style={{ position: "absolute", inset: 0 }} />
      {sample && <Marks store={store} actions={actions} views={views} sample={sample} size={size} />}
      {waits && (
        <div className="plumb-waits" role="status" data-plumb="waits">
          Reading the next sample …
        </div>
      )}
    </div>
  );
}

/** Draws in the next frame whenever something that is seen has changed, on a canvas that it puts on the paper. */
function useDrawing(
  paper: React.RefObject<HTMLElement | null>,
  store: Store<CompareState>,
  sample: SampleView | null,
  views: readonly View[],
  size: Size,
  onFailure: (sentence: string) => void,
): void {
  const surface = React.useRef<Surface | null>(null);
  const viewport = useStore(store, (state) => state.viewport);
  const settings = useStore(store, (state) => state.settings);
  const [restored, setRestored] = React.useState(0);

  React.useLayoutEffect(() => {
    try {
      surface.current = takeSurface();
    } catch (error) {
      onFailure(error instanceof Error ? error.message : String(error));
      return;
    }
    const { canvas, renderer } = surface.current;
    canvas.dataset.plumb = "canvas";
    canvas.style.cssText = "position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none";
    paper.current?.append(canvas);
    renderer.onRestored = () => setRestored((count) => count + 1);
    return () => {
      if (surface.current) giveBack(surface.current);
      surface.current = null;
    };
  }, [paper, onFailure]);

  const id = sample?.record.id;
  React.useLayoutEffect(() => {
    if (surface.current && id !== undefined) surface.current.canvas.dataset.sample = id;
  }, [id]);

  React.useEffect(() => {
    if (!sample || !size.width) return;
    const frame = requestAnimationFrame(() => {
      if (!surface.current) return;
      const { canvas: element, renderer } = surface.current;
      const ratio = window.devicePixelRatio || 1;
      const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
      }
      try {
        renderer.draw(tilesOf(sample, views, viewport, settings, ratio), BACKGROUND);
      } catch (error) {
        onFailure(error instanceof Error ? error.message : String(error)); // a shader that the driver refuses
        return;
      }
      element.dataset.drawn = String(Number(element.dataset.drawn ?? 0) + 1);
    });
    return () => cancelAnimationFrame(frame);
  }, [sample, views, viewport, settings, size, restored, onFailure]);

  useWarming(surface, store, sample !== null && size.width > 0, size);
}

/** Once something is drawn, and whenever nothing else is to be done, makes the shaders ready that may be wanted next. */
function useWarming(
  surface: React.RefObject<Surface | null>,
  store: Store<CompareState>,
  ready: boolean,
  size: Size,
): void {
  const latest = React.useRef(size);
  latest.current = size;
  React.useEffect(() => {
    if (!ready || !("requestIdleCallback" in window)) return; // Safari has none, and graphics cards compile soon enough
    let [step, waits] = [0, 0];
    const next = () => {
      const { sample, settings, viewport } = store.get();
      if (!sample || !surface.current) return;
      const wanted = nextSettings(settings, sample)[step];
      if (!wanted) {
        surface.current.canvas.dataset.ready = "true";
        return;
      }
      waits = window.requestIdleCallback(next);
      if (!surface.current.canvas.dataset.drawn) return;
      const ratio = window.devicePixelRatio || 1;
      const views = viewsOf(wanted, shownLayers(wanted, sample.layers), sample, latest.current, 0);
      surface.current.renderer.warm(tilesOf(sample, views, viewport, wanted, ratio));
      step += 1;
    };
    waits = window.requestIdleCallback(next);
    return () => window.cancelIdleCallback(waits);
  }, [surface, store, ready]);
}

/** Which turn a blinking arrangement has come to. */
function useBlink(store: Store<CompareState>): number {
  const blinking = useStore(store, (state) => state.settings.arrangement === "blink");
  const pause = useStore(store, (state) => state.settings.blinkMilliseconds);
  const [turn, setTurn] = React.useState(0);
  React.useEffect(() => {
    if (!blinking) return;
    const timer = window.setInterval(() => setTurn((now) => now + 1), pause);
    return () => window.clearInterval(timer);
  }, [blinking, pause]);
  return turn;
}
