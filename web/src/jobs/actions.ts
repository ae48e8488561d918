/** What can be done about an operation in each of its states, and in which words. */

import type { JobRow } from "./types";

export interface JobAction {
  call: "retry" | "fail";
  label: string;
  /** Asked before it is done; null where it does no harm. */
  question: string | null;
  /** What the button says that answers yes. */
  yes: string;
}

const RETRY: JobAction = { call: "retry", label: "Retry", question: null, yes: "" };
const CANCEL: JobAction = { call: "fail", label: "Cancel", question: "Take it off the queue?", yes: "Take it off" };
const STOP: JobAction = {
  call: "fail",
  label: "Stop",
  question: "Stop it at its next step? What it has done by then is kept.",
  yes: "Stop it",
};
const GIVE_UP: JobAction = {
  call: "fail",
  label: "Mark as failed",
  question: "Mark it as failed? If its worker lives after all, it stops at its next step.",
  yes: "Mark as failed",
};

export function actionsOf(job: JobRow): JobAction[] {
  switch (job.state) {
    case "queued":
      return [CANCEL];
    case "running":
      return [STOP];
    case "stale":
      return [RETRY, GIVE_UP];
    case "failed":
      return job.again ? [] : [RETRY];
    case "completed":
      return [];
  }
}
