/** What lies over the canvas: names of the views, the cursor in every view, the divider, line and box. */

import * as React from "react";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { useStore, type Store } from "../state/store";
import type { Viewport } from "../types";
import { fit, toCanvas, type View } from "../view/layout";
import { titleOf } from "../view/scene";
import type { Side } from "../view/sides";
import { SideMenu } from "./SideMenu";

interface MarksProps {
  store: Store<CompareState>;
  actions: CompareActions;
  views: readonly View[];
  sample: SampleView;
  size: { width: number; height: number };
}

const COLOUR = "#ffffff";
const SHADOW = "#000000";
const NAME = {
  ...({ boxSizing: "border-box" } as const),
  ...{ minWidth: 0, padding: "1px 6px", borderRadius: 3 },
  ...{ background: "rgba(0, 0, 0, 0.62)", color: COLOUR, fontSize: 12 },
} as const;

export function Marks({ store, actions, views, sample, size }: MarksProps) {
  const swipe = useStore(store, (state) => (state.settings.arrangement === "swipe" ? state.settings.swipe : null));
  const divided = swipe !== null && views.length === 2;
  return (
    <div style={{ position: "absolute", inset: 0, pointerEvents: "none" }}>
      <svg width={size.width} height={size.height} style={{ position: "absolute", inset: 0 }} aria-hidden="true">
        {divided && <Divider x={Math.round(size.width * swipe)} height={size.height} />}
        <Drawn store={store} views={views} sample={sample} />
        <Cross store={store} views={views} sample={sample} />
      </svg>
      {views.map((view) => view.problem && <Problem key={view.layers.map((layer) => layer.id).join()} view={view} />)}
      {views.map((view, place) => (
        <Name
          key={view.layers.map((layer) => layer.id).join()}
          {...{ store, actions, sample, view }}
          side={divided ? (place === 0 ? "left" : "right") : null}
        />
      ))}
    </div>
  );
}

interface NameProps {
  store: Store<CompareState>;
  actions: CompareActions;
  sample: SampleView;
  view: View;
  /** Of a swipe. */
  side: Side | null;
}

/** In the upper left corner of what is seen of the picture; of a swipe's right half in its upper right one. */
function Name({ store, actions, sample, view, side }: NameProps) {
  const settings = useStore(store, (state) => state.settings);
  const title = React.useMemo(() => titleOf(sample, view, settings), [sample, view, settings]);
  const right = side === "right";
  const { rect } = view;
  const viewport = useStore(store, (state) => state.viewport) ?? fit(sample, rect);
  const corner = toCanvas({ x: 0, y: 0 }, rect, viewport);
  const end = toCanvas({ x: sample.width, y: 0 }, rect, viewport);
  const top = Math.min(Math.max(corner.y, rect.y), rect.y + rect.height - 28) + 6;
  const left = Math.min(Math.max(corner.x, rect.x), rect.x + rect.width - 40) + 6;
  const gap = Math.max(0, rect.x + rect.width - end.x) + 6;
  return (
    <div
      className={side ? "plumb-side" : undefined}
      style={{
        position: "absolute",
        top,
        ...(right ? { right: gap } : { left }),
        maxWidth: side ? "45%" : rect.x + rect.width - left,
        display: "flex",
      }}
    >
      <div
        className="plumb-cut"
        data-plumb="view-name"
        data-picture={[corner.x, corner.y, end.x - corner.x, sample.height * viewport.zoom].join(" ")}
        style={NAME}
      >
        {title}
      </div>
      {side && <SideMenu {...{ store, actions, sample, side }} current={view.layers.at(-1)?.id ?? ""} />}
    </div>
  );
}

