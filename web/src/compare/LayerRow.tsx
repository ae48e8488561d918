/** One layer's row, and below a prediction the rows of its errors that are on. */

import * as React from "react";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { layerSettings } from "../state/settings";
import { useStore, type Store } from "../state/store";
import type { Layer } from "../types";
import { ColormapMenu } from "./ColormapMenu";
import { putBeside } from "./keys";
import { coloured, detailOf, ERRORS, placeProblem, problemOf, switchLayer, type Row } from "./rows";

interface Tools {
  sample: SampleView;
  /** Id of the active layer. */
  active: string | null;
  store: Store<CompareState>;
  actions: CompareActions;
}

/** By the id of a layer: the name of the one that covers it wholly. */
export type HiddenBy = Readonly<Record<string, string>>;

export function LayerRow({ row, hiddenBy, ...tools }: Tools & { row: Row; hiddenBy: HiddenBy }) {
  const { layer, errors } = row;
  return (
    <>
      <SingleRow
        {...{ layer, errors, number: row.number, hidden: hiddenBy[layer.id] }}
        {...tools}
        active={tools.active === layer.id}
      />
      {errors.map((error) => (
        <ErrorRow
          key={error.id}
          {...{ layer: error, hidden: hiddenBy[error.id] }}
          {...tools}
          active={tools.active === error.id}
        />
      ))}
    </>
  );
}

interface SingleProps extends Omit<Tools, "active"> {
  layer: Layer;
  number: number | null;
  errors: readonly Layer[];
  active: boolean;
  hidden: string | undefined;
}

const SingleRow = React.memo(function SingleRow({
  layer,
  number,
  errors,
  sample,
  active,
  hidden,
  store,
  actions,
}: SingleProps) {
  const on = useStore(store, (state) => layerSettings(state.settings, layer, sample.layers).on);
  const problem = problemOf(layer, sample);
  const detail = useStore(store, (state) => detailOf(layer, sample, state.settings));
  return (
    <div
      className="plumb-row"
      data-plumb={`layer-${layer.id}`}
      data-active={active}
      data-on={on}
      onClick={() => actions.activate(layer.id)}
    >
      <span className="plumb-key" title={number === null ? undefined : `Key ${number} switches this layer`}>
        {number ?? "·"}
      </span>
      <Switch layer={layer} on={on} store={store} actions={actions} />
      <Label layer={layer} active={active} actions={actions} />
      {problem === null && <Controls layer={layer} sample={sample} store={store} actions={actions} />}
      {(problem ?? detail) && (
        <div
          className={`plumb-under ${problem ? "plumb-warning" : "plumb-quiet plumb-detail"}`}
          title={problem ? undefined : detail}
          data-plumb={`${problem ? "problem" : "detail"}-${layer.id}`}
        >
          {problem ?? detail}
        </div>
      )}
      <NoPlace layer={layer} sample={sample} store={store} actions={actions} />
      <Hidden layer={layer} by={hidden} />
      {errors.length > 0 && problem === null && (
        <div className="plumb-under plumb-chips" role="group" aria-label={`Errors of ${layer.label}`}>
          <span className="plumb-quiet">errors</span>
          {errors.map((error) => (
            <Chip key={error.id} layer={error} sample={sample} store={store} actions={actions} />
          ))}
        </div>
      )}
    </div>
  );
});

const ErrorRow = React.memo(function ErrorRow({
  layer,
  sample,
  active,
  hidden,
  store,
  actions,
}: Omit<SingleProps, "number" | "errors">) {
  const on = useStore(store, (state) => layerSettings(state.settings, layer, sample.layers).on);
  if (!on || problemOf(layer, sample) !== null) return null;
  return (
    <div
      className="plumb-row plumb-error"
      data-plumb={`layer-${layer.id}`}
      data-active={active}
      data-on
      onClick={() => actions.activate(layer.id)}
    >
      <span className="plumb-quiet">{ERRORS[layer.kind]?.short}</span>
      <Switch layer={layer} on store={store} actions={actions} />
      <Label layer={layer} text={ERRORS[layer.kind]?.name} active={active} actions={actions} />
      <Controls layer={layer} sample={sample} store={store} actions={actions} />
      <NoPlace layer={layer} sample={sample} store={store} actions={actions} />
      <Hidden layer={layer} by={hidden} />
    </div>
  );
});

