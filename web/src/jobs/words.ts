/** Sentences about operations. */

import { ago, duration, estimate, secondsBetween, speed } from "./format";
import type { JobRow, JobState } from "./types";

export const STATES: Record<JobState, string> = {
  queued: "Queued",
  running: "Running",
  completed: "Completed",
  failed: "Failed",
  stale: "Stale",
};

/** When it was queued, begun or ended, and how long it took, in one short line. */
export function when(job: JobRow, now: string): string {
  const ran = job.started_at && job.ended_at ? duration(secondsBetween(job.started_at, job.ended_at)) : null;
  switch (job.state) {
    case "queued":
      return job.queued_at ? `queued ${ago(job.queued_at, now)}` : "";
    case "running":
      return job.started_at ? `for ${duration(secondsBetween(job.started_at, now))}` : "";
    case "stale":
      return job.heard_at ? `last heard of ${ago(job.heard_at, now)}` : "";
    case "completed":
      return job.ended_at ? `${ago(job.ended_at, now)}${ran ? `, took ${ran}` : ""}` : "";
    case "failed":
      return job.ended_at ? `${ago(job.ended_at, now)}${ran ? `, after ${ran}` : ""}` : "";
  }
}

/** What a running operation says, how fast it is and how long it will take, as far as that is known. */
export function pace(job: JobRow): string[] {
  const parts = [job.step ?? "begins"];
  if (job.speed !== null) parts.push(speed(job.speed, job.unit));
  if (job.seconds_left !== null) parts.push(`${estimate(job.seconds_left)} left`);
  return parts;
}

/** What became of it or is the matter with it, in one line; null where there is nothing to tell. */
export function outcome(job: JobRow): string | null {
  switch (job.state) {
    case "completed":
      return job.result;
    case "failed":
      return job.error && capitalised(job.error.replace(/^[\w.]+(Error|Exception): /, ""));
    case "stale":
      return job.stale && `${capitalised(job.stale)}.`;
    default:
      return null;
  }
}

/** That operations have ended, in a sentence or two. */
export function endedInWords(ended: readonly JobRow[]): string {
  const [latest] = ended;
  if (!latest) return "";
  const what = latest.what ? ` (${latest.what})` : "";
  const told = outcome(latest);
  const how = latest.state === "completed" ? "is done" : "has failed";
  const others = ended.length > 1 ? ` ${ended.length - 1} more ${ended.length > 2 ? "have" : "has"} ended.` : "";
  return `${latest.label}${what} ${how}${told ? `: ${told}` : ""}${/[.!?]$/.test(told ?? "") ? "" : "."}${others}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
