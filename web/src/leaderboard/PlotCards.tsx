/** One card for each plot: what it shows, and which samples stand behind what is clicked. */

import * as React from "react";
import { metricHeader } from "../readout/format";
import { changed, pairOf, type Pair } from "./chosen";
import { distanceFigure, distancesOf, unknowing } from "./distance";
import { Dot } from "./Dot";
import { label, type Drawn, type Figure, type Picked } from "./figure-parts";
import { againstFigure, beyond, binsOf, distributionFigure, groupBarsOf, groupFigure, verdict } from "./figures";
import { Plot } from "./Plot";
import { Select } from "./Select";
import { ShowButton, type Showing } from "./ShowButton";
import { atMost, counted, SHOWN, valued } from "./table";
import type { Block, LeaderboardCalls, RankedMetric, Told } from "./types";
import { useAnswer } from "./useBoard";

export interface CardProps {
  calls: LeaderboardCalls;
  /** Of the board; a new one makes every card ask anew. */
  version: string;
  block: Block;
  /** The runs of the block that are drawn, at least one. */
  drawn: readonly Drawn[];
  metric: RankedMetric;
  /** Follows a method that selects samples. */
  select: (selecting: Promise<number | Told>) => void;
  unselect: () => void;
}

export function DistributionCard({ calls, version, block, drawn, metric, select, unselect }: CardProps) {
  const runs = drawn.map((one) => one.run.run);
  const key = [version, metric.name, ...runs].join(" ");
  const { answer, problem } = useAnswer(key, () => calls.distribution({ runs, metric: metric.name }));
  const figure = useFigure(answer, key, drawn, (found) => distributionFigure(found, drawn, metric));
  const pick = (picked: Picked[]) => {
    const bins = answer ? binsOf(picked, answer, drawn) : [];
    if (bins.length) select(calls.select_bins({ metric: metric.name, bins }));
  };
  return (
    <Card name="distribution" title={`${metricHeader(metric)} over the images`} figure={figure} problem={problem} block={block}
      legend={drawn} note={answer ? beyond(answer) : ""} pick={pick} unpick={unselect} />
  );
}

export function DistanceCard({ calls, version, block, drawn, select, unselect }: CardProps) {
  const runs = drawn.map((one) => one.run.run);
  const key = [version, ...runs].join(" ");
  const { answer, problem } = useAnswer(key, () => calls.by_distance({ runs }));
  const known = answer?.some((one) => one.bands.length) ?? true;
  const figure = useFigure(known ? answer : null, key, drawn, (found) => distanceFigure(found, drawn));
  const selects = answer?.some((one) => one.selects) ?? false;
  const pick = (picked: Picked[]) => {
    const points = answer ? distancesOf(picked, answer, drawn) : [];
    if (points.length) select(calls.select_distances({ points }));
  };
  return (
    <Card name="distance" title="Error by distance" figure={figure} block={block}
      legend={drawn} problem={known ? problem : NO_DISTANCES} pick={selects ? pick : undefined} unpick={unselect}
      note={<>
        Pixels of all images pooled.{selects && ` A point or bar selects the images that make most of it, at most ${SHOWN}.`}
        {answer && unknowing(answer, drawn) && <div className="plumb-warning" data-plumb="lb-unknowing">{unknowing(answer, drawn)}</div>}
      </>} />
  );
}

const NO_DISTANCES = "There are no errors by distance here. A protocol in 8 bit has none, for it knows no metres. Else these "
  + "were evaluated by an earlier version of Plumb, which knew them only of all images together: evaluate them again.";

export interface GroupCardProps extends CardProps {
  groupings: readonly string[];
  /** The one that was chosen, which may not be among them any more. */
  grouping: string;
  choose: (grouping: string) => void;
}

export function GroupCard({ calls, version, block, drawn, metric, groupings, grouping, choose, select, unselect }: GroupCardProps) {
  const path = groupings.includes(grouping) ? grouping : (groupings[0] ?? "");
  const runs = drawn.map((one) => one.run.run);
  const key = path ? [version, metric.name, path, ...runs].join(" ") : null;
  const { answer, problem } = useAnswer(key, () => calls.by_group({ runs, metric: metric.name, path }));
  const figure = useFigure(answer, key, drawn, (found) => groupFigure(found, drawn, metric, path));
  const pick = (picked: Picked[]) => {
    const bars = answer ? groupBarsOf(picked, answer, drawn, metric) : [];
    if (bars.length) select(calls.select_groups({ metric: metric.name, path, bars }));
  };
  const left = answer?.left_out ? `${counted(answer.left_out, "smaller group")} left out.` : "";
  return (
    <Card name="groups" title={`${metricHeader(metric)} by`} figure={figure} block={block} legend={drawn} note={left} pick={pick} unpick={unselect}
      problem={path ? problem : "The dataset has no labels, words or tags to group its samples by."}>
      {path && <Select name="lb-grouping" label="Group by" quiet value={path} change={choose}
        options={groupings.map((one) => ({ value: one, label: one }))} />}
    </Card>
  );
}

