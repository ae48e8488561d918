/** The layers of the sample: what is shown, how strongly, in which colours. */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import { useStore, type Store } from "../state/store";
import { LayerRow } from "./LayerRow";
import { activeLayer, rowsOf, type Row } from "./rows";

export interface LayerListProps {
  store: Store<CompareState>;
  actions: CompareActions;
}

export function LayerList({ store, actions }: LayerListProps) {
  const sample = useStore(store, (state) => state.sample);
  const active = useStore(store, (state) => activeLayer(state)?.id ?? null);
  const rows = React.useMemo(() => rowsOf(sample?.layers ?? []), [sample]);
  if (!sample) return null;
  return (
    <div className="plumb-layers" role="group" aria-label="Layers" data-plumb="layers">
      {rows.map((row, index) => (
        <React.Fragment key={row.layer.id}>
          {titleOf(row, rows[index - 1], sample.truth)}
          <LayerRow row={row} sample={sample} active={active} store={store} actions={actions} />
        </React.Fragment>
      ))}
    </div>
  );
}

/** A heading where another sort of layers begins. */
function titleOf(row: Row, before: Row | undefined, truth: string | null): React.ReactNode {
  const sort = sortOf(row, truth);
  return sort !== null && (!before || sortOf(before, truth) !== sort) ? <h3>{sort}</h3> : null;
}

function sortOf({ layer }: Row, truth: string | null): string | null {
  if (layer.kind === "picture" || layer.kind === "valid") return null;
  if (layer.kind === "uncertainty") return "Uncertainty";
  return layer.field === truth ? "Ground truth" : "Predictions";
}
