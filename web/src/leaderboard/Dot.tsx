/** The mark of a run: beside its name in the table, and in the legends of plots. */

import * as React from "react";

export interface DotProps {
  colour: string;
  /** Whether another run of the block has this colour already: a ring then, as its bars are hatched. */
  again: boolean;
}

export function Dot({ colour, again }: DotProps) {
  return <span className="plumb-lb-dot" aria-hidden="true" style={again ? { boxShadow: `inset 0 0 0 2.5px ${colour}` } : { background: colour }} />;
}
