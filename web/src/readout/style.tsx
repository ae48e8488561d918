/** How the readouts look, in the colours of the App's theme. */

import * as React from "react";
import { useStyleSheet } from "../host/styles";
import { CURVE_CSS } from "./plot";

const CSS = `
.plumb-readout { color: var(--fo-palette-text-primary); font-size: 12px; line-height: 1.45; min-width: 0; padding: 6px 10px;
  container: readout / inline-size; }
.plumb-readout .plumb-place { display: flex; gap: 1.5em; min-height: 20px; white-space: pre; overflow: hidden; }
.plumb-readout .plumb-place > :empty { display: none; }
.plumb-readout h3 { font-size: 12px; font-weight: 600; margin: 0; }
.plumb-readout header { display: flex; align-items: center; gap: 6px; margin-bottom: 2px; min-height: 28px; }
.plumb-readout header h3 { flex: 1; min-width: 0; }
.plumb-readout p { margin: 3px 0; color: var(--fo-palette-text-secondary); max-width: 80ch; overflow-wrap: anywhere; }
.plumb-readout .plumb-scroll { overflow-x: auto; }
.plumb-readout table { border-collapse: collapse; }
.plumb-readout th, .plumb-readout td { padding: 2px 0 2px 16px; text-align: right; white-space: nowrap; font-weight: 400;
  border-bottom: 1px solid var(--fo-palette-divider); vertical-align: top; }
.plumb-readout th:first-child { text-align: left; padding-left: 0; }
.plumb-readout thead th { color: var(--fo-palette-text-secondary); vertical-align: bottom; }
.plumb-readout td, .plumb-readout .plumb-digits { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-variant-numeric: tabular-nums; }
.plumb-readout .plumb-head { font-weight: 600; color: var(--fo-palette-text-primary); }
.plumb-readout .plumb-best { font-weight: 700; }
.plumb-readout .plumb-star { display: inline-block; width: 1.4em; text-align: center; margin-right: -0.4em; }
.plumb-readout .plumb-quiet { color: var(--fo-palette-text-secondary); }
.plumb-readout strong { font-weight: 600; color: var(--fo-palette-text-primary); }
.plumb-readout summary { cursor: pointer; padding: 3px 0; }
.plumb-readout .plumb-warning { color: var(--fo-palette-danger-plainColor); }

@container readout (max-width: 520px) {
  .plumb-cursor tbody, .plumb-cursor table { display: block; }
  .plumb-cursor thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .plumb-cursor tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); padding: 2px 0;
    border-bottom: 1px solid var(--fo-palette-divider); }
  .plumb-cursor th, .plumb-cursor td { border: 0; padding: 0; min-height: 17px; }
  .plumb-cursor th:first-child { grid-area: 1 / 1 / 2 / 4; }
  .plumb-cursor [data-column] { min-width: 0 !important; }
  .plumb-cursor [data-column="depth"] { grid-area: 2 / 1; text-align: left; }
  .plumb-cursor [data-column="error"] { grid-area: 2 / 2; }
  .plumb-cursor [data-column="relative error"] { grid-area: 2 / 3; }
  .plumb-cursor [data-column="uncertainty"] { grid-area: 1 / 2 / 2 / 4; }
  .plumb-cursor [data-column="x"] { grid-area: 3 / 1; text-align: left; }
  .plumb-cursor [data-column="y"] { grid-area: 3 / 2; }
  .plumb-cursor [data-column="z"] { grid-area: 3 / 3; }
  .plumb-cursor td:not(:empty)[data-short]::before { content: attr(data-short) " "; color: var(--fo-palette-text-secondary); }
  .plumb-cursor td:not(:empty):is([data-column="x"], [data-column="y"], [data-column="z"])::after { content: " m"; }
}
`;

/** For each of the readouts, any of which may be the first to be shown. */
export function useReadoutStyles(): void {
  useStyleSheet("plumb-readout-styles", CSS + CURVE_CSS);
}

/** Words for screen readers alone. */
export function Hidden({ children }: { children: React.ReactNode }) {
  return <span className="plumb-hidden">{children}</span>;
}
