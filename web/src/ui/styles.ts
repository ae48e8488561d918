/** The look that all panels share: one style sheet in the colours of the App's theme, light and dark. */

import { useStyleSheet } from "../host/styles";

/** The orange of the App as a letter or a line: readable on both themes, which the plain one is not on white. */
const STRONG = "color-mix(in srgb, var(--fo-palette-primary-plainColor) 82%, var(--fo-palette-text-primary))";

const CSS = `
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

.plumb-ticks { position: relative; height: 20px; margin-top: 1px; font-size: 11px; color: var(--quiet); }
.plumb-tick { position: absolute; top: 4px; white-space: nowrap; transform: translateX(-50%); }
.plumb-tick::before { content: ""; position: absolute; left: 50%; top: -4px; height: 4px; border-left: 1px solid currentColor; }
.plumb-tick[data-end="low"] { transform: none; } .plumb-tick[data-end="low"]::before { left: 0; }
.plumb-tick[data-end="high"] { transform: translateX(-100%); } .plumb-tick[data-end="high"]::before { left: auto; right: 0; }

.plumb-message { display: grid; place-content: center; justify-items: center; gap: 8px; height: 100%; min-height: 180px; padding: 24px;
  text-align: center; }
.plumb-message h2 { margin: 0; font-size: 16px; font-weight: 600; }
.plumb-message p { margin: 0; max-width: 46ch; color: var(--quiet); }
.plumb-link { padding: 0; border: 0; background: none; font: inherit; font-size: 12px; color: var(--strong); cursor: pointer;
  text-decoration: underline; }
@media (prefers-reduced-motion: no-preference) { .plumb-button, .plumb-segment, .plumb-chip { transition: background-color .1s; } }
`;

export function useStyles(): void {
  useStyleSheet("plumb-styles", CSS);
}
