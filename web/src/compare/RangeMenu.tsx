/** Which values the colours span. */

import * as React from "react";
import type { CompareActions, CompareState } from "../state/compare";
import { useStore, type Store } from "../state/store";
import type { ColourScale, Settings } from "../types";
import { NumberInput, Segments, type Option } from "../ui/fields";
import { Caret, Icon } from "../ui/icons";
import { Popover } from "../ui/Popover";
import { depthEndsNow, endsProblem, errorEndProblem, errorEndsNow } from "./ranges";

interface Props {
  store: Store<CompareState>;
  actions: CompareActions;
}

const SHARED: readonly Option<"shared" | "own">[] = [
  { value: "shared", label: "one for all", hint: "u" },
  { value: "own", label: "each its own", hint: "u" },
];

const MODES: readonly Option<"robust" | "typed">[] = [
  { value: "robust", label: "robust" },
  { value: "typed", label: "typed" },
];

const SCALES: readonly Option<ColourScale>[] = [
  { value: "linear", label: "linear", hint: "l" },
  { value: "inverse", label: "inverse", hint: "l: more colours for what is near" },
  { value: "log", label: "log", hint: "l: equal ratios look equal" },
];

export function RangeMenu({ store, actions }: Props) {
  return (
    <Popover
      name="range"
      label="Range of the colours"
      width={330}
      button={
        <>
          <Icon name="range" />
          <span className="plumb-word-second">Range</span>
          <Caret />
        </>
      }
    >
      {() => (
        <>
          <DepthRange store={store} actions={actions} />
          <ErrorRange store={store} actions={actions} />
        </>
      )}
    </Popover>
  );
}

function DepthRange({ store, actions }: Props) {
  const range = useStore(store, (state) => state.settings.range);
  const change = (part: Partial<Settings["range"]>) => actions.change({ range: { ...range, ...part } });
  return (
    <fieldset>
      <legend>Depth</legend>
      <div className="plumb-line">
        <Segments
          name="range-shared"
          label="Range of depth"
          value={range.shared ? "shared" : "own"}
          options={SHARED}
          change={(value) => change({ shared: value === "shared" })}
        />
        <Segments
          name="range-mode"
          label="Ends of the depth range"
          value={range.mode}
          options={MODES}
          change={(mode) => change({ mode, ...(mode === "typed" ? depthEndsNow(store.get()) : {}) })}
        />
      </div>
      {range.mode === "robust" ? (
        <span className="plumb-quiet">
          from the 2nd to the 98th percentile
          {range.shared ? ", of the ground truth where there is one" : " of each map"}
        </span>
      ) : (
        <Ends key={String(range.mode)} range={range} change={change} />
      )}
      <Segments
        name="range-scale"
        label="Scale of the colours"
        value={range.scale}
        options={SCALES}
        change={(scale) => change({ scale })}
      />
    </fieldset>
  );
}

/** Both ends together: a low end is typed before the high one that it needs. */
function Ends({ range, change }: { range: Settings["range"]; change: (part: Partial<Settings["range"]>) => void }) {
  const [typed, setTyped] = React.useState({ low: range.low, high: range.high });
  const problem = endsProblem(typed.low, typed.high, range.scale);
  const type = (part: Partial<typeof typed>) => {
    const next = { ...typed, ...part };
    setTyped(next);
    if (endsProblem(next.low, next.high, range.scale) === null) change(next);
  };
  return (
    <>
      <div className="plumb-line">
        <NumberInput
          name="range-low"
          label="from"
          unit="m"
          step={0.1}
          value={typed.low}
          invalid={problem !== null}
          change={(low) => type({ low })}
        />
        <NumberInput
          name="range-high"
          label="to"
          unit="m"
          step={0.1}
          value={typed.high}
          invalid={problem !== null}
          change={(high) => type({ high })}
        />
      </div>
      {problem && (
        <span className="plumb-warning" role="alert" data-plumb="range-problem">
          {problem}
        </span>
      )}
    </>
  );
}

function ErrorRange({ store, actions }: Props) {
  const range = useStore(store, (state) => state.settings.errorRange);
  const change = (part: Partial<Settings["errorRange"]>) => actions.change({ errorRange: { ...range, ...part } });
  return (
    <fieldset>
      <legend>Errors</legend>
      <Segments
        name="error-mode"
        label="Ends of the error ranges"
        value={range.mode}
        options={MODES}
        change={(mode) => change({ mode, ...(mode === "typed" ? errorEndsNow(store.get()) : {}) })}
      />
      {range.mode === "robust" ? (
        <span className="plumb-quiet">up to what 95 % of the errors stay below, alike for all models</span>
      ) : (
        <>
          <ErrorEnd name="error-absolute" label="|e| and ± up to" unit="m" step={0.1} end={range.absolute}
            change={(absolute) => change({ absolute })} />
          <ErrorEnd name="error-relative" label="rel up to" unit="%" step={5} end={range.relative}
            change={(relative) => change({ relative })} />
        </>
      )}
    </fieldset>
  );
}

interface ErrorEndProps {
  name: string;
  label: string;
  unit: "m" | "%";
  step: number;
  /** In metres, or a share that is shown in percent. */
  end: number;
  change: (end: number) => void;
}

/** What was typed last stays, with the sentence why it was not taken. */
function ErrorEnd({ name, label, unit, step, end, change }: ErrorEndProps) {
  const [typed, setTyped] = React.useState(end);
  const problem = errorEndProblem(typed, unit);
  const factor = unit === "%" ? 100 : 1;
  const type = (value: number) => {
    setTyped(value / factor);
    if (errorEndProblem(value / factor, unit) === null) change(value / factor);
  };
  return (
    <>
      <NumberInput
        name={name}
        label={label}
        unit={unit}
        step={step}
        value={Number((factor * typed).toPrecision(9))}
        invalid={problem !== null}
        change={type}
      />
      {problem && (
        <span className="plumb-warning" role="alert" data-plumb={`${name}-problem`}>
          {problem}
        </span>
      )}
    </>
  );
}
