/** The scale below a colour bar. */

import * as React from "react";
import type { DisplayRange } from "../types";
import { ticksOf } from "./ticks";

/** The values that a bar names, below it. */
export function Ticks({ range }: { range: DisplayRange }) {
  return (
    <div className="plumb-ticks plumb-numbers">
      {ticksOf(range).map(({ value, at, text, end }) => (
        <span key={value} className="plumb-tick" data-end={end} style={{ left: `${100 * at}%` }}>
          {text}
        </span>
      ))}
    </div>
  );
}
