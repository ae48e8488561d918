/** Which pixels are shown, and what predictions are compared with. */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import { useStore, type Store } from "../state/store";
import type { Settings } from "../types";
import { choicesOf } from "./choices";
import { Check } from "../ui/fields";
import { Caret, Icon } from "../ui/icons";
import { Popover } from "../ui/Popover";
import { countsLines } from "./rows";

interface Props {
  store: Store<CompareState>;
  actions: CompareActions;
}

type Pixels = Settings["mask"]["pixels"];

const PIXELS: readonly { value: Pixels; word: string; text: string }[] = [
  { value: "all", word: "All pixels", text: "all pixels" },
  { value: "measured", word: "Measured", text: "only where the ground truth was measured" },
  { value: "valid", word: "Valid", text: "only what the evaluation counts" },
];

export function MaskMenu({ store, actions }: Props) {
  const { pixels, hatch } = useStore(store, (state) => state.settings.mask);
  const counts = useStore(store, ({ sample, settings }) => (sample ? countsLines(sample, settings).join("\n") : ""));
  const compared = useStore(store, (state) => state.sample?.truth != null);
  const word = PIXELS.find(({ value }) => value === pixels)?.word;
  return (
    <Popover
      name="mask"
      label={`Pixels that are shown: ${word}`}
      width={290}
      button={
        <>
          <Icon name="mask" />
          <span className="plumb-word-second">{word}</span>
          <Caret />
        </>
      }
    >
      {() => (
        <>
          <fieldset>
            <legend>Pixels</legend>
            {PIXELS.map(({ value, text }) => (
              <label key={value} className="plumb-choice">
                <input
                  type="radio"
                  name="plumb-mask"
                  checked={value === pixels}
                  disabled={!compared && value !== "all"}
                  data-plumb={`mask-${value}`}
                  onChange={() => actions.change({ mask: { pixels: value, hatch } })}
                />
                <span>{text}</span>
              </label>
            ))}
            <span className="plumb-quiet" style={{ whiteSpace: "pre-line" }} data-plumb="counts">
              {compared ? `What counts:${counts.includes("\n") ? "\n" : " "}${counts}.` : "Without ground truth every pixel is shown."}
            </span>
          </fieldset>
          <fieldset>
            <Check
              name="hatch"
              label="hatch holes"
              checked={hatch}
              change={(checked) => actions.change({ mask: { pixels, hatch: checked } })}
            />
          </fieldset>
        </>
      )}
    </Popover>
  );
}

/** Only where there is a choice: another ground truth or another evaluation. */
export function ComparedMenu({ store, actions }: Props) {
  const info = useStore(store, (state) => state.info);
  const truth = useStore(store, (state) => state.settings.truth);
  const evalKey = useStore(store, (state) => state.settings.evalKey);
  const sample = useStore(store, (state) => state.sample);
  const choices = React.useMemo(() => choicesOf(info, truth), [info, truth]);
  if (choices.truths.length < 2 && choices.keys.length < 2) return null;
  const evaluations = Object.values(sample?.evaluations ?? {});
  return (
    <Popover
      name="compared"
      label="Ground truth and evaluation"
      width={330}
      button={
        <>
          <Icon name="compared" />
          <span className="plumb-word-third">{evalKey ?? "Evaluation"}</span>
          <Caret />
        </>
      }
    >
      {() => (
        <>
          {choices.truths.length > 1 && (
            <fieldset>
              <legend>Ground truth</legend>
              <select
                className="plumb-input"
                aria-label="Ground truth"
                value={truth ?? info?.truth ?? ""}
                data-plumb="truth"
                onChange={(event) => actions.change({ truth: event.target.value })}
              >
                {choices.truths.map((field) => (
                  <option key={field}>{field}</option>
                ))}
              </select>
            </fieldset>
          )}
          {choices.keys.length > 1 && (
            <fieldset>
              <legend>Evaluation</legend>
              <select
                className="plumb-input"
                aria-label="Evaluation"
                value={evalKey ?? ""}
                data-plumb="eval-key"
                onChange={(event) => actions.change({ evalKey: event.target.value || null })}
              >
                {choices.keys.map((key) => (
                  <option key={key ?? ""} value={key ?? ""}>
                    {key ?? "default"}
                  </option>
                ))}
              </select>
              <span className="plumb-quiet">Its scale and shift bring relative predictions to metres.</span>
            </fieldset>
          )}
          {evaluations.length > 0 && (
            <div className="plumb-quiet" data-plumb="protocols">
              {evaluations.map((evaluation) => (
                <div key={evaluation.run}>
                  {evaluation.field}: {evaluation.protocol}
                </div>
              ))}
            </div>
          )}
        </>
      )}
    </Popover>
  );
}
