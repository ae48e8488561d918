/** Form controls of the panel: native ones in the App's colours. */

import * as React from "react";
import { Icon, type IconName } from "./icons";

export interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly icon?: IconName;
  /** What a tooltip adds to the label, such as a key. */
  readonly hint?: string;
}

export interface SegmentsProps<T extends string> {
  name: string;
  label: string;
  value: T;
  options: readonly Option<T>[];
  /** Of the words beside icons: which narrow panels leave out. */
  wordClass?: string;
  change: (value: T) => void;
}

/** One of a few, side by side; arrow keys move within. */
export function Segments<T extends string>({ name, label, value, options, wordClass, change }: SegmentsProps<T>) {
  const group = React.useId();
  return (
    <span className="plumb-segments" role="radiogroup" aria-label={label} data-plumb={name}>
      {options.map((option) => (
        <label
          key={option.value}
          className="plumb-segment"
          title={option.hint ? `${option.label} (${option.hint})` : option.label}
        >
          <input
            type="radio"
            name={group}
            aria-label={option.label}
            checked={option.value === value}
            data-plumb={`${name}-${option.value}`}
            onChange={() => change(option.value)}
          />
          {option.icon && <Icon name={option.icon} />}
          <span className={wordClass}>{option.label}</span>
        </label>
      ))}
    </span>
  );
}

export interface NumberProps {
  name: string;
  label: string;
  unit: string;
  value: number;
  step: number;
  invalid?: boolean;
  change: (value: number) => void;
}

/** A number with its unit; what cannot be read as one stays typed, marked, and changes nothing. */
export function NumberInput({ name, label, unit, value, step, invalid, change }: NumberProps) {
  const [typed, setTyped] = React.useState<string | null>(null);
  const text = typed ?? String(value);
  const read = (written: string) => (written.trim() === "" ? NaN : Number(written));
  return (
    <label className="plumb-line">
      <span className="plumb-quiet">{label}</span>
      <input
        className="plumb-input plumb-numbers"
        style={{ width: 74 }}
        type="number"
        step={step}
        value={text}
        aria-label={`${label} in ${unit}`}
        aria-invalid={invalid || !Number.isFinite(read(text))}
        data-plumb={name}
        onChange={(event) => {
          setTyped(event.target.value);
          const number = read(event.target.value);
          if (Number.isFinite(number)) change(number);
        }}
        onBlur={() => setTyped(null)}
      />
      <span>{unit}</span>
    </label>
  );
}

export interface CheckProps {
  name: string;
  label: string;
  checked: boolean;
  change: (checked: boolean) => void;
}

export function Check({ name, label, checked, change }: CheckProps) {
  return (
    <label className="plumb-choice">
      <input type="checkbox" checked={checked} data-plumb={name} onChange={(event) => change(event.target.checked)} />
      <span>{label}</span>
    </label>
  );
}
