/** The look of the compare panel: one style sheet in the colours of the App's theme, light and dark. */

import * as React from "react";

/** The orange of the App as a letter or a line: readable on both themes, which the plain one is not on white. */
const STRONG = "color-mix(in srgb, var(--fo-palette-primary-plainColor) 82%, var(--fo-palette-text-primary))";

export const CSS = `
@keyframes plumb-appear { from { opacity: 0 } to { opacity: 1 } }
.plumb-waits { position: absolute; inset: auto 0 12px; margin: auto; width: fit-content; padding: 4px 12px; border-radius: 4px;
  background: rgba(0, 0, 0, 0.72); color: #fff; font-size: 13px; animation: plumb-appear 0.1s 0.25s both }
.plumb { --strong: ${STRONG}; --line: color-mix(in srgb, var(--fo-palette-text-primary) 16%, transparent);
  --soft: color-mix(in srgb, var(--fo-palette-text-primary) 7%, transparent);
  --softer: color-mix(in srgb, var(--fo-palette-text-primary) 13%, transparent);
  --quiet: var(--fo-palette-text-secondary); --warning: color-mix(in srgb, var(--fo-palette-danger-plainColor) 75%, var(--fo-palette-text-primary));
  position: relative; box-sizing: border-box; outline: none; color-scheme: light;
  color: var(--fo-palette-text-primary); font-size: 13px; line-height: 1.4; container: plumb / inline-size; }
[data-mui-color-scheme="dark"] .plumb { color-scheme: dark; }
.plumb *, .plumb *::before { box-sizing: border-box; }
.plumb :focus-visible { outline: 2px solid var(--strong); outline-offset: 1px; }
.plumb-quiet { color: var(--quiet); font-size: 12px; }
.plumb-warning { color: var(--warning); font-size: 12px; }
.plumb-numbers { font-variant-numeric: tabular-nums; }
.plumb-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.plumb-cut { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }

.plumb-button { display: inline-flex; align-items: center; justify-content: center; gap: 5px; height: 28px; min-width: 28px;
  padding: 0 6px; margin: 0; border: 1px solid transparent; border-radius: 4px; background: transparent; color: inherit;
  font: inherit; white-space: nowrap; cursor: pointer; }
.plumb-button:hover { background: var(--soft); }
.plumb-button:is(:disabled, [aria-disabled="true"]) { opacity: .4; cursor: default; background: none; }
.plumb-button[aria-expanded="true"], .plumb-button[aria-pressed="true"] { background: var(--softer); }
.plumb-button svg, .plumb-segment svg { flex: none; }
.plumb-caret { display: inline-flex; }
.plumb-framed { border-color: var(--line); }
.plumb-main { background: var(--fo-palette-primary-plainColor); color: hsl(200, 0%, 8%); font-weight: 600; padding: 0 12px; }
.plumb-main:hover { background: color-mix(in srgb, var(--fo-palette-primary-plainColor) 88%, white); }

.plumb-segments { display: inline-flex; justify-self: start; border: 1px solid var(--line); border-radius: 4px; overflow: clip; }
.plumb-segment { position: relative; display: inline-flex; align-items: center; justify-content: center; gap: 5px; height: 26px;
  min-width: 28px; padding: 0 7px; cursor: pointer; white-space: nowrap; color: var(--quiet); }
.plumb-segment + .plumb-segment { border-left: 1px solid var(--line); }
.plumb-segment:hover { background: var(--soft); }
.plumb-segment:has(:checked) { background: var(--softer); color: var(--fo-palette-text-primary);
  box-shadow: inset 0 -2px var(--fo-palette-primary-plainColor); }
.plumb-segment:has(:focus-visible) { outline: 2px solid var(--strong); outline-offset: -2px; }
.plumb-segment input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: inherit; }

.plumb-input { height: 26px; padding: 0 6px; border: 1px solid var(--line); border-radius: 4px; font: inherit; color: inherit;
  background: var(--fo-palette-background-level2); }
.plumb-input[aria-invalid="true"] { border-color: var(--warning); }
textarea.plumb-input { height: 76px; width: 100%; padding: 6px; resize: vertical; font-family: monospace; font-size: 12px; }
.plumb input[type="range"], .plumb input[type="checkbox"] { accent-color: var(--fo-palette-primary-plainColor); margin: 0; cursor: pointer; }
.plumb input[type="range"] { height: 20px; min-width: 0; accent-color: var(--quiet); }
.plumb input[type="range"]:is(:hover, :focus-visible) { accent-color: var(--fo-palette-primary-plainColor); }

.plumb-popover { position: fixed; margin: 0; padding: 12px; border: 1px solid var(--line); border-radius: 6px; color: inherit;
  background: var(--fo-palette-background-level1); box-shadow: 0 6px 24px rgb(0 0 0 / 35%); font: inherit; overflow: auto; }
.plumb-popover fieldset { border: 0; padding: 0; margin: 0 0 12px; display: grid; gap: 7px; min-width: 0; }
.plumb-popover fieldset:last-child { margin-bottom: 0; }
.plumb-popover legend { padding: 0; margin-bottom: 6px; font-weight: 600; }
.plumb-line { display: flex; align-items: center; gap: 6px; flex-wrap: wrap; min-width: 0; }
.plumb-choice { display: flex; align-items: center; gap: 7px; cursor: pointer; }
.plumb-choice input { accent-color: var(--fo-palette-primary-plainColor); margin: 0; }
.plumb-menu { display: grid; gap: 1px; }
.plumb-menu .plumb-button { justify-content: flex-start; width: 100%; }
.plumb-key { display: inline-block; min-width: 18px; padding: 0 4px; border: 1px solid var(--line); border-radius: 3px;
  font: 11px/16px ui-monospace, monospace; text-align: center; color: var(--quiet); }

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

.plumb-bars { display: flex; flex-wrap: wrap; gap: 6px 18px; padding: 6px 10px; }
.plumb-bar { flex: 1 1 210px; max-width: 460px; min-width: 150px; }
.plumb-bar-title { display: flex; gap: 8px; justify-content: space-between; align-items: baseline; }
.plumb-bar-title > .plumb-cut { flex: 0 9999 auto; }
.plumb-bar-head { display: flex; gap: 4px; flex: 0 1 auto; min-width: 0; } .plumb-bar-unit { flex: none; white-space: nowrap; }
.plumb-bar-sides { display: flex; justify-content: space-between; gap: 8px; margin-top: -3px; white-space: nowrap; }
.plumb-bar-colours { height: 10px; border-radius: 2px; margin-top: 2px; }
.plumb-legends { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: center; flex-basis: 100%; }
.plumb-legend { display: inline-flex; align-items: center; gap: 6px; }
.plumb-ticks { position: relative; height: 20px; margin-top: 1px; font-size: 11px; color: var(--quiet); }
.plumb-tick { position: absolute; top: 4px; white-space: nowrap; transform: translateX(-50%); }
.plumb-tick::before { content: ""; position: absolute; left: 50%; top: -4px; height: 4px; border-left: 1px solid currentColor; }
.plumb-tick[data-end="low"] { transform: none; } .plumb-tick[data-end="low"]::before { left: 0; }
.plumb-tick[data-end="high"] { transform: translateX(-100%); } .plumb-tick[data-end="high"]::before { left: auto; right: 0; }

.plumb-message { display: grid; place-content: center; justify-items: center; gap: 8px; height: 100%; min-height: 180px; padding: 24px;
  text-align: center; }
.plumb-message h2 { margin: 0; font-size: 16px; font-weight: 600; }
.plumb-message p { margin: 0; max-width: 46ch; color: var(--quiet); }
.plumb-notes { display: grid; gap: 4px; padding: 6px 10px; }
.plumb-note { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 8px; }
.plumb-link { padding: 0; border: 0; background: none; font: inherit; font-size: 12px; color: var(--strong); cursor: pointer;
  text-decoration: underline; }
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
@media (prefers-reduced-motion: no-preference) { .plumb-button, .plumb-segment, .plumb-chip { transition: background-color .1s; } }
`;

/** Puts the style sheet into the page, once for all panels. */
export function useStyles(): void {
  React.useInsertionEffect(() => {
    if (document.getElementById("plumb-styles")) return;
    const element = document.createElement("style");
    element.id = "plumb-styles";
    element.textContent = CSS;
    document.head.append(element);
  }, []);
}
