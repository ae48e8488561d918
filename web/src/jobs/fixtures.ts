/** Operations for tests. */

import type { JobList, JobRow } from "./types";

export const NOW = "2026-01-31T12:00:00Z";

export function job(values: Partial<JobRow> = {}): JobRow {
  return {
    id: "a", name: "predict_depth", label: "Predict depth", dataset: "rooms", what: "dpt-tiny into dpt", state: "queued",
    progress: null, step: null, done: null, total: null, unit: "images", speed: null, seconds_left: null,
    queued_at: "2026-01-31T11:50:00Z", started_at: null, ended_at: null, heard_at: null, error: null, result: null, stopped: false, stale: null,
    worker: null, again: null, ...values,
  };
}

export function list(jobs: JobRow[], workers: string[] = []): JobList {
  return { jobs, workers, now: NOW };
}
