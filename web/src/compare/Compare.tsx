/** The compare panel: controls around a stage, or the sheet of samples and models. */

import * as React from "react";
import { BoxMetrics } from "../readout/BoxMetrics";
import { Cursor } from "../readout/Cursor";
import { Profile } from "../readout/Profile";
import { SampleMetrics } from "../readout/SampleMetrics";
import { ContactSheet } from "../sheet/ContactSheet";
import { useWidth } from "../host/width";
import { useStore, type Store } from "../state/store";
import type { Described } from "../contract";
import type { CompareState } from "../state/compare";
import { shownLayers } from "../state/settings";
import { viewsOf, zoomMiddle } from "../view/layout";
import { ColourBars } from "./ColourBars";
import { Frame } from "./Frame";
import { LayerList } from "./LayerList";
import { Messages, Notes } from "./Messages";
import { messageOf } from "./advice";
import { Stage } from "./Stage";
import { Toolbar } from "./Toolbar";
import { useCompare, type CompareView } from "./useCompare";

interface CompareProps {
  schema: { view: CompareView };
  /** What the Python half has sent when the panel was loaded: once a page, though the panel is opened many times. */
  data?: { opened?: Described };
}

/** Panels narrower than this have their readouts below the stage. */
const WIDE = 1360;
/** Panels narrower than this have their layers below the stage too. */
const MIDDLE = 620;

export function Compare({ schema, data }: CompareProps) {
  const panel = React.useRef<HTMLDivElement>(null);
  const { controller, place } = useCompare(schema.view, data?.opened, panel);
  const { store, actions } = controller;
  const width = useWidth(panel, WIDE);
  const sheet = useStore(store, (state) => state.sheet);
  const message = useStore(store, (state) => messageOf(state)?.name ?? null);
  const zoom = React.useCallback((factor: number) => zoomByKey(store, panel.current, factor), [store]);
  const failed = React.useCallback((sentence: string) => controller.fail(new Error(sentence)), [controller]);
  const tools = { store, actions };

  const layers = <LayerList {...tools} />;
  const cursor = <Cursor {...tools} />;
  const readouts = (
    <>
      <BoxMetrics {...tools} />
      <SampleMetrics {...tools} />
    </>
  );
  // It takes nothing of the view, which would move away below the mouse that draws the line.
  const profile = <Profile {...tools} />;
  const view = (
    <div style={{ ...COLUMN, flex: width < WIDE ? "1 0 max(300px, 60%)" : 1, minWidth: 0, minHeight: 0 }}>
      <Stage {...tools} onFailure={failed} />
      <ColourBars {...tools} />
      <Notes {...tools} />
    </div>
  );
  const one =
    width >= WIDE ? (
      <div style={ROW}>
        <div style={{ ...SIDE, width: 252 }}>{layers}</div>
        {view}
        <div style={{ ...SIDE, width: 440 }}>
          {cursor}
          {profile}
          {readouts}
        </div>
      </div>
    ) : width >= MIDDLE ? (
      <div style={ROW}>
        <div style={{ ...SIDE, width: 236 }}>{layers}</div>
        <div style={{ ...COLUMN, flex: 1, minWidth: 0, overflowY: "auto" }}>
          {view}
          {profile}
          {cursor}
          {readouts}
        </div>
      </div>
    ) : (
      <div style={{ ...COLUMN, flex: 1, minHeight: 0, overflowY: "auto" }}>
        {view}
        {profile}
        {cursor}
        {layers}
        {readouts}
      </div>
    );
  return (
    <div ref={panel} style={{ height: "100%" }}>
      {/* The sample window's own arrows, which alone are spans right in it, would lie over controls; the toolbar has the
          same. A rule that finds them by what they hold would be tried on every element of the page. */}
      {place === "window" && <style>{`[data-cy="modal-content"] > span { visibility: hidden }`}</style>}
      <Frame {...tools} zoom={zoom} style={{ ...COLUMN, height: "100%" }}>
        <Toolbar {...tools} />
        {message ? (
          <Messages {...tools} />
        ) : sheet ? (
          <ContactSheet {...tools} calls={controller.calls} open={controller.open} />
        ) : (
          one
        )}
      </Frame>
    </div>
  );
}

const COLUMN = { display: "flex", flexDirection: "column" } as const;
const ROW = { display: "flex", flex: 1, minHeight: 0, minWidth: 0, gap: 8 } as const;
const SIDE = { flexShrink: 0, overflowY: "auto", overflowX: "hidden" } as const;

/** Zoom by keys. */
function zoomByKey(store: Store<CompareState>, panel: HTMLElement | null, factor: number): void {
  const stage = panel?.querySelector('[data-plumb="stage"]');
  const { sample, settings, viewport } = store.get();
  if (!stage || !sample) return;
  const size = { width: stage.clientWidth, height: stage.clientHeight };
  const views = viewsOf(settings, shownLayers(settings, sample.layers), sample, size, 0);
  const looked = zoomMiddle(views, factor, viewport, sample);
  if (looked) store.set({ viewport: looked });
}
