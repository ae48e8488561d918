/** The stored metrics of the sample that is looked at, beside their protocol and alignment. */

import * as React from "react";
import type { DatasetInfo, ScoreRecord } from "../contract";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { useStore, type Store } from "../state/store";
import { count, NO_VALUE } from "./format";
import { MetricTable, type Fact } from "./MetricTable";
import { alignmentOf, fitOf, metricsShown, scoreGroups, type ScoreGroup } from "./scores";
import { ReadoutStyle } from "./style";

const EVALUATE = "Run Evaluate depth (the key ` opens the list of operators): it stores metrics and an alignment.";

export function SampleMetrics({ store }: { store: Store<CompareState>; actions: CompareActions }) {
  const info = useStore(store, (state) => state.info);
  const sample = useStore(store, (state) => state.sample);
  const [all, setAll] = React.useState(false);
  const groups = React.useMemo(() => (info && sample ? scoreGroups(info, sample.record) : []), [info, sample]);
  if (!info || !sample) return null;
  return (
    <section className="plumb-readout" aria-label="Metrics of this sample" data-plumb="sample-metrics">
      <ReadoutStyle />
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
      {groups.map((group) => (
        <ScoreTable key={group.columns.map((column) => column.evaluation.run).join()} group={group} all={all} />
      ))}
      <Unevaluated info={info} sample={sample} />
    </section>
  );
}

function ScoreTable({ group, all }: { group: ScoreGroup; all: boolean }) {
  const scores = group.columns.map((column) => column.score);
  const facts: Fact[] = [
    { name: "valid pixels", cells: scores.map(({ n_valid }) => (n_valid === null ? NO_VALUE : count(n_valid))) },
    { name: "alignment", cells: scores.map((score) => <Alignment score={score} />), words: true },
  ];
  if (scores.some(({ reason }) => reason !== null)) {
    facts.push({ name: "not scored", cells: scores.map(({ reason }) => reason ?? ""), words: true });
  }
  const caption = (
    <>
      {group.protocols.map((line) => (
        <div key={line}>{line}.</div>
      ))}
      {group.unranked}
    </>
  );
  return (
    <MetricTable
      name="sample-metric"
      columns={group.columns.map(({ evaluation, label, score }) => ({ key: evaluation.run, label, values: score.values }))}
      metrics={metricsShown(group, all)}
      facts={facts}
      ranked={group.unranked === null}
      caption={caption}
    />
  );
}

function Alignment({ score }: { score: ScoreRecord }) {
  const fit = fitOf(score);
  return (
    <>
      {alignmentOf(score)}
      {fit && <div>{fit}</div>}
      {score.flipped && <div className="plumb-warning">near and far are swapped</div>}
    </>
  );
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
