/** How the sheet is ordered and what its tiles show. */

import * as React from "react";
import { Ticks } from "../ui/Ticks";
import { Segments } from "../ui/fields";
import { gradient } from "../ui/gradient";
import type { DatasetInfo } from "../contract";
import { labelOf } from "../readout/scores";
import { keyOf, type Choice, type Order } from "./choice";
import { SHOWN, type Show } from "./columns";
import type { SheetBar } from "./legend";
import { evaluationOf, rivalsOf } from "./order";

interface SheetToolbarProps {
  info: DatasetInfo;
  choice: Choice;
  change: (choice: Choice) => void;
  bars: readonly SheetBar[];
  /** Finds the range again, on the rows in sight; null where it is typed. */
  anew: (() => void) | null;
}

const ORDERS: Readonly<Record<Order, string>> = {
  view: "order of the grid",
  worst: "worst first",
  different: "most different first",
};

export function SheetToolbar({ info, choice, change, bars, anew }: SheetToolbarProps) {
  const { order, show, key } = choice;
  const evaluation = key ? evaluationOf(info, key.run) : undefined;
  const rivals = key ? rivalsOf(info, key) : [];
  const orders: Order[] = key === null ? ["view"] : rivals.length ? ["view", "worst", "different"] : ["view", "worst"];
  const setOrder = (to: Order) => {
    const against = to === "different" && key ? (key.against ?? rivals[0]?.run ?? null) : null;
    change({ ...choice, order: to, key: key && { ...key, against } });
  };
  const setRun = (run: string) => {
    const found = evaluationOf(info, run);
    const next = found && keyOf(found, key?.metric ?? null);
    if (next) change({ ...choice, order: order === "different" ? "worst" : order, key: next });
  };
  return (
    <div className="plumb-sheet-tools">
      <Choose name="sheet-order" label="Order" value={order} options={orders.map((one) => [one, ORDERS[one]])} change={setOrder} />
      {key && evaluation && (
        <>
          <Choose
            name="sheet-run"
            label="Model"
            value={key.run}
            options={info.evaluations.map((one) => [one.run, labelOf(one)])}
            change={setRun}
          />
          {order === "different" && (
            <Choose
              name="sheet-against"
              label="against"
              value={key.against ?? ""}
              options={rivals.map((one) => [one.run, labelOf(one)])}
              change={(against) => change({ ...choice, key: { ...key, against } })}
            />
          )}
          <Choose
            name="sheet-metric"
            label="Metric"
            value={key.metric}
            options={evaluation.metrics.map(({ name, unit }) => [name, unit ? `${name} [${unit}]` : name])}
            change={(metric) => change({ ...choice, key: { ...key, metric } })}
          />
        </>
      )}
      <Segments
        name="sheet-show"
        label="Tiles of predictions show"
        value={show}
        options={(Object.keys(SHOWN) as Show[]).map((value) => ({ value, label: SHOWN[value] }))}
        change={(to) => change({ ...choice, show: to })}
      />
      {bars.map((bar) => (
        <Bar key={bar.title} bar={bar} />
      ))}
      {anew && (
        <button
          type="button"
          className="plumb-button plumb-framed"
          title="All tiles share one range, found on the first rows: find it again on the rows in sight"
          onClick={anew}
          data-plumb="sheet-range"
        >
          Range of these rows
        </button>
      )}
    </div>
  );
}

interface ChooseProps<T extends string> {
  name: string;
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  change: (value: T) => void;
}

function Choose<T extends string>({ name, label, value, options, change }: ChooseProps<T>) {
  return (
    <label className="plumb-line">
      <span className="plumb-quiet">{label}</span>
      <select className="plumb-input" value={value} data-plumb={name} onChange={(event) => change(event.target.value as T)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What the colours of all tiles mean. */
function Bar({ bar: { title, range, colormap } }: { bar: SheetBar }) {
  return (
    <div className="plumb-bar" style={{ maxWidth: 260 }} data-plumb="sheet-bar" data-low={range.low} data-high={range.high}>
      <div className="plumb-quiet">{title}</div>
      <div className="plumb-bar-colours" style={{ background: gradient(colormap) }} />
      <Ticks range={range} />
    </div>
  );
}
