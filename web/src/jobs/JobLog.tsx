/** The details of one operation: its facts, its error and the end of its log. */

import * as React from "react";
import { local } from "./format";
import type { JobCalls, JobRow } from "./types";

interface Props {
  job: JobRow;
  calls: JobCalls;
  /** Changes whenever the log may have grown. */
  version: string;
}

export function JobDetails({ job, calls, version }: Props) {
  const facts: [string, string | null][] = [
    ["Operation", job.id],
    ["Run by", job.worker],
    ["Queued", job.queued_at && local(job.queued_at)],
    ["Begun", job.started_at && local(job.started_at)],
    ["Ended", job.ended_at && local(job.ended_at)],
    ["Queued again as", job.again],
  ];
  return (
    <div className="plumb-job-details">
      <dl className="plumb-job-facts">
        {facts.map(([name, value]) => value && (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
      </dl>
      <Log job={job} calls={calls} version={version} />
    </div>
  );
}

function Log({ job, calls, version }: Props) {
  const [lines, setLines] = React.useState<string[] | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const box = React.useRef<HTMLPreElement>(null);
  const atEnd = React.useRef(true);

  React.useEffect(() => {
    let stopped = false;
    calls.log({ id: job.id }).then(
      (answer) => {
        if (stopped) return;
        setLines(answer.lines);
        setProblem(null);
      },
      (error: unknown) => {
        if (!stopped) setProblem(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      stopped = true;
    };
  }, [calls, job.id, version]);

  // As a terminal: it follows what is written until the reader scrolls up.
  React.useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);

  if (problem) return <p className="plumb-warning">The log could not be read: {problem}</p>;
  if (lines === null) return <p className="plumb-quiet">Reading the log…</p>;
  if (lines.length === 0) return <p className="plumb-quiet">{noLog(job)}</p>;
  return (
    <pre
      ref={box}
      className="plumb-job-log"
      data-plumb="job-log"
      tabIndex={0}
      role="log"
      aria-label={`End of the log of ${job.label}, times in UTC`}
      onScroll={({ currentTarget: element }) => {
        atEnd.current = element.scrollTop + element.clientHeight > element.scrollHeight - 8;
      }}
    >
      {lines.join("\n")}
    </pre>
  );
}

function noLog(job: JobRow): string {
  if (job.state === "queued") return "The log begins when a worker takes the operation.";
  return "There is no log: it ended before its work began, or over a month ago.";
}
