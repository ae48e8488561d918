/** The table of a block: its runs down, its metrics across, with what makes them comparable above. */

import * as React from "react";
import { count, metricHeader } from "../readout/format";
import { changed, pairOf, type Pair } from "./chosen";
import { isAgain, useColours } from "./colours";
import { Dot } from "./Dot";
import { Select } from "./Select";
import { ShowButton, type Showing } from "./ShowButton";
import { atMost, cells, counted, firstInWords, nextSorting, sorted, valued, visibleMetrics, type Cell, type SortKey, type Sorting } from "./table";
import type { Block, RankedMetric, Run } from "./types";

export interface BlockTableProps {
  block: Block;
  /** Metrics to show, null for the usual ones. */
  chosen: readonly string[] | null;
  sorting: Sorting | null;
  sort: (sorting: Sorting) => void;
  /** The metric by which samples are the worst. */
  metric: string;
  showing: Showing;
  /** The pairs that were chosen to be compared, and another choice. */
  pairs: readonly Pair[];
  compare: (pair: Pair) => void;
}

export function BlockTable({ block, chosen, sorting, sort, metric, showing, pairs, compare }: BlockTableProps) {
  const metrics = visibleMetrics(block, chosen);
  const runs = sorted(block, sorting);
  const colours = useColours();
  const columns = metrics.map((one) => cells(one, runs));
  const by = block.metrics.find((one) => one.name === metric) ?? block.metrics[0];
  const head = (key: SortKey, words: boolean, text: string, title: string) => (
    <ColumnHead key={key} sorting={sorting} sortKey={key} words={words} text={text} title={title} sort={sort} />
  );
  return (
    <section className="plumb-lb-block" aria-label={`Block ${block.key}`} data-plumb={`lb-block-${block.key}`}>
      <BlockHead block={block} />
      <div className="plumb-lb-scroll">
        <table>
          <thead>
            <tr>
              {head("name", true, "model", "Prediction field, and the evaluation's own name in brackets")}
              {head("alignment", true, "alignment", "How predictions were brought to metres; what is asked for is part of the protocol")}
              {head("images", false, "images", "Images scored")}
              {metrics.map((one) => head(`metric:${one.name}`, false, `${metricHeader(one)} ${one.better === "lower" ? "↓" : "↑"}`,
                `${one.description}; ${one.better} is better. Mean over images, its 95 % bootstrap interval below`))}
            </tr>
          </thead>
          <tbody>
            {runs.map((run, row) => (
              <tr key={run.run} data-plumb={`lb-run-${run.run}`}>
                <td className="plumb-lb-name">
                  <RunName run={run} place={block.runs.indexOf(run)} colours={colours} />
                  {by && valued(run, by) > 0 && (
                    <span className="plumb-lb-under plumb-lb-indent">
                      <ShowButton showing={showing} asked={{ runs: [run.run], metric: by.name }} className="plumb-link" name={`lb-worst-${run.run}`}
                        title={`Show the ${counted(atMost(valued(run, by)), "image")} with the worst ${by.name} of ${run.name} in the grid, the worst first`}>
                        {atMost(valued(run, by))} worst by {by.name}
                      </ShowButton>
                    </span>
                  )}
                </td>
                <td className="plumb-lb-words">{run.alignment ?? "–"}<Flipped run={run} /></td>
                <td><Counts run={run} /></td>
                {columns.map((column, index) => <MetricCell key={index} metric={metrics[index] as RankedMetric} cell={column[row] as Cell} />)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {by && block.images > 0 && <Disagreeing block={block} metric={by} showing={showing} pairs={pairs} compare={compare} />}
    </section>
  );
}

/** Long names break behind their underscores; by itself a browser would break them nowhere, or anywhere. */
function RunName({ run, place, colours }: { run: Run; place: number; colours: readonly string[] }) {
  return (
    <span className="plumb-lb-named">
      <Dot colour={colours[place % colours.length] as string} again={isAgain(place)} />
      <span>{run.name.split("_").map((part, index) => <React.Fragment key={index}>{index > 0 && <>_<wbr /></>}{part}</React.Fragment>)}</span>
    </span>
  );
}

function BlockHead({ block }: { block: Block }) {
  return (
    <div className="plumb-lb-head">
      <h2>Block {block.key}</h2>{" "}
      <span data-plumb="lb-protocol">{block.protocol}</span>
      <p className="plumb-quiet">
        Ground truth in {block.truth}; the alignment takes {block.taken} from it; {counted(block.images, "image")} scored.
      </p>
      {block.apart && <p className="plumb-lb-apart" data-plumb="lb-apart">{sentence(block.apart)}</p>}
      {block.unranked && <p className="plumb-lb-apart" data-plumb="lb-unranked">{sentence(block.unranked)}</p>}
    </div>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

interface ColumnHeadProps {
  sortKey: SortKey;
  text: string;
  title: string;
  words: boolean;
  sorting: Sorting | null;
  sort: (sorting: Sorting) => void;
}

function ColumnHead({ sortKey, text, title, words, sorting, sort }: ColumnHeadProps) {
  const on = sorting?.key === sortKey;
  return (
    <th scope="col" className={words ? "plumb-lb-words" : undefined} aria-sort={on ? (sorting.bestFirst ? "ascending" : "descending") : undefined}>
      <button type="button" title={title} data-plumb={`lb-sort-${sortKey}`} onClick={() => sort(nextSorting(sorting, sortKey))}>
        {on && <span className="plumb-lb-mark" aria-hidden="true">{firstInWords(sorting)}</span>}
        {text}
      </button>
    </th>
  );
}

function MetricCell({ metric, cell }: { metric: RankedMetric; cell: Cell }) {
  return (
    <td data-plumb={`lb-cell-${metric.name}`} data-best={cell.best || undefined}>
      {cell.best ? <strong className="plumb-lb-best" title="The best of this block">{cell.mean}</strong> : cell.mean}
      {cell.interval && <span className="plumb-lb-under">{cell.interval}</span>}
      {cell.fewer && <span className="plumb-lb-under">{cell.fewer}</span>}
    </td>
  );
}

function Counts({ run }: { run: Run }) {
  const reasons = Object.entries(run.reasons).map(([reason, images]) => `${reason} (${count(images)})`);
  const told = [
    run.unscored ? `${count(run.unscored)} not scored` : "",
    run.on_filled ? `${count(run.on_filled)} on filled depth` : "",
  ].filter(Boolean);
  return (
    <>
      {count(run.scored)}
      {told.map((one) => <span key={one} className="plumb-lb-under" title={reasons.join("; ")}>{one}</span>)}
      {run.scored === 0 && reasons[0] && <span className="plumb-lb-under">{reasons[0]}</span>}
    </>
  );
}

function Flipped({ run }: { run: Run }) {
  if (!run.flipped) return null;
  return <span className="plumb-lb-under plumb-warning" title="The scale that was found is not positive">{counted(run.flipped, "image")} with near and far swapped</span>;
}

interface DisagreeingProps extends Pick<BlockTableProps, "block" | "showing" | "pairs" | "compare"> {
  metric: RankedMetric;
}

/** Where two models of a block differ most. */
function Disagreeing({ block, metric, showing, pairs, compare }: DisagreeingProps) {
  const pair = pairOf(pairs, block.runs.map((run) => run.run));
  if (!pair) return null;
  const options = block.runs.map((run) => ({ value: run.run, label: run.name }));
  const many = Math.min(...pair.map((of) => valued(block.runs.find((run) => run.run === of), metric)));
  return (
    <div className="plumb-lb-bar plumb-lb-foot">
      <Select name={`lb-first-${block.key}`} label="Where" value={pair[0]} options={options}
        change={(run) => compare(changed(pair, 0, run))} />
      <Select name={`lb-second-${block.key}`} label="and" value={pair[1]} options={options}
        change={(run) => compare(changed(pair, 1, run))} />
      <span className="plumb-quiet">differ most in {metricHeader(metric)}:</span>
      <ShowButton showing={showing} asked={{ runs: pair, metric: metric.name }} className="plumb-button plumb-framed"
        name={`lb-disagree-${block.key}`}>
        Show {counted(atMost(many), "image")}
      </ShowButton>
    </div>
  );
}
