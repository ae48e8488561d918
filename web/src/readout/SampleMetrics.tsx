/** The stored metrics of the sample that is looked at, beside their protocol and alignment. */

import * as React from "react";
import type { DatasetInfo, MetricInfo } from "../contract";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { useStore, type Store } from "../state/store";
import { count, decimalsOf, DIRECTION, metricHeader, NO_VALUE, shown } from "./format";
import { alignmentOf, bestOf, fitOf, metricsShown, scoreGroups, type ScoreColumn, type ScoreGroup } from "./scores";
import { Hidden, ReadoutStyle } from "./style";

const EVALUATE = "Run Evaluate depth (the key ` opens the list of operators) to score the predictions.";

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
          <button type="button" className="plumb-button plumb-framed" aria-expanded={all} onClick={() => setAll(!all)} data-plumb="sample-metrics-all">
            {all ? "Main metrics" : "All metrics"}
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
  const { columns } = group;
  return (
    <div className="plumb-scroll">
      <table>
        <caption className="plumb-quiet">
          {group.protocols.map((line) => (
            <div key={line}>{line}.</div>
          ))}
          {group.unranked}
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <Hidden>metric</Hidden>
            </th>
            {columns.map(({ evaluation, label }) => (
              <th key={evaluation.run} scope="col" style={{ fontWeight: 600 }}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {metricsShown(group, all).map((metric) => (
            <MetricRow key={metric.name} metric={metric} group={group} />
          ))}
          <FactRow name="valid pixels" columns={columns} fact={({ score }) => numberOf(score.n_valid)} />
          <FactRow name="alignment" columns={columns} fact={(column) => <AlignmentFact column={column} />} words />
          {columns.some(({ score }) => score.reason !== null) && (
            <FactRow name="not scored" columns={columns} fact={({ score }) => score.reason ?? ""} words />
          )}
        </tbody>
      </table>
    </div>
  );
}

function MetricRow({ metric, group }: { metric: MetricInfo; group: ScoreGroup }) {
  const values = group.columns.map(({ score }) => score.values[metric.name] ?? null);
  const decimals = decimalsOf(values);
  const best = group.unranked ? values.map(() => false) : bestOf(values, metric.better, decimals);
  return (
    <tr title={metric.description} data-plumb={`sample-metric:${metric.name}`}>
      <th scope="row">
        {metricHeader(metric.name, metric.unit)} <Direction better={metric.better} />
      </th>
      {values.map((value, index) => (
        <td key={index} className={best[index] ? "plumb-best" : value === null ? "plumb-quiet" : undefined}>
          {value === null ? NO_VALUE : shown(value, decimals)}
          {best[index] && <Best />}
        </td>
      ))}
    </tr>
  );
}

export function Direction({ better }: { better: MetricInfo["better"] }) {
  return (
    <span className="plumb-quiet" title={DIRECTION[better].words}>
      <span aria-hidden="true">{DIRECTION[better].arrow}</span>
      <Hidden>({DIRECTION[better].words})</Hidden>
    </span>
  );
}

/** The mark of the best value: bold alone would not reach everyone. */
export function Best() {
  return (
    <>
      <span aria-hidden="true"> {"\u2605"}</span>
      <Hidden> best</Hidden>
    </>
  );
}

interface FactProps {
  name: string;
  columns: readonly ScoreColumn[];
  fact: (column: ScoreColumn) => React.ReactNode;
  words?: boolean;
}

function FactRow({ name, columns, fact, words }: FactProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {columns.map((column) => (
        <td key={column.evaluation.run} className={words ? "plumb-words" : undefined}>
          {fact(column)}
        </td>
      ))}
    </tr>
  );
}

function AlignmentFact({ column: { score } }: { column: ScoreColumn }) {
  const fit = fitOf(score);
  return (
    <>
      {alignmentOf(score)}
      {fit && <div style={{ fontVariantNumeric: "tabular-nums" }}>{fit}</div>}
      {score.flipped && <div className="plumb-warning">near and far are swapped</div>}
    </>
  );
}

/** The predictions without stored metrics: where their metres come from, and what to do. */
function Unevaluated({ info, sample }: { info: DatasetInfo; sample: SampleView }) {
  const known = new Set(
    info.evaluations.filter(({ run }) => run in sample.record.scores).map((evaluation) => evaluation.field),
  );
  const maps = info.fields
    .filter((field) => field.role === "prediction" && field.name !== sample.truth && !known.has(field.name))
    .map((field) => sample.maps[field.name])
    .filter((map) => map !== undefined);
  if (maps.length === 0) return null;
  return (
    <div data-plumb="sample-unevaluated">
      {maps.map((map) => (
        <p key={map.field}>
          <strong>{map.field}</strong> has no metrics of this sample. {originOf(map.transform.unit, map.transform.origin)}
        </p>
      ))}
      <p>{EVALUATE}</p>
    </div>
  );
}

function originOf(unit: "m" | null, origin: string): string {
  return unit === null ? `It is shown as it is, without metres: ${origin}.` : `Its metres: ${origin}.`;
}

function numberOf(value: number | null): string {
  return value === null ? NO_VALUE : count(value);
}
