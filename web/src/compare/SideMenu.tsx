/** The choice of the layer on one side of a swipe: the browser's own menu, over the name at the divider. */

import * as React from "react";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { shownLayers } from "../state/settings";
import { useStore, type Store } from "../state/store";
import { withSide, type Side } from "../view/sides";
import { problemOf } from "./rows";

interface SideMenuProps {
  store: Store<CompareState>;
  actions: CompareActions;
  sample: SampleView;
  side: Side;
  /** Id of the layer that is there. */
  current: string;
}

export function SideMenu({ store, actions, sample, side, current }: SideMenuProps) {
  const settings = useStore(store, (state) => state.settings);
  const layers = shownLayers(settings, sample.layers).filter((layer) => problemOf(layer, sample) === null);
  return (
    <select
      className="plumb-side-menu"
      value={current}
      aria-label={`Layer on the ${side} of the divider`}
      title={`Another layer on the ${side}`}
      data-plumb={`swipe-${side}`}
      // The stage below would begin to move the picture.
      onPointerDown={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onChange={(event) => actions.change({ sides: withSide(settings, layers, side, event.target.value) })}
    >
      {layers.map((layer) => (
        <option key={layer.id} value={layer.id}>
          {layer.label}
        </option>
      ))}
    </select>
  );
}
