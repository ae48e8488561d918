/** Metrics down, models across: the table of a sample's stored scores and of a box's. */

import * as React from "react";
import type { MetricInfo } from "../contract";
import { decimalsOf, DIRECTION, metricHeader, NO_VALUE, shown } from "./format";
import { bestOf } from "./scores";
import { Hidden } from "./style";

export interface MetricColumn {
  readonly key: string;
  readonly label: string;
  /** By metric; null where nothing could be scored. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** A row below the metrics. */
export interface Fact {
  readonly name: string;
  /** One a column. */
  readonly cells: readonly React.ReactNode[];
  /** Words instead of digits. */
  readonly words?: boolean;
}

interface MetricTableProps {
  /** The beginning of every row's `data-plumb`. */
  readonly name: string;
  readonly columns: readonly MetricColumn[];
  readonly metrics: readonly MetricInfo[];
  readonly facts: readonly Fact[];
  /** Whether the best of each row is marked: only where the columns can be compared. */
  readonly ranked: boolean;
  readonly caption: React.ReactNode;
}

export function MetricTable({ name, columns, metrics, facts, ranked, caption }: MetricTableProps) {
  return (
    <div className="plumb-scroll">
      <table>
        <caption className="plumb-quiet">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">
              <Hidden>metric</Hidden>
            </th>
            {columns.map(({ key, label }) => (
              <th key={key} scope="col" className="plumb-head">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric) => (
            <MetricRow key={metric.name} name={name} metric={metric} columns={columns} ranked={ranked} />
          ))}
          {facts.map((fact) => (
            <tr key={fact.name} data-plumb={`${name}-fact:${fact.name}`}>
              <th scope="row">{fact.name}</th>
              {fact.cells.map((cell, index) => (
                <td key={columns[index]?.key} className={fact.words ? "plumb-words" : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type MetricRowProps = Pick<MetricTableProps, "name" | "columns" | "ranked"> & { metric: MetricInfo };

function MetricRow({ name, metric, columns, ranked }: MetricRowProps) {
  const values = columns.map((column) => column.values[metric.name] ?? null);
  const decimals = decimalsOf(values);
  const best = ranked ? bestOf(values, metric.better, decimals) : [];
  return (
    <tr title={metric.description} data-plumb={`${name}:${metric.name}`}>
      <th scope="row">
        {metricHeader(metric.name, metric.unit)} <Direction better={metric.better} />
      </th>
      {values.map((value, index) => (
        <td
          key={columns[index]?.key}
          className={best[index] ? "plumb-best" : value === null ? "plumb-quiet" : undefined}
          data-value={value ?? ""}
        >
          {value === null ? NO_VALUE : shown(value, decimals)}
          <span className="plumb-star">{best[index] && <Best />}</span>
        </td>
      ))}
    </tr>
  );
}

function Direction({ better }: { better: MetricInfo["better"] }) {
  return (
    <span className="plumb-quiet" title={DIRECTION[better].words}>
      <span aria-hidden="true">{DIRECTION[better].arrow}</span>
      <Hidden>({DIRECTION[better].words})</Hidden>
    </span>
  );
}

/** The mark of the best value: bold alone does not reach everyone. */
function Best() {
  return (
    <>
      <span aria-hidden="true">{"\u2605"}</span>
      <Hidden> best</Hidden>
    </>
  );
}