export interface AgainstCardProps extends CardProps {
  showing: Showing;
  /** The pairs that were chosen, and another choice. */
  pairs: readonly Pair[];
  compare: (pair: Pair) => void;
}

export function AgainstCard({ calls, version, block, drawn, metric, select, unselect, showing, pairs, compare }: AgainstCardProps) {
  const runs = pairOf(pairs, drawn.map((one) => one.run.run)) ?? (["", ""] as const);
  const [a, b] = runs.map((run) => drawn.find((one) => one.run.run === run));
  const key = a && b ? [version, metric.name, ...runs].join(" ") : null;
  const { answer, problem } = useAnswer(key, () => calls.against({ runs, metric: metric.name }));
  const figure = useFigure(answer, key, drawn, (found) => (a && b ? againstFigure(found, a, b, metric) : null));
  const pick = (picked: Picked[]) => {
    const ids = picked.flatMap(({ point }) => answer?.ids[point] ?? []);
    if (ids.length) select(calls.select_samples({ ids }));
  };
  const options = drawn.map((one) => ({ value: one.run.run, label: one.run.name }));
  const measured = block.runs.filter((run) => metric.name in run.values).length;
  return (
    <Card name="against" title={`${metricHeader(metric)} of each image`} figure={figure} block={block} pick={pick} unpick={unselect}
      problem={a && b ? problem : measured > 1 ? OTHERS_HIDDEN : NO_OTHERS}
      note={a && b && answer ? verdict(answer, a.run, b.run, metric) : ""}>
      {a && b && (
        <>
          <Select name="lb-against-first" label="Upwards" quiet value={runs[0]} options={options}
            change={(run) => compare(changed(runs, 0, run))} />
          <span className="plumb-quiet">against</span>
          <Select name="lb-against-second" label="To the right" quiet value={runs[1]} options={options}
            change={(run) => compare(changed(runs, 1, run))} />
          <ShowButton showing={showing} asked={{ runs, metric: metric.name }} className="plumb-link" name="lb-against-disagree">
            {differing(atMost(Math.min(valued(a.run, metric), valued(b.run, metric))))}
          </ShowButton>
        </>
      )}
    </Card>
  );
}

const NO_OTHERS = "One model alone: evaluate a second one by the same protocol to see them image by image.";
const OTHERS_HIDDEN = "One model alone is drawn: tick a second one at the top to see them image by image.";

function differing(many: number): string {
  return many === 1 ? "show this image" : `show the ${many} that differ most`;
}

interface CardFrameProps {
  name: string;
  title: string;
  figure: Figure | null;
  problem: string | null;
  block: Block;
  /** The runs that are drawn; none where the plot names them itself. */
  legend?: readonly Drawn[];
  note: React.ReactNode;
  pick?: (picked: Picked[]) => void;
  unpick?: () => void;
  children?: React.ReactNode;
}

/** A plot with its title above, and what its numbers are below. */
function Card({ name, title, figure, problem, block, legend = [], note, pick, unpick, children }: CardFrameProps) {
  return (
    <figure className="plumb-lb-card" style={{ margin: 0 }} data-plumb={`lb-card-${name}`}>
      <header>
        <h3>{title}</h3>{children}
        {figure && !problem && legend.length > 0 && (
          <span className="plumb-lb-legend">
            {legend.map(({ run, colour, again }) => (
              <span key={run.run} className="plumb-cut" title={label(run)}><Dot colour={colour} again={again} />{run.name}</span>
            ))}
          </span>
        )}
      </header>
      {figure && !problem
        ? <Plot figure={figure} name={`lb-plot-${name}`} label={`${title}, a plot`} pick={pick} unpick={unpick} />
        : <div className="plumb-lb-plot plumb-lb-empty">{problem ?? "Drawing…"}</div>}
      <figcaption>
        {note && <div>{note}</div>}
        {block.protocol}; ground truth in {block.truth}; the alignment takes {block.taken} from it.
      </figcaption>
    </figure>
  );
}

/** A figure that stays the same object until its key or its colours change: Plotly draws anew for every new one. */
function useFigure<T>(
  answer: T | null, key: string | null, drawn: readonly Drawn[], draw: (answer: T) => Figure | null,
): Figure | null {
  const colours = drawn.map((one) => one.colour).join(" ");
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return React.useMemo(() => (answer === null ? null : draw(answer)), [answer, key, colours]);
}
