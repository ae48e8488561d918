/** What every key does, written from the table by which keys are handled. */

import * as React from "react";
import { KEYS } from "./keys";

/** A box that the browser's popover opens and closes; Escape closes it too. */
export const KeyHelp = React.forwardRef<HTMLDivElement, { id: string }>(function KeyHelp({ id }, ref) {
  return (
    <div
      ref={ref}
      id={id}
      role="dialog"
      aria-label="Keys"
      className="plumb-popover plumb-help"
      data-plumb="key-help"
      {...{ popover: "auto" }}
    >
      <h2>Keys</h2>
      <div className="plumb-help-groups">
        {KEYS.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.commands.map((command) => (
                <React.Fragment key={command.text}>
                  <dt>
                    <Keys names={command.shown ? [command.shown] : command.keys} />
                  </dt>
                  <dd>{command.text}</dd>
                </React.Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="plumb-quiet" style={{ margin: 0 }}>
        They work after a click into the panel, and not while a number is typed.
      </p>
    </div>
  );
});

function Keys({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.map((name) => (
        <kbd key={name} className="plumb-key" style={{ marginRight: 3 }}>
          {name}
        </kbd>
      ))}
    </>
  );
}