/** In the place of what cannot be shown. */
function Problem({ view }: { view: View }) {
  const { x, y, width, height } = view.rect;
  return (
    <div
      role="note"
      data-plumb="view-problem"
      style={{
        ...{ position: "absolute", left: x, top: y, width, height, boxSizing: "border-box", padding: "36px 16px 16px" },
        ...{ display: "flex", alignItems: "center", justifyContent: "center", textAlign: "center", overflow: "hidden" },
        ...{ color: COLOUR, background: "rgba(0, 0, 0, 0.62)", fontSize: 13, overflowWrap: "anywhere" },
      }}
    >
      {view.problem}
    </div>
  );
}

function Divider({ x, height }: { x: number; height: number }) {
  const y = height / 2;
  return (
    <g data-plumb="divider">
      <line x1={x} x2={x} y1={0} y2={height} stroke={SHADOW} strokeWidth={4} opacity={0.6} />
      <line x1={x} x2={x} y1={0} y2={height} stroke={COLOUR} strokeWidth={2} />
      <circle cx={x} cy={y} r={11} fill={COLOUR} stroke={SHADOW} opacity={0.9} />
      <path d={`M${x - 3} ${y - 4}l-4 4l4 4M${x + 3} ${y - 4}l4 4l-4 4`} fill="none" stroke={SHADOW} strokeWidth={1.5} />
    </g>
  );
}

/** The same pixel in every view. */
function Cross({ store, views, sample }: Omit<MarksProps, "actions" | "size">) {
  const cursor = useStore(store, (state) => state.cursor);
  const viewport = useStore(store, (state) => state.viewport);
  if (!cursor) return null;
  return (
    <>
      {unclipped(views).map(({ rect }) => {
        const { x, y } = placeIn(rect, viewport, sample)(cursor.x + 0.5, cursor.y + 0.5);
        return (
          <Within key={`${rect.x},${rect.y}`} rect={rect}>
            <Twice shape={`M${x - 9} ${y}h6m6 0h6M${x} ${y - 9}v6m0 6v6`} />
          </Within>
        );
      })}
    </>
  );
}

/** The line of the profile and the box, in every view. */
function Drawn({ store, views, sample }: Omit<MarksProps, "actions" | "size">) {
  const line = useStore(store, (state) => state.line);
  const box = useStore(store, (state) => state.box);
  const viewport = useStore(store, (state) => state.viewport);
  return (
    <>
      {unclipped(views).map(({ rect }) => {
        const at = placeIn(rect, viewport, sample);
        const [from, to] = line?.map(({ x, y }) => at(x + 0.5, y + 0.5)) ?? [];
        const [first, last] = box ? [at(box.left, box.top), at(box.right, box.bottom)] : [];
        return (
          <Within key={`${rect.x},${rect.y}`} rect={rect}>
            {from && to && <Twice shape={`M${from.x} ${from.y}L${to.x} ${to.y}`} />}
            {from && <circle cx={from.x} cy={from.y} r={4} fill={COLOUR} stroke={SHADOW} />}
            {first && last && <Twice shape={`M${first.x} ${first.y}H${last.x}V${last.y}H${first.x}Z`} />}
          </Within>
        );
      })}
    </>
  );
}

/** Marks of one view, cut off at its edges. */
function Within({ rect, children }: { rect: View["rect"]; children: React.ReactNode }) {
  return (
    <svg {...rect} overflow="hidden" fill="none">
      {children}
    </svg>
  );
}

/** From places in the picture to places in a view, from its upper left corner. */
function placeIn({ width, height }: View["rect"], viewport: Viewport | null, sample: SampleView) {
  const rect = { x: 0, y: 0, width, height };
  const looked = viewport ?? fit(sample, rect);
  return (x: number, y: number) => toCanvas({ x, y }, rect, looked);
}

/** A line that is seen on any ground. */
function Twice({ shape }: { shape: string }) {
  return (
    <>
      <path d={shape} stroke={SHADOW} strokeWidth={3.5} opacity={0.6} />
      <path d={shape} stroke={COLOUR} strokeWidth={1.5} />
    </>
  );
}

/** The halves of a swipe are one view as far as marks go. */
function unclipped(views: readonly View[]): readonly View[] {
  return views[0]?.clip ? views.slice(0, 1) : views;
}
