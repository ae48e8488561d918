/** How the sheet looks, in the colours of the App's theme. */

import { useStyleSheet } from "../host/styles";

const CSS = `
.plumb-sheet { display: flex; flex-direction: column; flex: 1; min-height: 0; min-width: 0; position: relative;
  background-color: var(--fo-palette-background-level2); }
.plumb-sheet-tools { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 6px 8px 2px; }
.plumb-sheet-says { padding: 2px 8px 4px; max-width: 140ch; }
.plumb-sheet-scroll { flex: 1; min-height: 0; overflow: auto; position: relative; outline-offset: -2px; overflow-anchor: none; }
.plumb-sheet-head { position: sticky; top: 0; z-index: 2; height: 24px; background-color: var(--fo-palette-background-level1);
  border-bottom: 1px solid var(--line); font-weight: 600; }
.plumb-sheet-head > div { position: absolute; top: 3px; }
.plumb-sheet-title { display: flex; gap: 10px; align-items: end; padding: 0 6px 2px; box-sizing: border-box;
  position: sticky; left: 0; width: min(100%, var(--sheet-width)); }
.plumb-sheet-cell { position: absolute; cursor: pointer; }
.plumb-sheet-tile { display: grid; place-content: center; padding: 8px; text-align: center; font-size: 11px; overflow: hidden; overflow-wrap: anywhere; box-sizing: border-box;
  color: var(--quiet); box-shadow: inset 0 0 0 1px var(--line); }
.plumb-sheet-cell:hover .plumb-sheet-tile { box-shadow: inset 0 0 0 2px var(--softer); }
.plumb-sheet-scroll:focus-visible .plumb-sheet-cell[data-active] .plumb-sheet-tile { box-shadow: inset 0 0 0 3px var(--strong); }
.plumb-sheet-failure { position: sticky; top: 25px; left: 0; z-index: 1; margin: 0; padding: 8px; box-sizing: border-box;
  width: var(--sheet-width); overflow-wrap: anywhere; background-color: var(--fo-palette-background-level1); }
.plumb-sheet-caption { font-size: 12px; line-height: 20px; }
`;

export function useSheetStyles(): void {
  useStyleSheet("plumb-sheet-styles", CSS);
}
