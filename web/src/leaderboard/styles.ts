/** The leaderboard's look, beside the one that all panels share. */

import { useStyleSheet } from "../host/styles";

const CSS = `
.plumb-lb { height: 100%; min-height: 0; overflow: auto; background: var(--fo-palette-background-level2); }
.plumb-lb-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 6px 12px; }
.plumb-lb-top { position: sticky; top: 0; left: 0; z-index: 3; background: var(--fo-palette-background-level1); border-bottom: 1px solid var(--line); }
.plumb-lb-tabs { display: inline-flex; gap: 2px; }
.plumb-lb-tab { padding: 5px 12px; border: 0; border-bottom: 2px solid transparent; background: none; color: var(--quiet); font: inherit; cursor: pointer; }
.plumb-lb-tab[aria-selected="true"] { color: var(--fo-palette-text-primary); border-bottom-color: var(--fo-palette-primary-plainColor); }
.plumb-lb-told { margin: 8px 12px 0; padding: 7px 12px; border: 1px solid var(--line); border-left: 3px solid var(--fo-palette-primary-plainColor);
  border-radius: 4px; background: var(--fo-palette-background-level1); display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; }
.plumb-lb-top .plumb-lb-told { margin: 0 12px 6px; padding: 4px 12px; background: var(--fo-palette-background-level2); }
.plumb-lb-block { margin: 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--fo-palette-background-level1); }
.plumb-lb-head { padding: 9px 12px 8px; }
.plumb-lb-head h2 { display: inline; margin: 0; font-size: 13px; font-weight: 600; }
.plumb-lb-head p { margin: 2px 0 0; }
.plumb-lb-apart { color: var(--fo-palette-text-primary); font-size: 12px; }
/* A shadow at the right tells of columns beyond; at the end of the way the ground, which moves along, covers it. */
.plumb-lb-scroll:last-child { border-radius: 0 0 6px 6px; }
.plumb-lb-scroll { overflow-x: auto; background:
  linear-gradient(to left, var(--fo-palette-background-level1) 40%, transparent) right / 40px 100% no-repeat local,
  linear-gradient(to left, rgb(0 0 0 / 22%), transparent) right / 14px 100% no-repeat; }
.plumb-lb table { border-collapse: separate; border-spacing: 0; width: 100%; font-variant-numeric: tabular-nums; }
.plumb-lb th, .plumb-lb td { padding: 5px 12px; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); vertical-align: top; }
.plumb-lb th { font-weight: 400; font-size: 12px; color: var(--quiet); vertical-align: bottom; }
.plumb-lb th:first-child, .plumb-lb td:first-child { text-align: left; position: sticky; left: 0; background: var(--fo-palette-background-level1); z-index: 1; }
.plumb-lb td.plumb-lb-name { min-width: 150px; max-width: 280px; white-space: normal; overflow-wrap: anywhere; }
.plumb-lb-named { display: flex; align-items: baseline; }
.plumb-lb-named .plumb-lb-dot { flex: none; }
@container plumb (max-width: 620px) {
  .plumb-lb td.plumb-lb-name { min-width: 140px; max-width: 200px; padding-right: 4px; }
  .plumb-lb-tab { padding: 5px 8px; }
  .plumb-lb-bar { gap: 6px 8px; }
  .plumb-lb th, .plumb-lb td { padding-left: 8px; padding-right: 8px; }
}
.plumb-lb th.plumb-lb-words, .plumb-lb td.plumb-lb-words { text-align: left; }
.plumb-lb th button { padding: 2px 0; border: 0; background: none; font: inherit; color: inherit; cursor: pointer; }
.plumb-lb th button:hover, .plumb-lb th[aria-sort] button { color: var(--fo-palette-text-primary); }
.plumb-lb th[aria-sort] button { font-weight: 600; }
.plumb-lb tbody tr:hover td { background: color-mix(in srgb, var(--fo-palette-text-primary) 5%, var(--fo-palette-background-level1)); }
.plumb-lb-best { font-weight: 700; color: var(--strong); }
.plumb-lb-dot { display: inline-block; width: 9px; height: 9px; margin-right: 8px; border-radius: 50%; vertical-align: baseline; }
.plumb-lb-under { display: block; font-size: 11px; color: var(--quiet); }
.plumb-lb-indent { padding-left: 17px; }
.plumb-lb-indent .plumb-link { font-size: 11px; }
.plumb-lb-mark { display: block; color: var(--strong); font-size: 10px; line-height: 1.2; }
.plumb-lb-foot { border-top: 1px solid var(--line); }
.plumb-lb-plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 360px), 1fr)); gap: 12px; padding: 12px; }
.plumb-lb-card { display: grid; grid-template-rows: auto 1fr auto; min-width: 0; border: 1px solid var(--line); border-radius: 6px;
  background: var(--fo-palette-background-level1); padding: 8px 10px; }
.plumb-lb-card h3 { margin: 0; font-size: 13px; font-weight: 600; }
.plumb-lb-card header { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; min-height: 28px; }
.plumb-lb-card figcaption { color: var(--quiet); font-size: 11px; line-height: 1.4; }
.plumb-lb-legend { display: flex; flex-wrap: wrap; gap: 1px 12px; width: 100%; color: var(--quiet); font-size: 12px; }
.plumb-lb-legend .plumb-cut { max-width: 240px; }
.plumb-lb-legend .plumb-lb-dot { margin-right: 5px; }
.plumb-choice .plumb-lb-dot { margin-right: 5px; }
.plumb-lb-plot { min-height: 330px; min-width: 0; position: relative; }
.plumb-lb-fill { position: absolute; inset: 0; }
.plumb-lb-empty { display: grid; place-content: center; height: 100%; padding: 16px; text-align: center; color: var(--quiet); }
.plumb-lb-list { margin: 0; padding: 6px 12px 10px 28px; }
.plumb-lb select.plumb-input { max-width: 220px; }
.plumb-lb textarea.plumb-input { height: 160px; white-space: pre; }
`;

export function useLeaderboardStyles(): void {
  useStyleSheet("plumb-leaderboard-styles", CSS);
}
