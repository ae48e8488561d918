/** The look of the jobs' view, in the colours of the App's theme. */

import { useStyleSheet } from "../host/styles";

const TINT = (colour: string) => `color-mix(in srgb, ${colour} 18%, transparent)`;

const CSS = `
.plumb-jobs { display: grid; grid-template-columns: minmax(0, 1fr); align-content: start; gap: 10px; padding: 10px; container: jobs / inline-size;
  --good: var(--fo-palette-success-plainColor, #2e9e5b); --bad: var(--fo-palette-danger-plainColor);
  --odd: var(--fo-palette-warning-main); --busy: var(--fo-palette-primary-plainColor); }
.plumb-jobs > [role="status"]:empty { position: absolute; }
.plumb-jobs-folded { padding: 0; } .plumb-jobs-folded .plumb-jobs-notice { margin: 6px 10px; }
.plumb-jobs h2 { margin: 0; font-size: 14px; font-weight: 600; }
.plumb-jobs p { margin: 0; }
.plumb-jobs ul, .plumb-jobs ol { margin: 0; padding: 0; list-style: none; display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; }
.plumb-jobs code { padding: 1px 5px; border-radius: 3px; background: var(--soft); font: 12px ui-monospace, monospace; user-select: all; white-space: nowrap; }
.plumb-job { border: 1px solid var(--line); border-left: 3px solid var(--tone, var(--line)); border-radius: 4px;
  background: var(--fo-palette-background-level1); }
.plumb-job[data-state="running"] { --tone: var(--busy); }
.plumb-job[data-state="completed"] { --tone: var(--good); }
.plumb-job[data-state="failed"] { --tone: var(--bad); }
.plumb-job[data-stopped] { --tone: var(--quiet); }
.plumb-job[data-state="stale"] { --tone: var(--odd); }
.plumb-job-clamp { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.plumb-jobs-error { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.plumb-job-head { display: grid; grid-template-columns: 84px minmax(0, 1fr) auto; gap: 3px 12px; align-items: center; padding: 8px 10px; }
.plumb-job-chip { justify-self: start; padding: 1px 8px; border-radius: 9px; font-size: 12px; border: 1px solid var(--tone, var(--line));
  background: ${TINT("var(--tone, var(--quiet))")}; }
.plumb-job-name { display: flex; flex-wrap: wrap; gap: 0 8px; align-items: baseline; min-width: 0; overflow-wrap: anywhere; }
.plumb-job-name strong { font-weight: 600; }
.plumb-job-tools { display: flex; flex-wrap: wrap; gap: 4px; justify-content: flex-end; align-items: center; }
.plumb-job-more { grid-column: 2 / -1; display: grid; gap: 4px; min-width: 0; overflow-wrap: anywhere; }
.plumb-job-bar { height: 6px; border-radius: 3px; overflow: hidden; background: var(--softer); }
.plumb-job-bar > div { height: 100%; border-radius: 3px; background: var(--busy); }
.plumb-job-bar[data-unknown="true"] > div { width: 25%; animation: plumb-job-slide 1.6s ease-in-out infinite alternate; }
@keyframes plumb-job-slide { to { transform: translateX(300%); } }
.plumb-job[data-state="stale"] .plumb-job-bar > div { background: var(--quiet); }
.plumb-job-pace { display: flex; flex-wrap: wrap; gap: 0 14px; font-size: 12px; color: var(--quiet); font-variant-numeric: tabular-nums; }
.plumb-job-problem { color: var(--fo-palette-text-primary); }
.plumb-job-problem::before { content: "\\26A0\\FE0E\\00A0"; color: var(--tone, var(--bad)); }
.plumb-job-ask { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; }
.plumb-job-details { padding: 8px 10px 10px; border-top: 1px solid var(--line); display: grid; gap: 8px; min-width: 0; }
.plumb-job-facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 12px; margin: 0; font-size: 12px; }
.plumb-job-facts dt { color: var(--quiet); }
.plumb-job-facts dd { margin: 0; overflow-wrap: anywhere; }
.plumb-job-log { margin: 0; max-height: 260px; overflow: auto; padding: 8px; border: 1px solid var(--line); border-radius: 4px;
  background: var(--fo-palette-background-level2); font: 11.5px/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.plumb-jobs-notice { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; padding: 8px 10px; border-radius: 4px;
  border: 1px solid var(--tone, var(--line)); background: ${TINT("var(--tone, var(--quiet))")}; }
.plumb-jobs-notice > span, .plumb-jobs-notice > p, .plumb-jobs-notice > div { flex: 1 1 260px; min-width: 0; overflow-wrap: anywhere; }
.plumb-jobs-empty { padding: 20px 10px; display: grid; gap: 10px; max-width: 68ch; justify-self: center; }
.plumb-jobs-empty ol { list-style: decimal; padding-left: 20px; display: block; }
.plumb-jobs-empty li { margin: 4px 0; }
@container jobs (max-width: 520px) {
  .plumb-job-head { grid-template-columns: minmax(0, 1fr) auto; }
  .plumb-job-name { grid-column: 1 / -1; grid-row: 2; }
  .plumb-job-more { grid-column: 1 / -1; }
}
@media (prefers-reduced-motion: reduce) { .plumb-job-bar[data-unknown="true"] > div { animation: none; } }
`;

export function useJobStyles(): void {
  useStyleSheet("plumb-jobs-styles", CSS);
}
