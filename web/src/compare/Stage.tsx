/** The canvas with its views, and what the mouse does on it. */

import * as React from "react";
import { Renderer } from "../gl/renderer";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { shownLayers } from "../state/settings";
import { useStore, type Store } from "../state/store";
import { viewsOf, type View } from "../view/layout";
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

const BACKGROUND = [24, 24, 27] as const;

export function Stage({ store, actions, onFailure }: StageProps) {
  const frame = React.useRef<HTMLDivElement>(null);
  const canvas = React.useRef<HTMLCanvasElement>(null);
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
  useDrawing(canvas, store, sample, views, size, onFailure);
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
      <canvas
        ref={canvas}
        data-plumb="canvas"
        data-sample={sample?.record.id}
        style={{ position: "absolute", inset: 0, width: "100%", height: "100%", touchAction: "none" }}
      />
      {sample && <Marks store={store} actions={actions} views={views} sample={sample} size={size} />}
      {waits && (
        <div className="plumb-waits" role="status" data-plumb="waits">
          Reading the next sample …
        </div>
      )}
    </div>
  );
}

/** Draws in the next frame whenever something that is seen has changed. */
function useDrawing(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  store: Store<CompareState>,
  sample: SampleView | null,
  views: readonly View[],
  size: Size,
  onFailure: (sentence: string) => void,
): void {
  const renderer = React.useRef<Renderer | null>(null);
  const viewport = useStore(store, (state) => state.viewport);
  const settings = useStore(store, (state) => state.settings);
  const [restored, setRestored] = React.useState(0);

  React.useEffect(() => {
    if (!canvas.current) return;
    try {
      renderer.current = new Renderer(canvas.current);
      renderer.current.onRestored = () => setRestored((count) => count + 1);
    } catch (error) {
      onFailure(error instanceof Error ? error.message : String(error));
    }
    return () => {
      renderer.current?.dispose();
      renderer.current = null;
    };
  }, [canvas, onFailure]);

  React.useEffect(() => {
    if (!sample || !size.width) return;
    const frame = requestAnimationFrame(() => {
      const element = canvas.current;
      if (!element || !renderer.current) return;
      const ratio = window.devicePixelRatio || 1;
      const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
      }
      try {
        renderer.current.draw(tilesOf(sample, views, viewport, settings, ratio), BACKGROUND);
      } catch (error) {
        onFailure(error instanceof Error ? error.message : String(error)); // a shader that the driver refuses
        return;
      }
      element.dataset.drawn = String(Number(element.dataset.drawn ?? 0) + 1);
    });
    return () => cancelAnimationFrame(frame);
  }, [canvas, sample, views, viewport, settings, size, restored, onFailure]);
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
