/** The colour bars of what is shown, with units. */

import * as React from "react";
import { position } from "../colour/colormaps";
import { ticks } from "../colour/ticks";
import type { CompareActions, CompareState } from "../state/compare";
import { useStore, type Store } from "../state/store";
import type { DisplayRange, Layer } from "../types";
import { barsOf, legendsOf, tickText, type Bar } from "./bars";
import { gradient } from "./gradient";

export interface ColourBarsProps {
  store: Store<CompareState>;
  actions: CompareActions;
  /** What a layer's colours span, null for one without values. */
  rangeOf: (layer: Layer) => DisplayRange | null;
}

export function ColourBars({ store, rangeOf }: ColourBarsProps) {
  const sample = useStore(store, (state) => state.sample);
  const settings = useStore(store, (state) => state.settings);
  const bars = sample ? barsOf(sample, settings, rangeOf) : [];
  const legends = sample ? legendsOf(sample, settings) : [];
  if (bars.length + legends.length === 0) return null;
  return (
    <div className="plumb-bars" role="group" aria-label="Colour bars" data-plumb="bars">
      {bars.map((bar) => (
        <OneBar key={`${bar.title} ${bar.colormap}`} bar={bar} />
      ))}
      {legends.length > 0 && (
        <div className="plumb-legends plumb-quiet" data-plumb="legends">
          {legends.map(({ text, colour }) => (
            <span key={text + colour} className="plumb-legend">
              <span className="plumb-swatch" style={{ width: 20, background: colour }} />
              {text}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

const SCALES = { linear: "", inverse: "inverse", log: "logarithmic" } as const;

/** Made anew only when what it says has changed: opacity, for one, does not change it. */
const OneBar = React.memo(
  function OneBar({ bar }: { bar: Bar }) {
    const { range, unit } = bar;
    const how = [bar.ends, SCALES[range.scale]].filter(Boolean).join(", ");
    return (
      <div className="plumb-bar" data-plumb="bar" data-low={range.low} data-high={range.high} data-unit={unit ?? ""}>
        <div className="plumb-bar-title">
          <span className="plumb-cut" title={bar.title}>
            {bar.title} {unit === null ? "(relative, no unit)" : `[${unit}]`}
          </span>
          <span className="plumb-quiet plumb-cut" title={how}>
            {how}
          </span>
        </div>
        <div className="plumb-bar-colours" style={{ background: gradient(bar.colormap) }} />
        <div className="plumb-ticks plumb-numbers">
          {ticks(range).map((value) => (
            <Tick key={value} value={value} at={position(range, value)} />
          ))}
        </div>
      </div>
    );
  },
  (before, after) => JSON.stringify(before.bar) === JSON.stringify(after.bar),
);

function Tick({ value, at }: { value: number; at: number }) {
  const end = at < 0.04 ? "low" : at > 0.96 ? "high" : undefined;
  return (
    <span className="plumb-tick" data-end={end} style={{ left: `${100 * at}%` }}>
      {tickText(value)}
    </span>
  );
}
