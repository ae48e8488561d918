/** A layer's colours: a swatch that opens the list of those that suit it. */

import * as React from "react";
import { COLORMAPS } from "../colour/colormaps";
import type { ColormapName, Layer } from "../types";
import { gradient, solid } from "../ui/gradient";
import { Popover } from "../ui/Popover";
import { colormapsFor } from "./rows";

export interface ColormapMenuProps {
  layer: Layer;
  colormap: ColormapName;
  change: (name: ColormapName) => void;
}

export function ColormapMenu({ layer, colormap, change }: ColormapMenuProps) {
  // Of violations there is one colour, not a range of them.
  const background = layer.kind === "delta1" ? solid : gradient;
  return (
    <Popover
      name={`colormap-${layer.id}`}
      label={`Colours of ${layer.label}: ${COLORMAPS[colormap].label}`}
      width={300}
      className="plumb-label"
      button={<span className="plumb-swatch" style={{ background: background(colormap), display: "block" }} />}
    >
      {() => (
        <fieldset>
          <legend>Colours of {layer.label}</legend>
          {colormapsFor(layer).map((name) => (
            <label key={name} className="plumb-choice">
              <input
                type="radio"
                name={`colormap-${layer.id}`}
                checked={name === colormap}
                data-plumb={`colormap-${layer.id}-${name}`}
                onChange={() => change(name)}
              />
              <span className="plumb-swatch" style={{ background: background(name), width: 72 }} />
              <span>{COLORMAPS[name].label}</span>
              <span className="plumb-quiet">{COLORMAPS[name].colourBlindSafe ? "" : "not colour-blind safe"}</span>
            </label>
          ))}
        </fieldset>
      )}
    </Popover>
  );
}
