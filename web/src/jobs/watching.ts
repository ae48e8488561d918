/** When the list of operations is asked for again, and what has happened since it was asked for last. */

import type { JobList, JobRow } from "./types";

const FAST = 2_000;
const SLOW = 10_000;
const SLOWEST = 60_000;

/**
 * Milliseconds until the list is asked for again: soon while something waits or runs, later after each failure in a row.
 *
 * @param watched whether the list is shown, not only what has ended
 */
export function pause(list: JobList | null, failures: number, watched: boolean): number {
  if (failures > 0) return Math.min(FAST * 2 ** failures, SLOWEST);
  return watched && list?.jobs.some(isUnderWay) ? FAST : SLOW;
}

export function isUnderWay(job: JobRow): boolean {
  return job.state === "queued" || job.state === "running";
}

/** The operations that ended between two looks, whatever came of them, the latest first. */
export function endedSince(before: JobList | null, after: JobList): JobRow[] {
  const waited = new Set((before?.jobs ?? []).filter((job) => isUnderWay(job) || job.state === "stale").map((job) => job.id));
  return after.jobs.filter((job) => waited.has(job.id) && (job.state === "completed" || job.state === "failed"));
}

/** Whether operations wait and nothing that could be seen from here will run them. */
export function waitsInVain(list: JobList): boolean {
  const running = list.jobs.some((job) => job.state === "running");
  return !running && list.workers.length === 0 && list.jobs.some((job) => job.state === "queued");
}

/** A promise that rejects when it has not been settled after so many milliseconds. */
export function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the App's server has not answered for ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
