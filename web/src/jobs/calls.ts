/** The methods of the Python half, by the addresses that the panel's view carries. */

import * as React from "react";
import { useCall, useQuietCall } from "../host/calls";
import type { JobCalls, JobList } from "./types";

/** The address of each method, as the panel's view carries it, see panels/jobs_of_plumb.py. */
export interface JobAddresses {
  list_jobs: string;
  retry_job: string;
  fail_job: string;
  job_log: string;
  reload_dataset: string;
}

/** The same object as long as the addresses are the same. */
export function useJobCalls({ list_jobs, retry_job, fail_job, job_log, reload_dataset }: JobAddresses): JobCalls {
  const call = useCall();
  const ask = useQuietCall();
  return React.useMemo(
    () => ({
      list: () => ask(list_jobs) as Promise<JobList>,
      log: (params) => ask(job_log, params) as Promise<{ lines: string[] }>,
      retry: (params) => call(retry_job, params) as Promise<{ id: string }>,
      fail: (params) => call(fail_job, params) as Promise<{ id: string }>,
      reload: () => call(reload_dataset),
    }),
    [ask, call, list_jobs, retry_job, fail_job, job_log, reload_dataset],
  );
}
