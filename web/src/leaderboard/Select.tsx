/** One of several, from a list. */

import * as React from "react";

export interface SelectProps {
  /** The value of `data-plumb`. */
  name: string;
  label: string;
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
  title?: string;
  /** Whether the label stands before it, or is only for screen readers. */
  quiet?: boolean;
  change: (value: string) => void;
}

export function Select({ name, label, value, options, title, quiet, change }: SelectProps) {
  return (
    <label className="plumb-line" title={title}>
      <span className={quiet ? "plumb-hidden" : "plumb-quiet"}>{label}</span>
      <select className="plumb-input" value={value} data-plumb={name} onChange={(event) => change(event.target.value)}>
        {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
      </select>
    </label>
  );
}
