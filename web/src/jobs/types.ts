/** What the Python half of the jobs' view sends (panels/jobs_of_plumb.py); names as Python has them. */

export type JobState = "queued" | "running" | "completed" | "failed" | "stale";

/** One operation that was queued for a worker. Times are UTC, such as "2026-01-31T12:00:00Z"; null for what is not known. */
export interface JobRow {
  id: string;
  /** Of the operator, such as "predict_depth", and for people. */
  name: string;
  label: string;
  dataset: string | null;
  /** What it does, in one line; "" where there is nothing to say. */
  what: string;
  state: JobState;
  /** 0 to 1. */
  progress: number | null;
  /** What it said last. */
  step: string | null;
  /** Of the stage that it is in, in `unit`. */
  done: number | null;
  total: number | null;
  /** Plural of what is counted, such as "images". */
  unit: string;
  /** Units a second. */
  speed: number | null;
  seconds_left: number | null;
  queued_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  heard_at: string | null;
  /** One line. */
  error: string | null;
  result: string | null;
  /** Whether it has failed only because somebody took it off the queue or stopped it. */
  stopped: boolean;
  /** Why it is taken for dead. */
  stale: string | null;
  /** What runs it, or ran it, with its process. */
  worker: string | null;
  /** The id under which it was queued again. */
  again: string | null;
}

export interface JobList {
  /** The one that was queued last first. */
  jobs: JobRow[];
  /** Plumb's workers that are alive, busy or not. */
  workers: string[];
  /** The server's time: ages are told by it, whatever the browser's clock says. */
  now: string;
}

/** The methods of the Python half; they reject with a sentence. */
export interface JobCalls {
  list(): Promise<JobList>;
  /** Queues it once more, with the same parameters on the same samples; the new one's id. */
  retry(params: { id: string }): Promise<{ id: string }>;
  /** Takes a queued one off the queue, stops a running one, gives a dead one up. */
  fail(params: { id: string }): Promise<{ id: string }>;
  /** The end of its log and the whole of its error. */
  log(params: { id: string }): Promise<{ lines: string[] }>;
  /** Lets the App show what an operation has changed. */
  reload(): Promise<unknown>;
}
