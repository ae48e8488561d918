/** Empty states, notes and notices, with the forms that mend what is missing. */

import { usePromptOperatorInput } from "@fiftyone/operators";
import * as React from "react";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { shownLayers } from "../state/settings";
import { useStore, type Store } from "../state/store";
import type { Settings } from "../types";
import { arrangementHint, messageOf, notesOf, type Mend } from "./advice";
import { withoutPlace } from "./rows";

interface Props {
  store: Store<CompareState>;
  actions: CompareActions;
}

/** Stands in the place of the view where there is nothing to look at; else nothing. */
export function Messages({ store, actions }: Props) {
  const state = useStore(store, (all) => all);
  const message = messageOf(state);
  if (!message) return null;
  return (
    <div
      className="plumb-message"
      role={message.name === "problem" ? "alert" : "status"}
      aria-busy={message.busy}
      data-plumb={`message-${message.name}`}
    >
      <h2>{message.title}</h2>
      {message.text && <p>{message.text}</p>}
      {message.name === "problem" && (
        <button type="button" className="plumb-button plumb-main" data-plumb="retry" onClick={actions.retry}>
          Try again
        </button>
      )}
      {message.mends.length > 0 && (
        <div className="plumb-line" style={{ marginTop: 6, justifyContent: "center" }}>
          {message.mends.map((mend, index) => (
            <MendButton
              key={mend.operator}
              mend={mend}
              className={`plumb-button ${index ? "plumb-framed" : "plumb-main"}`}
            />
          ))}
        </div>
      )}
    </div>
  );
}

/** Quiet lines about what this sample or arrangement lacks; nothing where nothing lacks. */
export function Notes({ store }: Props) {
  const info = useStore(store, (state) => state.info);
  const sample = useStore(store, (state) => state.sample);
  const sheet = useStore(store, (state) => state.sheet);
  const settings = useStore(store, (state) => state.settings);
  const notes = notesOf({ info, sample, sheet });
  const hint = sample && !sheet ? hintOf(sample, settings) : null;
  if (!hint && notes.length === 0) return null;
  return (
    <div className="plumb-notes plumb-quiet" role="status" data-plumb="notes">
      {hint && <div data-plumb="note-arrangement">{hint}</div>}
      {notes.map((note) => (
        <div key={note.name} className="plumb-note" data-plumb={`note-${note.name}`}>
          <span>{note.text}</span>
          {note.mend && <MendButton mend={note.mend} className="plumb-link" />}
        </div>
      ))}
    </div>
  );
}

function hintOf(sample: SampleView, settings: Settings): string | null {
  const { arrangement } = settings;
  // A blink has no turn for the picture.
  const shown = shownLayers(settings, sample.layers).filter(({ kind }) => arrangement !== "blink" || kind !== "picture");
  const unplaced = withoutPlace(settings, sample).map(({ label }) => label);
  return arrangementHint(arrangement, shown.length, unplaced);
}

function MendButton({ mend, className }: { mend: Mend; className: string }) {
  const prompt = usePromptOperatorInput();
  return (
    <button
      type="button"
      className={className}
      data-plumb={`open-${mend.operator.split("/").pop()}`}
      onClick={() => prompt(mend.operator)}
    >
      {mend.label}
    </button>
  );
}

/** What was just done, read out by screen readers too. */
export function Notice({ store }: { store: Store<CompareState> }) {
  const notice = useStore(store, (state) => state.notice);
  return (
    <div className="plumb-notice" role="status" aria-live="polite" data-plumb="notice">
      {notice}
    </div>
  );
}
