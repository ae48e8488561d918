/** The leaderboard panel: evaluations of the view's samples as tables and plots, and Plumb's queued operations. */

import { selectedSamples } from "@fiftyone/state";
import * as React from "react";
import { useRecoilValue } from "recoil";
import { useStyles } from "../ui/styles";
import { useLeaderboardCalls, type Addresses } from "./calls";
import { Jobs, useJobCalls, type JobAddresses } from "../jobs/Jobs";
import { count, metricHeader } from "../readout/format";
import { Empty } from "./Empty";
import { PlotsTab } from "./PlotsTab";
import { Select } from "./Select";
import type { Tab } from "./settings";
import type { Asked, Showing } from "./ShowButton";
import { useLeaderboardStyles } from "./styles";
import { allMetrics, counted } from "./table";
import { TableTab } from "./TableTab";
import { useBoard } from "./useBoard";
import { useBoardSettings } from "./useBoardSettings";
import type { Board, Told } from "./types";

export interface LeaderboardProps {
  /** What the Python half sets: `changed` differs after every change of the App's view. */
  data?: { changed?: string };
  schema: { view: Addresses & JobAddresses };
}

const TABS: readonly { tab: Tab; label: string }[] = [
  { tab: "table", label: "Table" }, { tab: "plots", label: "Plots" }, { tab: "jobs", label: "Jobs" },
];

const ABOUT_METRIC = "What the plots show, and by which images are the worst or differ most";

export function Leaderboard({ data, schema }: LeaderboardProps) {
  useStyles();
  useLeaderboardStyles();
  const calls = useLeaderboardCalls(schema.view);
  const jobs = useJobCalls(schema.view);
  const [settings, change] = useBoardSettings();
  const { tab, metric: chosen } = settings;
  const { board, problem, reading, refresh } = useBoard(calls, data?.changed);
  const picked = useRecoilValue(selectedSamples);
  const [told, setTold] = React.useState<Told | null>(null);
  const [failed, setFailed] = React.useState<string | null>(null);
  const metrics = board ? allMetrics(board.blocks) : [];
  const metric = metrics.some((one) => one.name === chosen) ? chosen : (metrics[0]?.name ?? "");
  const run = (work: Promise<unknown>) => {
    setFailed(null);
    work.catch((error: Error) => setFailed(error.message));
  };
  const select = (selecting: Promise<number | Told>) =>
    run(selecting.then((found) => setTold(typeof found === "number" ? null : found)));
  const unselect = () => run(calls.clear_selected());
  const [current, setCurrent] = React.useState<Showing["current"]>(null);
  const begin = (what: Showing["current"], work: Promise<unknown>) => {
    setCurrent(what);
    run(work.finally(() => setCurrent(null)));
  };
  const show = (asked: Asked) => {
    const [one, other] = asked.runs;
    begin(asked, other === undefined
      ? calls.show_worst({ run: one, metric: asked.metric })
      : calls.show_disagreeing({ runs: [one, other], metric: asked.metric }));
  };
  const showing = { current, show };
  // What the grid shows is told once.
  const words = told && areSelected(told.ids, picked) && told.told !== board?.shown ? told.told : "";
  const showSelected = () => begin("selected", calls.show_selected());
  const showAll = () => begin("back", calls.show_all());
  const nothing = board === null || (board && !board.blocks.length && !board.unread.length);
  return (
    <div className="plumb plumb-lb" data-plumb="leaderboard" aria-busy={reading}>
      <div className="plumb-lb-top">
        <div className="plumb-lb-bar">
          <span className="plumb-lb-tabs" role="tablist" aria-label="Leaderboard">
            {TABS.map((one) => (
              <button key={one.tab} type="button" role="tab" aria-selected={tab === one.tab} className="plumb-lb-tab"
                data-plumb={`lb-tab-${one.tab}`} onClick={() => change({ tab: one.tab })}>{one.label}</button>
            ))}
          </span>
          {metrics.length > 0 && tab !== "jobs" && (
            <Select name="lb-metric" label="Metric" value={metric} title={ABOUT_METRIC} change={(one) => change({ metric: one })}
              options={metrics.map((one) => ({ value: one.name, label: metricHeader(one) }))} />
          )}
          {board && tab !== "jobs" && <span className="plumb-quiet" data-plumb="lb-samples">{samplesOf(board)}</span>}
          <button type="button" className="plumb-button" style={{ marginLeft: "auto" }} data-plumb="lb-refresh" disabled={reading}
            title="Read the evaluations again; new ones are found by themselves within seconds" onClick={refresh}>
            {reading ? "Reading…" : "Refresh"}
          </button>
        </div>
        {picked.size > 0 && (
          <div className="plumb-lb-told" role="status" data-plumb="lb-picked">
            <span>{counted(picked.size, "sample")} selected in the grid{words ? `: ${words}` : ""}.</span>
            <button type="button" className="plumb-button plumb-framed" data-plumb="lb-show-selected" disabled={current !== null} onClick={showSelected}>
              Show only these
            </button>
            <button type="button" className="plumb-button" data-plumb="lb-clear-selected" onClick={unselect}>Clear</button>
          </div>
        )}
        {board?.shown && (
          <div className="plumb-lb-told" role="status" data-plumb="lb-shown">
            <span>The grid shows {board.shown}. The numbers here are still of {before(board)}.</span>
            <button type="button" className="plumb-button plumb-framed" data-plumb="lb-show-all" disabled={current !== null} onClick={showAll}>
              Back
            </button>
          </div>
        )}
      </div>
      {(problem ?? failed) && <div className="plumb-lb-told plumb-warning" role="alert" data-plumb="lb-problem">{problem ?? failed}</div>}
      <div role={tab === "jobs" ? "tabpanel" : undefined} aria-label={tab === "jobs" ? "Jobs" : undefined}>
        <Jobs calls={jobs} folded={tab !== "jobs"} />
      </div>
      {tab !== "jobs" && board === undefined && !problem && <div className="plumb-message"><p>Reading the evaluations…</p></div>}
      {tab !== "jobs" && nothing && <Empty board={board} />}
      {board && !nothing && tab === "table" && (
        <TableTab calls={calls} board={board} metric={metric} settings={settings} change={change} showing={showing} />
      )}
      {board && !nothing && tab === "plots" && (
        <PlotsTab calls={calls} board={board} metric={metric} settings={settings} change={change} select={select}
          unselect={unselect} showing={showing} />
      )}
    </div>
  );
}

/** Whether these and no others are selected: the user may have clicked on since. */
function areSelected(ids: readonly string[], selected: ReadonlyMap<string, unknown>): boolean {
  return ids.length === selected.size && ids.every((id) => selected.has(id));
}

/** The samples that were in view before others were shown. */
function before(board: Board): string {
  const these = counted(board.samples, board.counted);
  if (board.samples < board.of_samples) return `the ${these} of the view before`;
  return board.samples === 1 ? these : `all ${these}`;
}

function samplesOf(board: Board): string {
  const all = counted(board.of_samples, board.counted);
  if (board.samples < board.of_samples) return `${count(board.samples)} of ${all}: the current view`;
  return board.samples === 1 ? all : `all ${all}`;
}
