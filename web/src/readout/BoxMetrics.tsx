/** The metrics of the box that is drawn. */

import * as React from "react";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { useStore, type Store } from "../state/store";
import type { Box } from "../types";
import { AT_ONCE, boxMetrics, placeOf, scoreBox, workOf, type BoxScores } from "./box";
import { MetricTable } from "./MetricTable";
import { useReadoutStyles } from "./style";

/** Milliseconds that the mouse rests before a large box is scored. */
const REST = 120;

export function BoxMetrics({ store, actions }: { store: Store<CompareState>; actions: CompareActions }) {
  useReadoutStyles();
  const sample = useStore(store, (state) => state.sample);
  const box = useStore(store, (state) => state.box);
  const [all, setAll] = React.useState(false);
  const found = useScores(sample, box);
  if (!sample || !box) return null;
  return (
    <section className="plumb-readout" aria-label="Metrics of the box" data-plumb="box-metrics">
      <header>
        <h3>Metrics of the box</h3>
        <button type="button" className="plumb-button plumb-framed" aria-pressed={all} onClick={() => setAll(!all)} data-plumb="box-all">
          All metrics
        </button>
        <button type="button" className="plumb-button plumb-framed" onClick={() => actions.drawBox(null)} data-plumb="box-close">
          Remove box
        </button>
      </header>
      <div className="plumb-quiet plumb-numbers" data-plumb="box-place">
        {placeOf(box)}
      </div>
      {typeof found === "string" ? <p role="status">{found}</p> : found && <BoxTable found={found} all={all} />}
    </section>
  );
}

function BoxTable({ found, all }: { found: BoxScores; all: boolean }) {
  const { scores, unranked } = found;
  const remarks = scores.map(({ field, reason, alignment, counted }) => ({
    key: field,
    label: field,
    text:
      (reason === null ? `alignment of the whole picture, ${alignment}` : `not scored: ${reason}`) +
      (counted === null ? "" : `. Pixels count where ${counted}`),
    warning: null,
  }));
  return (
    <MetricTable
      name="box-metric"
      columns={scores.map(({ field, values }) => ({ key: field, label: field, values }))}
      metrics={boxMetrics(all)}
      pixels={scores.map(({ n }) => n)}
      remarks={remarks}
      ranked={unranked === null}
      rules={`${found.counted}${unranked === null ? "" : ` ${unranked}`}`}
    />
  );
}

/** The scores of the box, once a frame at most; those of a large box once the mouse rests, the former ones until then. */
function useScores(sample: SampleView | null, box: Box | null): BoxScores | string | null {
  const [found, setFound] = React.useState<BoxScores | string | null>(null);
  React.useEffect(() => {
    if (!sample || !box) return setFound(null);
    const score = () => setFound(scoreBox(sample, box));
    if (workOf(sample, box) <= AT_ONCE) {
      const frame = requestAnimationFrame(score);
      return () => cancelAnimationFrame(frame);
    }
    const timer = window.setTimeout(score, REST);
    return () => window.clearTimeout(timer);
  }, [sample, box]);
  return found;
}
