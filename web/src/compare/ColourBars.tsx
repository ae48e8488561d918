/** The colour bars of what is shown, with units. */

import * as React from "react";
import type { CompareState } from "../state/compare";
import { shownLayers } from "../state/settings";
import { useStore, type Store } from "../state/store";
import { gradient } from "../ui/gradient";
import { Ticks } from "../ui/Ticks";
import { displayedLayers } from "../view/layout";
import { barsOf, howOf, legendsOf, sidesOf, unitText, type Bar } from "./bars";

export interface ColourBarsProps {
  store: Store<CompareState>;
}

const STRIPES = "repeating-linear-gradient(45deg, black 0 3px, white 3px 5px)";

export function ColourBars({ store }: ColourBarsProps) {
  const sample = useStore(store, (state) => state.sample);
  const settings = useStore(store, (state) => state.settings);
  const displayed = sample ? displayedLayers(settings, shownLayers(settings, sample.layers), sample) : [];
  const bars = sample ? barsOf(sample, settings, displayed) : [];
  const legends = sample ? legendsOf(sample, settings, displayed) : [];
  if (bars.length + legends.length === 0) return null;
  return (
    <div className="plumb-bars" role="group" aria-label="Colour bars" data-plumb="bars">
      {bars.map((bar) => (
        <OneBar key={`${bar.title} ${bar.colormap}`} bar={bar} />
      ))}
      {legends.length > 0 && (
        <div className="plumb-legends plumb-quiet" data-plumb="legends">
          {legends.map(({ text, colour }) => (
            <span key={`${text} ${colour}`} className="plumb-legend">
              <span className="plumb-swatch" style={{ width: 20, background: colour ?? STRIPES }} />
              {text}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

/** Made anew only when what it says has changed: opacity, for one, does not change it. */
const OneBar = React.memo(
  function OneBar({ bar }: { bar: Bar }) {
    const { range, unit } = bar;
    const how = howOf(bar);
    const sides = sidesOf(bar);
    return (
      <div className="plumb-bar" data-plumb="bar" data-low={range.low} data-high={range.high} data-unit={unit ?? ""}>
        <div className="plumb-bar-title">
          <span className="plumb-bar-head" title={bar.title}>
            <span className="plumb-cut">{bar.title}</span> <span className="plumb-bar-unit">{unitText(bar)}</span>
          </span>
          <span className="plumb-quiet plumb-cut" title={how}>
            {how}
          </span>
        </div>
        <div className="plumb-bar-colours" style={{ background: gradient(bar.colormap) }} />
        <Ticks range={range} />
        {sides && (
          <div className="plumb-bar-sides plumb-quiet" data-plumb="bar-sides">
            <span>{sides[0]}</span>
            <span>{sides[1]}</span>
          </div>
        )}
      </div>
    );
  },
  (before, after) => JSON.stringify(before.bar) === JSON.stringify(after.bar),
);