/** That a layer is on but not seen, and where it would be. */
function NoPlace({ layer, sample, store, actions }: OneProps) {
  const problem = useStore(store, (state) => placeProblem(layer, state.settings, sample));
  const swipes = useStore(store, (state) => state.settings.arrangement === "swipe");
  if (problem === null) return null;
  return (
    <div className="plumb-under plumb-quiet plumb-chips" data-plumb={`no-place-${layer.id}`}>
      {problem}
      {swipes &&
        (["left", "right"] as const).map((side) => (
          <button
            key={side}
            type="button"
            className="plumb-chip"
            aria-label={`Show ${layer.label} on the ${side}`}
            title={`Show it on the ${side} of the divider (${side === "left" ? "<" : ">"})`}
            data-plumb={`to-${side}-${layer.id}`}
            onClick={() => putBeside(store.get(), actions, layer, side)}
          >
            {side}
          </button>
        ))}
    </div>
  );
}

/** That a layer lies below another that lets nothing of it through. */
function Hidden({ layer, by }: { layer: Layer; by: string | undefined }) {
  if (by === undefined) return null;
  return (
    <div className="plumb-under plumb-quiet" data-plumb={`hidden-${layer.id}`}>
      covered by {by}
    </div>
  );
}

function Switch({ layer, on, store, actions }: Omit<OneProps, "sample"> & { on: boolean }) {
  return (
    <input
      type="checkbox"
      checked={on}
      aria-label={`Show ${layer.label}`}
      data-plumb={`on-${layer.id}`}
      onClick={(event) => event.stopPropagation()}
      onChange={(event) => switchLayer(store.get(), actions, layer, event.target.checked)}
    />
  );
}

function Label({
  layer,
  text = layer.label,
  active,
  actions,
}: {
  layer: Layer;
  text?: string;
  active: boolean;
  actions: CompareActions;
}) {
  return (
    <button
      type="button"
      className="plumb-label plumb-cut"
      title={`${layer.label}: make it the layer that keys change`}
      aria-pressed={active}
      data-plumb={`activate-${layer.id}`}
      onClick={() => actions.activate(layer.id)}
    >
      {text}
    </button>
  );
}

interface OneProps {
  layer: Layer;
  sample: SampleView;
  store: Store<CompareState>;
  actions: CompareActions;
}

function Controls({ layer, sample, store, actions }: OneProps) {
  const opacity = useStore(store, (state) => layerSettings(state.settings, layer, sample.layers).opacity);
  const colormap = useStore(store, (state) => layerSettings(state.settings, layer, sample.layers).colormap);
  const percent = Math.round(100 * opacity);
  return (
    <div className="plumb-controls">
      {coloured(layer) && (
        <ColormapMenu
          layer={layer}
          colormap={colormap}
          change={(name) => actions.changeLayer(layer.id, { colormap: name })}
        />
      )}
      <input
        type="range"
        min={0}
        max={100}
        value={percent}
        title={`Opacity ${percent} %`}
        aria-label={`Opacity of ${layer.label} in percent`}
        data-plumb={`opacity-${layer.id}`}
        onChange={(event) => actions.changeLayer(layer.id, { opacity: Number(event.target.value) / 100 })}
      />
      <span className="plumb-percent plumb-numbers">{percent} %</span>
    </div>
  );
}

/** Switches an error on, whose row then appears. */
function Chip({ layer, sample, store, actions }: OneProps) {
  const on = useStore(store, (state) => layerSettings(state.settings, layer, sample.layers).on);
  const error = ERRORS[layer.kind];
  return (
    <button
      type="button"
      className="plumb-chip"
      aria-pressed={on}
      aria-label={error?.name}
      title={error?.name}
      data-plumb={`error-${layer.id}`}
      onClick={(event) => {
        event.stopPropagation();
        switchLayer(store.get(), actions, layer, !on);
      }}
    >
      {error?.short}
    </button>
  );
}
