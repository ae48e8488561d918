/** Plots of the runs of one block: nothing else could stand in one plot. */

import * as React from "react";
import { Select } from "./Select";
import { AgainstCard, DistanceCard, DistributionCard, GroupCard } from "./PlotCards";
import { isAgain, useColours } from "./colours";
import { blockOf, drawnOf, toggled, withPair } from "./chosen";
import { Dot } from "./Dot";
import type { Drawn } from "./figure-parts";
import type { BoardSettings } from "./settings";
import type { Showing } from "./ShowButton";
import type { Block, Board, LeaderboardCalls, Run, Told } from "./types";
import type { Change } from "./useBoardSettings";

export interface PlotsTabProps {
  calls: LeaderboardCalls;
  board: Board;
  metric: string;
  settings: Pick<BoardSettings, "grouping" | "block" | "pairs" | "hidden">;
  change: Change;
  select: (selecting: Promise<number | Told>) => void;
  unselect: () => void;
  showing: Showing;
}

export function PlotsTab({ calls, board, metric, settings, change, select, unselect, showing }: PlotsTabProps) {
  const colours = useColours();
  const { grouping, pairs, hidden } = settings;
  const blocks = board.blocks.filter((block) => block.images > 0);
  const block = blockOf(blocks, settings.block);
  if (!block) return <div className="plumb-message"><h2>Nothing to plot</h2><p>None of the evaluations has an image with a score.</p></div>;
  const by = block.metrics.find((one) => one.name === metric) ?? block.metrics[0];
  const all: Drawn[] = block.runs.map((run, index) => (
    { run, index, colour: colours[index % colours.length] as string, again: isAgain(index) }
  ));
  const shown = drawnOf(block, hidden);
  const drawn = all.filter(({ run }) => shown.includes(run.run));
  const measured = drawn.filter(({ run }) => by && by.name in run.values);
  const show = (key: string) => change({ block: blocks.find((one) => one.key === key)?.runs.map(({ run }) => run) ?? [] });
  const isLast = ({ run }: Run) => shown.length === 1 && shown[0] === run;
  const card = by && { calls, version: board.version, block, metric: by, select, unselect };
  return (
    <div role="tabpanel" aria-label="Plots">
      <div className="plumb-lb-bar">
        {blocks.length > 1 && (
          <Select name="lb-block" label="Runs of block" value={block.key} title={block.protocol} change={show}
            options={blocks.map((one) => ({ value: one.key, label: blockLabel(one) }))} />
        )}
        <span className="plumb-line" role="group" aria-label="Models in the plots" style={{ gap: "4px 14px" }}>
          {all.map(({ run, colour, again }) => (
            <label key={run.run} className="plumb-choice" title={isLast(run) ? "One model at least is drawn" : undefined}>
              <input type="checkbox" checked={shown.includes(run.run)} disabled={isLast(run)}
                data-plumb={`lb-draw-${run.run}`} onChange={() => change({ hidden: toggled(block, hidden, run.run) })} />
              <span><Dot colour={colour} again={again} />{run.name}</span>
            </label>
          ))}
        </span>
        {by && by.name !== metric && (
          <span data-plumb="lb-other-metric">Block {block.key} has no {metric}: its plots show {by.name}.</span>
        )}
        <span className="plumb-quiet">Click a bar or a point, or draw a box, to select its images in the grid.</span>
      </div>
      <div className="plumb-lb-plots">
        {card && (
          <>
            <DistributionCard {...card} drawn={measured} />
            <AgainstCard {...card} drawn={measured} showing={showing} pairs={pairs} compare={(pair) => change({ pairs: withPair(pairs, pair, block) })} />
            <DistanceCard {...card} drawn={drawn} />
            <GroupCard {...card} drawn={measured} groupings={board.groupings} grouping={grouping}
              choose={(path) => change({ grouping: path })} />
          </>
        )}
      </div>
    </div>
  );
}

/** Its letter, the name of its protocol, and the runs, for blocks may have the same protocol but for the alignment. */
function blockLabel({ key, protocol, runs }: Block): string {
  return `${key}: ${protocol.split(":", 1)[0]}, ${runs.map((run) => run.name).join(", ")}`;
}
