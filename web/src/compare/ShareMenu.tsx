/** The view as a link, as JSON and as a picture. */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import type { Store } from "../state/store";
import { Caret, Icon } from "../ui/icons";
import { Popover } from "../ui/Popover";
import { activeLayer } from "./rows";

interface Props {
  store: Store<CompareState>;
  actions: CompareActions;
}

export function ShareMenu({ store, actions }: Props) {
  return (
    <Popover
      name="share"
      label="Save, copy and reset"
      width={250}
      button={
        <>
          <Icon name="share" />
          <span className="plumb-word-third">Share</span>
          <Caret />
        </>
      }
    >
      {(close) => <Items store={store} actions={actions} close={close} />}
    </Popover>
  );
}

function Items({ store, actions, close }: Props & { close: () => void }) {
  const [pastes, setPastes] = React.useState(false);
  const item = (name: string, text: string, key: string, act: () => void) => (
    <button
      type="button"
      className="plumb-button"
      data-plumb={name}
      onClick={() => {
        act();
        close();
      }}
    >
      <span style={{ flex: 1, textAlign: "left" }}>{text}</span>
      {key && <kbd className="plumb-key">{key}</kbd>}
    </button>
  );
  const reset = () => {
    actions.resetSettings();
    const first = activeLayer({ ...store.get(), active: null });
    if (first) actions.activate(first.id);
  };
  return (
    <div className="plumb-menu">
      {item("save", "Save view as PNG", "e", () => void actions.save())}
      {item("copy-link", "Copy link to this view", "k", () => void actions.copy("link"))}
      {item("copy-json", "Copy settings as JSON", "", () => void actions.copy("json"))}
      <button
        type="button"
        className="plumb-button"
        data-plumb="paste"
        aria-expanded={pastes}
        onClick={() => setPastes(!pastes)}
      >
        Paste settings …
      </button>
      {pastes && <Paste actions={actions} close={close} />}
      {item("reset", "Reset all settings", "", reset)}
    </div>
  );
}

/** A field to paste into: browsers hand out the clipboard only where the page is served safely and the user agrees. */
function Paste({ actions, close }: { actions: CompareActions; close: () => void }) {
  const [problem, setProblem] = React.useState<string | null>(null);
  const [json, setJson] = React.useState("");
  const apply = (text: string) => {
    const found = actions.paste(text);
    setProblem(found);
    if (found === null) close();
  };
  return (
    <form
      style={{ display: "grid", gap: 6, padding: "4px 0 8px" }}
      onSubmit={(event) => {
        event.preventDefault();
        apply(json);
      }}
    >
      <textarea
        className="plumb-input"
        autoFocus
        aria-label="Settings as JSON"
        aria-invalid={problem !== null}
        placeholder="Settings as JSON, copied from this panel"
        value={json}
        data-plumb="paste-text"
        onChange={(event) => setJson(event.target.value)}
      />
      {problem && (
        <span className="plumb-warning" role="alert" data-plumb="paste-problem">
          {problem}
        </span>
      )}
      <button type="submit" className="plumb-button plumb-framed" disabled={!json.trim()} data-plumb="paste-apply">
        Apply
      </button>
    </form>
  );
}
