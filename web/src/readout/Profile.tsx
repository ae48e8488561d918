/** The depth of all layers along the line that is drawn. */

import * as React from "react";
import { copyText } from "../host/clipboard";
import { useWidth } from "../host/width";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { useStore, type Store } from "../state/store";
import type { ColourScale, Point } from "../types";
import { csvOf, curvesOf, type Curves } from "./curves";
import { metres } from "./format";
import { depthAxis } from "./plot";
import { ProfilePlot, styled } from "./ProfilePlot";
import { useReadoutStyles } from "./style";

export function Profile({ store, actions }: { store: Store<CompareState>; actions: CompareActions }) {
  useReadoutStyles();
  const sample = useStore(store, (state) => state.sample);
  const line = useStore(store, (state) => state.line);
  const scale = useStore(store, (state) => state.settings.range.scale);
  if (!sample || !line) return null;
  return <DrawnProfile sample={sample} line={line} scale={scale} actions={actions} />;
}

interface DrawnProfileProps {
  sample: SampleView;
  line: readonly [Point, Point];
  scale: ColourScale;
  actions: CompareActions;
}

function DrawnProfile({ sample, line, scale, actions }: DrawnProfileProps) {
  const found = React.useMemo(() => curvesOf(sample, line), [sample, line]);
  const axis = React.useMemo(() => depthAxis(found.curves, scale), [found, scale]);
  const [place, setPlace] = React.useState<number | null>(null);
  const frame = React.useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const at = place !== null && place < found.distances.length ? place : null;
  const point = (to: number | null) => {
    setPlace(to);
    actions.point(to === null ? null : (found.places[to] ?? null)); // the cross of the views follows
  };
  return (
    <section className="plumb-readout plumb-profile" aria-label="Depth profile" data-plumb="profile">
      <header>
        <h3>Depth along the line</h3>
        <CopyButton found={found} />
        <button type="button" className="plumb-button plumb-framed" onClick={() => actions.drawLine(null)} data-plumb="profile-close">
          Remove line
        </button>
      </header>
      <div ref={frame} style={{ minWidth: 0 }}>
        {axis && width > 0 && <ProfilePlot found={found} axis={axis} width={width} at={at} point={point} />}
      </div>
      {found.curves.length > 0 && !axis && <p role="status">No layer has a value along this line.</p>}
      <Legend found={found} at={at} />
      {axis?.cut && <p>A few values lie above the axis, which ends where 98 % of them fit.</p>}
      {found.left.map(({ field, why }) => (
        <p key={field}>
          <strong>{field}</strong> has no curve: {why}.
        </p>
      ))}
    </section>
  );
}

/** Names the curves, and their values at the place that is pointed at; its width does not change with them. */
function Legend({ found, at }: { found: Curves; at: number | null }) {
  const truthFirst = styled(found.curves).sort((a, b) => Number(b.curve.truth) - Number(a.curve.truth));
  return (
    <div style={{ display: "flex", flexWrap: "wrap", gap: "2px 18px" }} data-plumb="profile-legend">
      {truthFirst.map(({ curve, colour, dash }) => (
        <span key={curve.field} style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
          <svg width={22} height={8} aria-hidden="true">
            <line x1={1} x2={21} y1={4} y2={4} stroke={colour} strokeWidth={curve.truth ? 3 : 2} strokeDasharray={dash} />
          </svg>
          {curve.field}
          <span className="plumb-digits" style={{ minWidth: "9ch" }} data-plumb={`profile-value:${curve.field}`}>
            {at === null ? "" : metres(curve.values[at] ?? null)}
          </span>
        </span>
      ))}
      <span className="plumb-quiet plumb-digits" data-plumb="profile-place">
        {at === null ? "" : `at ${(found.distances[at] ?? 0).toFixed(1)} px`}
      </span>
    </div>
  );
}

const LABELS = { ready: "Copy as CSV", copied: "Copied", failed: "The browser did not copy" } as const;

function CopyButton({ found }: { found: Curves }) {
  const [state, setState] = React.useState<keyof typeof LABELS>("ready");
  React.useEffect(() => {
    if (state === "ready") return;
    const timer = window.setTimeout(() => setState("ready"), 2000);
    return () => window.clearTimeout(timer);
  }, [state]);
  const copy = () => void copyText(csvOf(found)).then((done) => setState(done ? "copied" : "failed"));
  return (
    <button type="button" className="plumb-button plumb-framed" onClick={copy} data-plumb="profile-csv">
      <span aria-live="polite">{LABELS[state]}</span>
    </button>
  );
}
