/** The methods of the Python half, by the addresses that the panel's view carries. */

import { executeOperator } from "@fiftyone/operators";
import { usePanelId } from "@fiftyone/spaces";
import * as React from "react";
import { type Call, sentenceOf, useCall } from "../host/calls";
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

/** Calls without the turning wheel that the App shows in the panel's tab meanwhile: what is asked every two seconds. */
function useQuietCall(): Call {
  const panel = usePanelId();
  return React.useCallback(
    (address, params = {}) =>
      new Promise((resolve, reject) => {
        const callback = (reply: { result?: unknown; error?: unknown }) => {
          if (reply.error) reject(new Error(sentenceOf(reply.error)));
          else resolve(reply.result);
        };
        executeOperator(address, { ...params, panel_id: panel }, { callback, skipErrorNotification: true }).catch(reject);
      }),
    [panel],
  );
}
