/** The look of the compare panel, in the colours of the App's theme. */

import { useStyleSheet } from "../host/styles";

const CSS = `
@keyframes plumb-appear { from { opacity: 0 } to { opacity: 1 } }
.plumb-waits { position: absolute; inset: auto 0 12px; margin: auto; width: fit-content; padding: 4px 12px; border-radius: 4px;
  background: rgba(0, 0, 0, 0.72); color: #fff; font-size: 13px; animation: plumb-appear 0.1s 0.25s both }

.plumb-toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; padding: 5px 6px;
  border-bottom: 1px solid var(--line); background: var(--fo-palette-background-level1); container: toolbar / inline-size; }
.plumb-group { display: inline-flex; align-items: center; gap: 2px; min-width: 0; }
.plumb-end { margin-left: auto; }
.plumb-name { max-width: 180px; }
@container toolbar (max-width: 1320px) { .plumb-toolbar .plumb-word-third { display: none; } .plumb-name { max-width: 110px; } }
@container toolbar (max-width: 1090px) { .plumb-toolbar .plumb-word-second, .plumb-name { display: none; } }
/* A blink has a slider more, and lets go of words for it. */
@container toolbar (max-width: 1440px) { .plumb-toolbar:has([data-plumb="blink"]) .plumb-word-third { display: none; } }
@container toolbar (max-width: 1240px) { .plumb-toolbar:has([data-plumb="blink"]) :is(.plumb-word-second, .plumb-name) { display: none; } }
@container toolbar (max-width: 1020px) { .plumb-toolbar:has([data-plumb="blink"]) .plumb-word-first { display: none; } }
@container toolbar (max-width: 770px) { .plumb-toolbar:has([data-plumb="blink"]) :is(.plumb-caret, [data-plumb="zoom"]) { display: none; }
  .plumb-toolbar:has([data-plumb="blink"]) :is(.plumb-button, .plumb-segment) { min-width: 26px; padding: 0 4px; } }
@container toolbar (max-width: 850px) { .plumb-toolbar .plumb-word-first { display: none; } }
@container toolbar (max-width: 660px) { .plumb-toolbar .plumb-caret { display: none; }
  .plumb-toolbar .plumb-button, .plumb-toolbar .plumb-segment { min-width: 26px; padding: 0 4px; } }

.plumb-layers { display: grid; align-content: start; min-width: 0; container: layers / inline-size; }
.plumb-layers h3 { margin: 10px 10px 3px; font-size: 11px; font-weight: 600; color: var(--quiet); letter-spacing: .02em; }
.plumb-row { display: grid; grid-template-columns: 18px 16px minmax(0, 1fr) auto; align-items: center; gap: 2px 7px;
  padding: 4px 10px 4px 7px; border-left: 3px solid transparent; }
.plumb-row:hover { background: var(--soft); }
.plumb-row[data-active="true"] { border-left-color: var(--fo-palette-primary-plainColor); background: var(--soft); }
.plumb-row > .plumb-under { grid-column: 3 / -1; min-width: 0; }
.plumb-row[data-on="false"] > .plumb-label { color: var(--quiet); }
.plumb-row[data-on="false"] > .plumb-controls { opacity: .45; }
.plumb-detail { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.plumb-label { padding: 0; border: 0; background: none; font: inherit; color: inherit; text-align: left; cursor: pointer; }
.plumb-controls { display: flex; align-items: center; gap: 6px; }
.plumb-controls input[type="range"] { width: 72px; }
.plumb-percent { width: 38px; text-align: right; white-space: nowrap; color: var(--quiet); font-size: 12px; }
.plumb-swatch { display: inline-block; width: 40px; height: 12px; border-radius: 2px; box-shadow: 0 0 0 1px var(--line); }
.plumb-chips { display: flex; flex-wrap: wrap; align-items: center; gap: 3px; margin-top: 1px; }
.plumb-chip { height: 20px; min-width: 26px; padding: 0 6px; border: 1px solid var(--line); border-radius: 10px; background: none;
  color: var(--quiet); font: inherit; font-size: 12px; cursor: pointer; }
.plumb-chip:hover { background: var(--soft); }
.plumb-chip[aria-pressed="true"] { background: var(--softer); color: var(--fo-palette-text-primary);
  border-color: var(--fo-palette-primary-plainColor); }
.plumb-row.plumb-error { padding-left: 25px; }
@container layers (max-width: 330px) { .plumb-row { grid-template-columns: 18px 16px minmax(0, 1fr); }
  .plumb-controls { grid-column: 3 / -1; } .plumb-controls input[type="range"] { flex: 1; width: auto; } }

.plumb-side { pointer-events: auto; border-radius: 3px; }
.plumb-side > [data-plumb="view-name"]::after { content: " ▾"; }
.plumb-side:hover { box-shadow: 0 0 0 1px rgb(255 255 255 / 60%); }
.plumb-side:focus-within { box-shadow: 0 0 0 2px var(--fo-palette-primary-plainColor); }
.plumb-side-menu { position: absolute; inset: 0; width: 100%; opacity: 0; cursor: pointer; font-size: 13px; }
.plumb-side-menu option { background: var(--fo-palette-background-level1); color: var(--fo-palette-text-primary); }

.plumb-bars { display: flex; flex-wrap: wrap; gap: 6px 18px; padding: 6px 10px; }
.plumb-bar { flex: 1 1 210px; max-width: 460px; min-width: 150px; }
.plumb-bar-title { display: flex; gap: 8px; justify-content: space-between; align-items: baseline; }
.plumb-bar-title > .plumb-cut { flex: 0 9999 auto; }
.plumb-bar-head { display: flex; gap: 4px; flex: 0 1 auto; min-width: 0; } .plumb-bar-unit { flex: none; white-space: nowrap; }
.plumb-bar-sides { display: flex; justify-content: space-between; gap: 8px; margin-top: -3px; white-space: nowrap; }
.plumb-bar-colours { height: 10px; border-radius: 2px; margin-top: 2px; }
.plumb-legends { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: center; flex-basis: 100%; }
.plumb-legend { display: inline-flex; align-items: center; gap: 6px; }

.plumb-notes { display: grid; gap: 4px; padding: 6px 10px; }
.plumb-note { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 8px; }
.plumb-notice { position: absolute; left: 50%; bottom: 14px; transform: translateX(-50%); z-index: 5; max-width: 90%; padding: 6px 14px;
  border: 1px solid var(--line); border-radius: 4px; background: var(--fo-palette-background-level1); box-shadow: 0 4px 16px rgb(0 0 0 / 30%);
  pointer-events: none; }
.plumb-notice:empty { visibility: hidden; }
.plumb-help { inset: 0; margin: auto; width: min(680px, calc(100vw - 32px)); height: fit-content; max-height: calc(100vh - 32px); padding: 16px 20px; }
.plumb-help h2 { margin: 0 0 10px; font-size: 16px; }
.plumb-help-groups { columns: 290px; column-gap: 28px; }
.plumb-help section { break-inside: avoid; margin-bottom: 12px; }
.plumb-help h3 { margin: 0 0 4px; font-size: 12px; color: var(--quiet); }
.plumb-help dl { display: grid; grid-template-columns: 84px 1fr; gap: 3px 8px; margin: 0; }
.plumb-help dd { margin: 0; }
.plumb-help dt { white-space: nowrap; }
`;

export function useCompareStyles(): void {
  useStyleSheet("plumb-compare-styles", CSS);
}
