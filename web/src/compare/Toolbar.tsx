/** What holds for the whole panel: which sample, which arrangement, which colours and pixels, which tool. */

import * as React from "react";
import type { CompareActions, CompareState, Tool } from "../state/compare";
import { useStore, type Store } from "../state/store";
import type { Arrangement } from "../types";
import { Segments, type Option } from "../ui/fields";
import { useHelp } from "./Frame";
import { Icon } from "../ui/icons";
import { oneToOne } from "./keys";
import { ComparedMenu, MaskMenu } from "./PixelMenus";
import { RangeMenu } from "./RangeMenu";
import { ShareMenu } from "./ShareMenu";

export interface ToolbarProps {
  store: Store<CompareState>;
  actions: CompareActions;
}

/** Left to right by how often it is wanted; narrow panels keep the icons and let go of the words. */
export function Toolbar({ store, actions }: ToolbarProps) {
  const sheet = useStore(store, (state) => state.sheet);
  const empty = useStore(store, (state) => state.sample === null);
  const useless = useStore(store, (state) => state.problem !== null || !state.info || state.info.fields.length === 0);
  if (useless) return null;
  return (
    <div className="plumb-toolbar" role="toolbar" aria-label="Compare depth" data-plumb="toolbar">
      {!empty && !sheet && (
        <>
          <Samples store={store} actions={actions} />
          <Arrangements store={store} actions={actions} />
        </>
      )}
      {!empty && (
        <div className="plumb-group">
          <RangeMenu store={store} actions={actions} />
          <MaskMenu store={store} actions={actions} />
          <ComparedMenu store={store} actions={actions} />
        </div>
      )}
      {!empty && !sheet && (
        <>
          <Tools store={store} actions={actions} />
          <Zoom store={store} actions={actions} />
        </>
      )}
      <div className="plumb-group plumb-end">
        <SheetSwitch store={store} actions={actions} />
        {!empty && <ShareMenu store={store} actions={actions} />}
        <HelpButton />
      </div>
    </div>
  );
}

function Samples({ store, actions }: ToolbarProps) {
  const ids = useStore(store, (state) => state.ids);
  const current = useStore(store, (state) => state.current);
  const name = useStore(store, (state) => state.sample?.record.name ?? "");
  const index = current === null ? -1 : ids.indexOf(current);
  return (
    <div className="plumb-group" role="group" aria-label="Sample">
      <Step to="previous" possible={index > 0} actions={actions} />
      <span className="plumb-numbers" style={{ whiteSpace: "nowrap" }} data-plumb="position">
        {index < 0 ? `– / ${ids.length}` : `${index + 1} / ${ids.length}`}
      </span>
      <Step to="next" possible={index < ids.length - 1} actions={actions} />
      <span className="plumb-name plumb-quiet plumb-cut" title={name} data-plumb="sample-name">
        {name}
      </span>
    </div>
  );
}

/** At the ends it keeps the focus, which a disabled button would lose, and keys with it. */
function Step({ to, possible, actions }: { to: "previous" | "next"; possible: boolean; actions: CompareActions }) {
  const label = to === "next" ? "Next sample" : "Previous sample";
  return (
    <button
      type="button"
      className="plumb-button"
      aria-disabled={!possible}
      aria-label={label}
      title={`${label} (${to === "next" ? "." : ","})`}
      data-plumb={to}
      onClick={() => possible && actions.go(to)}
    >
      <Icon name={to} />
    </button>
  );
}

const ARRANGEMENTS: readonly Option<Arrangement>[] = [
  { value: "overlay", label: "Overlay", icon: "overlay", hint: "o" },
  { value: "side", label: "Side by side", icon: "side", hint: "s" },
  { value: "swipe", label: "Swipe", icon: "swipe", hint: "w" },
  { value: "blink", label: "Blink", icon: "blink", hint: "b" },
];

function Arrangements({ store, actions }: ToolbarProps) {
  const arrangement = useStore(store, (state) => state.settings.arrangement);
  const milliseconds = useStore(store, (state) => state.settings.blinkMilliseconds);
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  return (
    <div className="plumb-group">
      <Segments
        name="arrangement"
        label="Arrangement"
        value={arrangement}
        options={ARRANGEMENTS}
        wordClass="plumb-word-first"
        change={(value) => actions.change({ arrangement: value })}
      />
      {arrangement === "blink" && (
        <label className="plumb-group" style={{ marginLeft: 6 }} title="How long each layer is shown">
          <input
            type="range"
            min={200}
            max={2000}
            step={100}
            style={{ width: 60 }}
            value={milliseconds}
            aria-label="How long each layer is shown, in milliseconds"
            data-plumb="blink"
            onChange={(event) => actions.change({ blinkMilliseconds: Number(event.target.value) })}
          />
          <span className="plumb-quiet plumb-numbers" style={{ marginLeft: 4 }}>
            {seconds}
          </span>
        </label>
      )}
    </div>
  );
}

const TOOLS: readonly Option<Tool>[] = [
  { value: "pan", label: "Move", icon: "pan", hint: "v" },
  { value: "profile", label: "Profile", icon: "profile", hint: "p: drag a line for the depth along it" },
  { value: "box", label: "Box", icon: "box", hint: "x: drag a box for its own metrics" },
];

function Tools({ store, actions }: ToolbarProps) {
  const tool = useStore(store, (state) => state.tool);
  return (
    <Segments
      name="tool"
      label="What dragging does"
      value={tool}
      options={TOOLS}
      wordClass="plumb-word-third"
      change={actions.use}
    />
  );
}

function Zoom({ store, actions }: ToolbarProps) {
  const zoom = useStore(store, (state) => state.viewport?.zoom ?? null);
  const percent = zoom === null ? "fit" : `${Math.round(100 * zoom)} %`;
  return (
    <div className="plumb-group" role="group" aria-label="Zoom">
      <button
        type="button"
        className="plumb-button"
        aria-label="Whole picture"
        title="Whole picture (0)"
        aria-pressed={zoom === null}
        data-plumb="fit"
        onClick={() => actions.look(null)}
      >
        <Icon name="fit" />
      </button>
      <button
        type="button"
        className="plumb-button plumb-numbers"
        aria-label="One to one"
        title="One to one (=)"
        aria-pressed={zoom === 1}
        data-plumb="one-to-one"
        onClick={() => actions.look(oneToOne(store.get()))}
      >
        1:1
      </button>
      <span className="plumb-quiet plumb-numbers plumb-word-first" style={{ minWidth: 42 }} data-plumb="zoom">
        {percent}
      </span>
    </div>
  );
}

function SheetSwitch({ store, actions }: ToolbarProps) {
  const sheet = useStore(store, (state) => state.sheet);
  return (
    <button
      type="button"
      className="plumb-button"
      aria-label="Contact sheet"
      title="Contact sheet: samples × models (g)"
      aria-pressed={sheet}
      data-plumb="show-sheet"
      onClick={() => actions.showSheet(!sheet)}
    >
      <Icon name="sheet" />
      <span className="plumb-word-third">Sheet</span>
    </button>
  );
}

function HelpButton() {
  return (
    <button
      type="button"
      className="plumb-button"
      aria-label="Keys"
      title="Keys (?)"
      data-plumb="help"
      {...{ popovertarget: useHelp() }}
    >
      <Icon name="help" />
    </button>
  );
}
