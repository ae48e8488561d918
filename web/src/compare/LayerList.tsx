/** The layers of the sample: what is shown, how strongly, in which colours. */

import * as React from "react";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { shownLayers } from "../state/settings";
import { useStore, type Store } from "../state/store";
import type { Settings } from "../types";
import { hiddenIn } from "../view/scene";
import { LayerRow, type HiddenBy } from "./LayerRow";
import { activeLayer, rowsOf, type Row } from "./rows";

export interface LayerListProps {
  store: Store<CompareState>;
  actions: CompareActions;
}

export function LayerList({ store, actions }: LayerListProps) {
  const sample = useStore(store, (state) => state.sample);
  const active = useStore(store, (state) => activeLayer(state)?.id ?? null);
  const settings = useStore(store, (state) => state.settings);
  const rows = React.useMemo(() => rowsOf(sample?.layers ?? []), [sample]);
  const hiddenBy = React.useMemo(() => (sample ? hiddenLayers(sample, settings) : {}), [sample, settings]);
  if (!sample) return null;
  return (
    <div className="plumb-layers" role="group" aria-label="Layers" data-plumb="layers">
      {rows.map((row, index) => (
        <React.Fragment key={row.layer.id}>
          {titleOf(row, rows[index - 1], sample.truth)}
          <LayerRow row={row} hiddenBy={hiddenBy} sample={sample} active={active} store={store} actions={actions} />
        </React.Fragment>
      ))}
    </div>
  );
}

/** Only in an overlay layers lie over one another. */
function hiddenLayers(sample: SampleView, settings: Settings): HiddenBy {
  if (settings.arrangement !== "overlay") return {};
  const hidden = hiddenIn(sample, { layers: shownLayers(settings, sample.layers) }, settings);
  return Object.fromEntries([...hidden].map(([layer, by]) => [layer.id, by.label]));
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
