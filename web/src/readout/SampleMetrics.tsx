/** The stored metrics of the sample that is looked at, beside their protocol and alignment. */

import * as React from "react";
import type { DatasetInfo, ScoreRecord } from "../contract";
import type { CompareState, SampleView } from "../state/compare";
import { useStore, type Store } from "../state/store";
import { MetricTable } from "./MetricTable";
import { alignmentOf, fitOf, metricsShown, scoreGroups, type ScoreGroup } from "./scores";
import { useReadoutStyles } from "./style";

const EVALUATE = "Run Evaluate depth (the key ` opens the list of operators): it stores metrics and an alignment.";

export function SampleMetrics({ store }: { store: Store<CompareState> }) {
  useReadoutStyles();
  const info = useStore(store, (state) => state.info);
  const sample = useStore(store, (state) => state.sample);
  const [all, setAll] = React.useState(false);
  const groups = React.useMemo(() => (info && sample ? scoreGroups(info, sample.record) : []), [info, sample]);
  if (!info || !sample) return null;
  const runs = new Set(Object.values(sample.evaluations).map(({ run }) => run));
  const isShown = ({ columns }: ScoreGroup) => columns.some(({ evaluation }) => runs.has(evaluation.run));
  const shown = runs.size > 0 ? groups.filter(isShown) : groups;
  const others = groups.filter((group) => !shown.includes(group));
  const table = (group: ScoreGroup) => (
    <ScoreTable key={group.columns.map((column) => column.evaluation.run).join()} group={group} all={all} />
  );
  return (
    <section className="plumb-readout" aria-label="Metrics of this sample" data-plumb="sample-metrics">
      <header>
        <h3>Metrics of this sample</h3>
        {groups.length > 0 && (
          <button
            type="button"
            className="plumb-button plumb-framed"
            aria-pressed={all}
            onClick={() => setAll(!all)}
            data-plumb="sample-metrics-all"
          >
            All metrics
          </button>
        )}
      </header>
      {shown.map(table)}
      {others.length > 0 && (
        <details data-plumb="sample-metrics-others">
          <summary>{others.length === 1 ? "Another evaluation" : `${others.length} other evaluations`}</summary>
          {others.map(table)}
        </details>
      )}
      <Unevaluated info={info} sample={sample} />
    </section>
  );
}

function ScoreTable({ group, all }: { group: ScoreGroup; all: boolean }) {
  const { columns, unranked } = group;
  const remarks = columns.map(({ evaluation, label, score }) => ({
    key: evaluation.run,
    label,
    text: score.reason === null ? aligned(score) : `not scored: ${score.reason}`,
    warning: score.flipped ? "Near and far are swapped" : null,
  }));
  return (
    <MetricTable
      name="sample-metric"
      columns={columns.map(({ evaluation, label, score }) => ({ key: evaluation.run, label, values: score.values }))}
      metrics={metricsShown(group, all)}
      pixels={columns.map(({ score }) => score.n_valid)}
      remarks={remarks}
      ranked={unranked === null}
      rules={`${group.protocol}.${unranked === null ? "" : ` ${unranked}`}`}
    />
  );
}

function aligned(score: ScoreRecord): string {
  const fit = fitOf(score);
  return `alignment ${alignmentOf(score)}${fit === null ? "" : `, ${fit}`}`;
}

/** The predictions without stored metrics: where their metres come from, and what to do. */
function Unevaluated({ info, sample }: { info: DatasetInfo; sample: SampleView }) {
  const known = new Set(info.evaluations.filter(({ run }) => run in sample.record.scores).map(({ field }) => field));
  const maps = info.fields
    .filter(({ name, role }) => role === "prediction" && name !== sample.truth && !known.has(name))
    .flatMap(({ name }) => sample.maps[name] ?? []);
  if (maps.length === 0) return null;
  return (
    <div data-plumb="sample-unevaluated">
      {maps.map(({ field, transform }) => (
        <p key={field}>
          <strong>{field}</strong> is not evaluated on this sample.{" "}
          {transform.unit === null ? "Its values: " : "Its metres: "}
          {transform.origin}.
        </p>
      ))}
      {sample.truth !== null && <p>{EVALUATE}</p>}
    </div>
  );
}
