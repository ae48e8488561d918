/** Which columns the table has, and copying it. */

import * as React from "react";
import { Popover } from "../ui/Popover";
import { copyText } from "../host/clipboard";
import { metricHeader } from "../readout/format";
import { allMetrics, sorted, visibleMetrics, type Sorting } from "./table";
import type { Block, CopyFormat, LeaderboardCalls } from "./types";

export interface ColumnPickerProps {
  blocks: readonly Block[];
  /** Null for those that papers report. */
  chosen: readonly string[] | null;
  choose: (metrics: readonly string[] | null) => void;
}

export function ColumnPicker({ blocks, chosen, choose }: ColumnPickerProps) {
  const metrics = allMetrics(blocks);
  const visible = new Set(blocks.flatMap((block) => visibleMetrics(block, chosen).map((metric) => metric.name)));
  const toggle = (name: string) => {
    const kept = metrics.map((metric) => metric.name).filter((one) => visible.has(one) !== (one === name));
    if (kept.length) choose(kept);
  };
  return (
    <Popover name="lb-columns" label="Choose the metrics that are shown" button={`Columns (${visible.size} of ${metrics.length})`}
      width={320} className="plumb-button plumb-framed">
      {() => (
        <fieldset>
          <legend>Metrics</legend>
          <span className="plumb-line">
            <button type="button" className="plumb-link" data-plumb="lb-columns-usual" onClick={() => choose(null)}>the usual ones</button>
            <button type="button" className="plumb-link" data-plumb="lb-columns-all"
              onClick={() => choose(metrics.map((metric) => metric.name))}>all</button>
          </span>
          {metrics.map((metric) => (
            <label key={metric.name} className="plumb-choice" title={metric.description}>
              <input type="checkbox" checked={visible.has(metric.name)} data-plumb={`lb-column-${metric.name}`}
                onChange={() => toggle(metric.name)} />
              <span>{metricHeader(metric)} <span className="plumb-quiet">{metric.description}</span></span>
            </label>
          ))}
        </fieldset>
      )}
    </Popover>
  );
}

const FORMATS: readonly { format: CopyFormat; label: string }[] = [
  { format: "markdown", label: "Markdown" }, { format: "latex", label: "LaTeX" }, { format: "csv", label: "CSV" },
];

export interface CopyButtonsProps {
  calls: LeaderboardCalls;
  blocks: readonly Block[];
  chosen: readonly string[] | null;
  sorting: Sorting | null;
}

/** Copies the tables as they are shown: these metrics, the runs in this order. */
export function CopyButtons({ calls, blocks, chosen, sorting }: CopyButtonsProps) {
  const [said, setSaid] = React.useState("");
  const [text, setText] = React.useState<string | null>(null);
  const area = React.useRef<HTMLTextAreaElement>(null);
  React.useEffect(() => area.current?.select(), [text]);
  const copy = async (format: CopyFormat, label: string) => {
    const runs = blocks.flatMap((block) => sorted(block, sorting).map((run) => run.run));
    const metrics = [...new Set(blocks.flatMap((block) => visibleMetrics(block, chosen).map((metric) => metric.name)))];
    setText(null);
    try {
      const table = await calls.copy({ runs, metrics, format });
      const copied = await copyText(table);
      setSaid(copied ? `Copied as ${label}` : "The browser gives no clipboard to this page: copy the text with Ctrl+C or ⌘C");
      if (!copied) setText(table);
    } catch (error) {
      setSaid((error as Error).message);
    }
  };
  return (
    <>
      <span className="plumb-line" role="group" aria-label="Copy the tables">
        <span className="plumb-quiet">Copy as</span>
        {FORMATS.map(({ format, label }) => (
          <button key={format} type="button" className="plumb-button plumb-framed" data-plumb={`lb-copy-${format}`}
            onClick={() => void copy(format, label)}>{label}</button>
        ))}
      </span>
      <span className="plumb-quiet" role="status" data-plumb="lb-copied">{said}</span>
      {text !== null && (
        <textarea ref={area} className="plumb-input" readOnly value={text} aria-label="The tables as text" data-plumb="lb-copied-text" />
      )}
    </>
  );
}
