/** Sentences about operations. */

import { ago, duration, estimate, secondsBetween, speed } from "./format";
import type { JobRow, JobState } from "./types";

const STATES: Record<JobState, string> = {
  queued: "Queued",
  running: "Running",
  completed: "Completed",
  failed: "Failed",
  stale: "Stale",
};

/** The word for its state: what somebody has stopped on purpose has not failed. */
export function stateInWords(job: JobRow): string {
  return job.stopped ? "Stopped" : STATES[job.state];
}

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

/** What is said of operations that have ended, of several of them how many came to which end. */
export interface Ended {
  text: string;
  /** The error of one that has failed, to be told in one line. */
  error: string | null;
  tone: "good" | "bad" | "none";
  /** Whether the App may have something new to show. */
  wrote: boolean;
}

/** Of operations that have ended, the latest first; of failures the latest is told before all else. */
export function endedInWords(ended: readonly JobRow[]): Ended | null {
  const failed = ended.filter(hasFailed);
  const told = failed[0] ?? ended[0];
  if (!told) return null;
  const done = ended.filter((job) => job.state === "completed").length;
  const stopped = ended.length - done - failed.length;
  const counts = [[done, "done"], [failed.length, "failed"], [stopped, "stopped"]] as const;
  const count = counts.filter(([many]) => many > 0).map(([many, how]) => `${many} ${how}`).join(", ");
  return {
    text: ended.length > 1 ? `${count}. ${told === ended[0] ? "The latest: " : ""}${oneEnded(told)}` : oneEnded(told),
    error: hasFailed(told) ? outcome(told) : null,
    tone: failed.length ? "bad" : done ? "good" : "none",
    wrote: ended.some(wrote),
  };
}

function oneEnded(job: JobRow): string {
  const name = `${job.label}${job.what ? ` (${job.what})` : ""}`;
  if (hasFailed(job)) return `${name} has failed${job.error ? ":" : "."}`;
  if (job.stopped) return `${name} was stopped.`;
  return `${name} is done${job.result ? `: ${job.result}` : ""}${/[.!?]$/.test(job.result ?? "") ? "" : "."}`;
}

function hasFailed(job: JobRow): boolean {
  return job.state === "failed" && !job.stopped;
}

/** A report goes into a folder; of all else, what was done before the end is kept. */
function wrote(job: JobRow): boolean {
  return job.name !== "export_depth_report" && (job.state === "completed" || (job.done ?? 0) > 0);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
