/** Plots of the runs of one block: nothing else could stand in one plot. */

import * as React from "react";
import { Select } from "./Select";
import { AgainstCard, DistanceCard, DistributionCard, GroupCard } from "./PlotCards";
import { isAgain, useColours } from "./colours";
import { Dot } from "./Dot";
import type { Drawn } from "./figure-parts";
import type { Showing } from "./ShowButton";
import type { Block, Board, LeaderboardCalls, Told } from "./types";
import type { Change } from "./useBoardSettings";

export interface PlotsTabProps {
  calls: LeaderboardCalls;
  board: Board;
  metric: string;
  /** The field by which samples are grouped, "" for the first that there is. */
  grouping: string;
  change: Change;
  select: (selecting: Promise<number | Told>) => void;
  unselect: () => void;
  showing: Showing;
}

export function PlotsTab({ calls, board, metric, grouping, change, select, unselect, showing }: PlotsTabProps) {
  const colours = useColours();
  const [key, setKey] = React.useState("");
  const [hidden, setHidden] = React.useState<readonly string[]>([]);
  const blocks = board.blocks.filter((block) => block.images > 0);
  const block = blocks.find((one) => one.key === key) ?? blocks[0];
  if (!block) return <div className="plumb-message"><h2>Nothing to plot</h2><p>None of the evaluations has an image with a score.</p></div>;
  const by = block.metrics.find((one) => one.name === metric) ?? block.metrics[0];
  const all: Drawn[] = block.runs.map((run, index) => (
    { run, index, colour: colours[index % colours.length] as string, again: isAgain(index) }
  ));
  const shown = all.filter(({ run }) => !hidden.includes(run.run));
  const drawn = shown.length ? shown : all;
  const measured = drawn.filter(({ run }) => by && by.name in run.values);
  const toggle = (run: string) => setHidden(hidden.includes(run) ? hidden.filter((one) => one !== run) : [...hidden, run]);
  const card = by && { calls, version: board.version, block, metric: by, select, unselect };
  return (
    <div role="tabpanel" aria-label="Plots">
      <div className="plumb-lb-bar">
        {blocks.length > 1 && (
          <Select name="lb-block" label="Runs of block" value={block.key} change={setKey}
            options={blocks.map((one) => ({ value: one.key, label: blockLabel(one) }))} />
        )}
        <span className="plumb-line" role="group" aria-label="Models in the plots" style={{ gap: "4px 14px" }}>
          {all.map(({ run, colour, again }) => (
            <label key={run.run} className="plumb-choice">
              <input type="checkbox" checked={drawn.some((one) => one.run === run)} data-plumb={`lb-draw-${run.run}`}
                onChange={() => toggle(run.run)} />
              <span><Dot colour={colour} again={again} />{run.name}</span>
            </label>
          ))}
        </span>
        <span className="plumb-quiet">Click a bar or a point, or draw a box, to select its images in the grid.</span>
      </div>
      <div className="plumb-lb-plots">
        {card && (
          <>
            <DistributionCard {...card} drawn={measured} />
            <AgainstCard {...card} drawn={measured} showing={showing} />
            <DistanceCard {...card} drawn={drawn} />
            <GroupCard {...card} drawn={measured} groupings={board.groupings} grouping={grouping}
              choose={(path) => change({ grouping: path })} />
          </>
        )}
      </div>
    </div>
  );
}

/** Its letter, and the words of its protocol that come first. */
function blockLabel(block: Block): string {
  const names = block.runs.map((run) => run.name).join(", ");
  return `${block.key}: ${names}`;
}
