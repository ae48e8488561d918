/** Samples x models at a glance: a scrolling sheet of tiles, sorted by any metric, worst first. */

import * as React from "react";
import type { CompareCalls, DatasetInfo, SampleRecord } from "../contract";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { useStore, type Store } from "../state/store";
import { remember, remembered, stillThere, type Choice } from "./choice";
import { columnsOf, protocolLine } from "./columns";
import { barsOf } from "./legend";
import { evaluationOf } from "./order";
import { SheetGrid } from "./SheetGrid";
import { useSheetStyles } from "./styles";
import { SheetToolbar } from "./SheetToolbar";
import { summaryOf } from "./summary";
import { useRanges } from "./useRanges";
import { useRows } from "./useRows";
import { useSamples } from "./useSamples";
import type { RowWindow } from "./window";

export interface ContactSheetProps {
  readonly store: Store<CompareState>;
  readonly actions: CompareActions;
  readonly calls: CompareCalls;
  /** Reads the files of a record. */
  readonly open: (record: SampleRecord) => Promise<SampleView>;
}

export function ContactSheet(props: ContactSheetProps) {
  useSheetStyles();
  const info = useStore(props.store, (state) => state.info);
  return info && <Sheet key={info.dataset} {...props} info={info} />;
}

function Sheet({ store, actions, calls, open, info }: ContactSheetProps & { info: DatasetInfo }) {
  const ids = useStore(store, (state) => state.ids);
  const settings = useStore(store, (state) => state.settings);
  const [memory] = React.useState(() => remembered(store, info, settings));
  const [chosen, setChosen] = React.useState(memory.choice);
  const [visible, setVisible] = React.useState<RowWindow>({ first: 0, end: 0 });
  const choice = stillThere(chosen, info, settings);
  const columns = React.useMemo(() => columnsOf(info, settings), [info, settings]);
  const { rows, sorting, problem } = useRows(ids, info, choice, calls);
  const [loader, arrived] = useSamples(calls, open, rows, visible, JSON.stringify([settings.evalKey, settings.truth]));
  const inSight = rows.slice(visible.first, visible.end).map(({ id }) => loader.get(id));
  const samples = inSight.flatMap((row) => row?.sample ?? []);
  const complete = inSight.length > 0 && inSight.every((row) => row !== undefined);
  const [shared, findAnew] = useRanges(samples, complete && !sorting, settings, JSON.stringify([choice.order, choice.key]));

  const change = (to: Choice) => {
    const evaluation = to.key && evaluationOf(info, to.key.run);
    // The numbers below a tile and the metres that it shows are of one evaluation.
    if (evaluation && to.key?.run !== choice.key?.run) actions.change({ evalKey: evaluation.eval_key, truth: evaluation.truth });
    setChosen(to);
    remember(store, { choice: to });
  };
  const openRow = (row: number) => {
    const id = rows[row]?.id;
    if (id === undefined) return;
    actions.go({ id });
    actions.showSheet(false);
  };
  return (
    <section className="plumb-sheet" aria-label="Contact sheet" data-plumb="sheet" data-ground>
      <SheetToolbar
        info={info}
        choice={choice}
        change={change}
        bars={barsOf(samples, columns, choice.show, shared)}
        anew={settings.range.mode === "robust" || settings.errorRange.mode === "robust" ? findAnew : null}
      />
      <div className="plumb-sheet-says plumb-quiet" aria-live="polite" data-plumb="sheet-summary">
        {problem ? <div role="alert">{`Not sorted: ${problem}`}</div> : <div>{summaryOf(info, rows, choice, sorting)}</div>}
        {choice.key && <div data-plumb="sheet-protocol">{protocolLine(info, columns, choice.key)}.</div>}
      </div>
      <SheetGrid
        info={info}
        rows={rows}
        columns={columns}
        choice={choice}
        sorting={sorting}
        loader={loader}
        arrived={arrived}
        settings={shared}
        place={memory.place}
        see={setVisible}
        openRow={openRow}
        leave={(place) => remember(store, { place })}
      />
    </section>
  );
}
