/** Metrics down, models across: the table of a sample's stored scores and of a box's. */

import * as React from "react";
import type { MetricInfo } from "../contract";
import { count, decimalsOf, DIRECTION, metricHeader, NO_VALUE, shown } from "./format";
import { bestOf } from "./scores";
import { Hidden } from "./style";

export interface MetricColumn {
  readonly key: string;
  readonly label: string;
  /** By metric; null where nothing could be scored. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** What is said of a column below the table, where it may be long. */
export interface Remark {
  readonly key: string;
  readonly label: string;
  readonly text: string;
  /** A warning, null for none. */
  readonly warning: string | null;
}

interface MetricTableProps {
  /** The beginning of every row's `data-plumb`. */
  readonly name: string;
  readonly columns: readonly MetricColumn[];
  readonly metrics: readonly MetricInfo[];
  /** How many pixels were scored, one a column. */
  readonly pixels: readonly (number | null)[];
  readonly remarks: readonly Remark[];
  /** Whether the best of each row is marked: only where the columns can be compared. */
  readonly ranked: boolean;
  /** By which rules the numbers are. */
  readonly rules: string;
}

export function MetricTable({ name, columns, metrics, pixels, remarks, ranked, rules }: MetricTableProps) {
  const id = React.useId();
  return (
    <div>
      <div className="plumb-scroll">
        <table aria-describedby={id}>
          <thead>
            <tr>
              <th scope="col">
                <Hidden>metric</Hidden>
              </th>
              {columns.map(({ key, label }) => (
                <th key={key} scope="col" className="plumb-head">
                  {label}
                  <span className="plumb-star" />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric) => (
              <MetricRow key={metric.name} name={name} metric={metric} columns={columns} ranked={ranked} />
            ))}
            <tr data-plumb={`${name}:pixels`}>
              <th scope="row">pixels scored</th>
              {pixels.map((n, index) => (
                <td key={columns[index]?.key} data-value={n ?? ""}>
                  {n ? count(n) : "none"}
                  <span className="plumb-star" />
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      <div id={id} className="plumb-quiet" data-plumb={`${name}-rules`}>
        <p>{rules}</p>
        {remarks.map(({ key, label, text, warning }) => (
          <p key={key} data-plumb={`${name}-remark`}>
            <strong>{label}</strong>: {text}
            {warning && <span className="plumb-warning">. {warning}</span>}
          </p>
        ))}
      </div>
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
        {metricHeader(metric)} <Direction better={metric.better} />
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
