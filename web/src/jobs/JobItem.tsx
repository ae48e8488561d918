/** One operation in the list: state, progress, outcome, what can be done about it. */

import * as React from "react";
import { actionsOf, type JobAction } from "./actions";
import { local } from "./format";
import { JobDetails } from "./JobLog";
import type { JobCalls, JobRow } from "./types";
import { outcome, pace, stateInWords, when } from "./words";

interface Props {
  job: JobRow;
  /** The server's time, now and when the list was read. */
  now: string;
  read: string;
  calls: JobCalls;
  /** Called when something was done about it. */
  onChange(): void;
}

export function JobItem({ job, now, read, calls, onChange }: Props) {
  const [open, setOpen] = React.useState(false);
  const told = outcome(job);
  const bad = (job.state === "failed" && !job.stopped) || job.state === "stale";
  const clamp = open ? "" : "plumb-job-clamp";
  const time = job.ended_at ?? job.started_at ?? job.queued_at;
  return (
    <li
      className="plumb-job"
      data-plumb="job"
      data-state={job.state}
      data-stopped={job.stopped || undefined}
      data-id={job.id}
      aria-label={`${job.label}, ${stateInWords(job)}`}
    >
      <div className="plumb-job-head">
        <span className="plumb-job-chip" data-plumb="job-state">{stateInWords(job)}</span>
        <span className="plumb-job-name">
          <strong>{job.label}</strong>
          <span>{job.what}</span>
          <span className="plumb-quiet" title={time ? local(time) : undefined} data-plumb="job-when">{when(job, now)}</span>
        </span>
        <Tools job={job} calls={calls} open={open} onToggle={() => setOpen(!open)} onChange={onChange} />
        {(job.state === "running" || told || job.again) && (
          <div className="plumb-job-more">
            {job.state === "running" && <Progress job={job} />}
            {told && <p className={`${clamp} ${bad ? "plumb-job-problem" : ""}`} title={told} data-plumb="job-outcome">{told}</p>}
            {job.again && <p className="plumb-quiet">Queued again{open ? "" : "; the details say as which"}.</p>}
          </div>
        )}
      </div>
      {open && <JobDetails job={job} calls={calls} version={job.state === "running" ? read : job.state} />}
    </li>
  );
}

function Progress({ job }: { job: JobRow }) {
  const percent = Math.round(100 * (job.progress ?? 0));
  const unknown = percent === 0;
  return (
    <>
      <div
        className="plumb-job-bar"
        data-unknown={unknown}
        role="progressbar"
        aria-label={`Progress of ${job.label}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={unknown ? undefined : percent}
        aria-valuetext={pace(job).join(", ")}
      >
        <div style={unknown ? undefined : { width: `${percent}%` }} />
      </div>
      <div className="plumb-job-pace" data-plumb="job-pace">
        {pace(job).map((part) => <span key={part}>{part}</span>)}
      </div>
    </>
  );
}

interface ToolsProps {
  job: JobRow;
  calls: JobCalls;
  open: boolean;
  onToggle(): void;
  onChange(): void;
}

function Tools({ job, calls, open, onToggle, onChange }: ToolsProps) {
  const [asked, setAsked] = React.useState<JobAction | null>(null);
  const [busy, setBusy] = React.useState(false);
  const [problem, setProblem] = React.useState<string | null>(null);
  const actions = actionsOf(job);
  const waiting = asked && actions.includes(asked) ? asked : null; // its state may have changed since

  async function act(action: JobAction): Promise<void> {
    setAsked(null);
    setBusy(true);
    setProblem(null);
    try {
      await calls[action.call]({ id: job.id });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
    onChange();
  }

  if (waiting) {
    return (
      <div
        className="plumb-job-ask plumb-job-more"
        role="alertdialog"
        aria-label={waiting.question ?? waiting.label}
        onKeyDown={(event) => event.key === "Escape" && setAsked(null)}
      >
        <span>{waiting.question}</span>
        <button type="button" className="plumb-button plumb-framed" data-plumb="job-yes" onClick={() => void act(waiting)}>
          {waiting.yes}
        </button>
        <button type="button" className="plumb-button" data-plumb="job-no" autoFocus onClick={() => setAsked(null)}>
          No
        </button>
      </div>
    );
  }
  return (
    <>
      <div className="plumb-job-tools">
        {actions.map((action) => (
          <button
            key={action.label}
            type="button"
            className="plumb-button plumb-framed"
            data-plumb={`job-${action.call}`}
            disabled={busy}
            aria-label={`${action.label}: ${job.label} ${job.what}`}
            onClick={() => (action.question ? setAsked(action) : void act(action))}
          >
            {action.label}
          </button>
        ))}
        <button
          type="button"
          className="plumb-button"
          data-plumb="job-details"
          aria-expanded={open}
          aria-label={`Details and log of ${job.label} ${job.what}`}
          onClick={onToggle}
        >
          {open ? "Hide log" : "Log"}
        </button>
      </div>
      {problem && <p className="plumb-job-more plumb-warning" role="alert" data-plumb="job-problem">{problem}</p>}
    </>
  );
}
