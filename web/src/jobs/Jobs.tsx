/** The operations of the open dataset that were queued for workers: how far they are, what became of them. */

import * as React from "react";
import { useStyles } from "../ui/styles";
import { JobItem } from "./JobItem";
import { useJobStyles } from "./styles";
import type { JobCalls, JobList } from "./types";
import { type Jobs as JobsState, useJobs } from "./useJobs";
import { useServerTime } from "./useServerTime";
import { waitsInVain } from "./watching";
import { endedInWords } from "./words";

export { useJobCalls, type JobAddresses } from "./calls";
export type { JobCalls, JobList, JobRow } from "./types";

const START = "python -m plumb.workers --gpus 0";

/**
 * The whole view, which watches the operations for as long as it is there and can be seen.
 *
 * @param props.calls must be the same object from one drawing to the next
 * @param props.folded shows nothing but that operations have ended: what a panel draws above its other tabs
 */
export function Jobs({ calls, folded = false }: { calls: JobCalls; folded?: boolean }) {
  useStyles();
  useJobStyles();
  const element = React.useRef<HTMLElement>(null);
  const jobs = useJobs(calls, element, !folded);
  if (folded) {
    return (
      <section ref={element} className="plumb plumb-jobs plumb-jobs-folded" aria-label="Queued operations that have ended">
        <EndedNotice jobs={jobs} calls={calls} />
      </section>
    );
  }
  return (
    <section ref={element} className="plumb plumb-jobs" data-plumb="jobs" aria-label="Queued operations">
      <EndedNotice jobs={jobs} calls={calls} />
      {jobs.problem && (
        <div className="plumb-jobs-notice" role="alert" data-plumb="jobs-problem">
          <span>The list could not be read: {jobs.problem}{jobs.list ? "; this is how it was." : "."}</span>
          <button type="button" className="plumb-button plumb-framed" onClick={jobs.refresh}>Try again</button>
        </div>
      )}
      {jobs.list && <Listed list={jobs.list} calls={calls} onChange={jobs.refresh} />}
      {!jobs.list && !jobs.problem && <p className="plumb-quiet">Looking for operations…</p>}
    </section>
  );
}

function Listed({ list, calls, onChange }: { list: JobList; calls: JobCalls; onChange(): void }) {
  const now = useServerTime(list.now);
  if (list.jobs.length === 0) return <Empty list={list} />;
  return (
    <>
      {waitsInVain(list) && (
        <div className="plumb-jobs-notice" data-plumb="jobs-no-worker" style={{ "--tone": "var(--odd)" } as React.CSSProperties}>
          <p>
            Operations wait, and no worker of Plumb’s is alive. Start one in the plugin’s folder, on a machine with the same database
            and folder of maps: <code>{START}</code> (without a GPU: <code>--gpus none</code>). A worker that was started as{" "}
            <code>fiftyone delegated launch</code> cannot be seen from here before it has begun.
          </p>
        </div>
      )}
      <ul aria-label="Operations, the latest first">
        {list.jobs.map((job) => <JobItem key={job.id} job={job} now={now} read={list.now} calls={calls} onChange={onChange} />)}
      </ul>
      <Workers list={list} />
    </>
  );
}

function Workers({ list }: { list: JobList }) {
  if (list.workers.length === 0) return null;
  return <p className="plumb-quiet" data-plumb="jobs-workers">Workers that are alive: {list.workers.join(", ")}.</p>;
}

function Empty({ list }: { list: JobList }) {
  return (
    <div className="plumb-jobs-empty" data-plumb="jobs-empty">
      <h2>Nothing was queued on this dataset</h2>
      <p>Long work need not keep the App busy: queue it, and a worker does it while you go on.</p>
      <ol>
        <li>
          Start a worker in the plugin’s folder, on a machine with the same database and folder of maps: <code>{START}</code>
          {" "}(without a GPU: <code>--gpus none</code>).
        </li>
        <li>Open an operator of Plumb’s, such as “Predict depth”, and switch “Run on a worker” on.</li>
        <li>Watch it here: its progress, its speed, the time left, and its log if something goes wrong.</li>
      </ol>
      <Workers list={list} />
    </div>
  );
}

const TONES = { good: "var(--good)", bad: "var(--bad)", none: "var(--quiet)" } as const;

/** What has ended while this was open: the App itself shows nothing of it until the dataset is loaded anew. */
function EndedNotice({ jobs, calls }: { jobs: JobsState; calls: JobCalls }) {
  const told = endedInWords(jobs.ended);
  return (
    <div role="status" aria-live="polite">
      {told && (
        <div
          className="plumb-jobs-notice"
          data-plumb="jobs-ended"
          data-tone={told.tone}
          style={{ "--tone": TONES[told.tone] } as React.CSSProperties}
        >
          <div>
            {told.text}
            {told.error && <div className="plumb-jobs-error" title={told.error}>{told.error}</div>}
          </div>
          {told.wrote && (
            <button
              type="button"
              className="plumb-button plumb-framed"
              data-plumb="jobs-reload"
              onClick={() => {
                jobs.dismiss();
                void calls.reload();
              }}
            >
              Reload the dataset
            </button>
          )}
          <button type="button" className="plumb-button" data-plumb="jobs-dismiss" aria-label="Dismiss this message" onClick={jobs.dismiss}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
