/** The profile as a plot of its own in SVG: metres upwards, pixels along the line to the right. */

import * as React from "react";
import { ticks } from "../colour/ticks";
import type { DisplayRange } from "../types";
import { spanOf, type Curves } from "./curves";
import { metres, NO_VALUE } from "./format";
import { colourOf, dashOf, distanceTicks, nearest, pathOf, xOf, yOf, type Axis, type Curve, type Frame } from "./plot";

const HEIGHT = 200;
const MARGIN = { left: 52, right: 14, top: 10, bottom: 38 };
const SCALES = { linear: "", inverse: ", inverse scale", log: ", logarithmic scale" } as const;

interface ProfilePlotProps {
  found: Curves;
  axis: Axis;
  width: number;
  /** The place that is pointed at, an index of `found.distances`. */
  at: number | null;
  point: (at: number | null) => void;
}

export function ProfilePlot({ found, axis, width, at, point }: ProfilePlotProps) {
  const id = React.useId();
  const { distances, curves } = found;
  const length = distances[distances.length - 1] ?? 0;
  const frame: Frame = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: Math.max(width - MARGIN.left - MARGIN.right, 40),
    height: HEIGHT - MARGIN.top - MARGIN.bottom,
  };
  const place = at === null ? null : xOf(frame, distances[at] ?? 0, length);
  return (
    <div style={{ position: "relative", height: HEIGHT }}>
      <svg width={width} height={HEIGHT} role="img" aria-labelledby={`${id}-title ${id}-desc`} data-plumb="profile-plot">
        <title id={`${id}-title`}>Depth along the line</title>
        <desc id={`${id}-desc`}>{describe(curves)}</desc>
        <Axes frame={frame} range={axis.range} length={length} />
        <clipPath id={`${id}-clip`}>
          <rect x={frame.left - 2} y={frame.top - 2} width={frame.width + 4} height={frame.height + 4} />
        </clipPath>
        <g clipPath={`url(#${id}-clip)`} fill="none" strokeLinecap="round" strokeLinejoin="round">
          {styled(curves).map(({ curve, colour, dash }) => (
            <path
              key={curve.field}
              d={pathOf(curve, distances, length, frame, axis.range)}
              stroke={colour}
              strokeWidth={curve.truth ? 2.6 : 1.6}
              strokeDasharray={dash}
              data-plumb={`profile-curve:${curve.field}`}
            />
          ))}
        </g>
        {place !== null && at !== null && (
          <g>
            <line x1={place} x2={place} y1={frame.top} y2={frame.top + frame.height} stroke="currentColor" strokeOpacity={0.5} />
            {styled(curves).map(({ curve, colour }) => {
              const value = curve.values[at] ?? null;
              if (value === null) return null;
              return <circle key={curve.field} cx={place} cy={yOf(frame, axis.range, value)} r={3.2} fill={colour} />;
            })}
          </g>
        )}
      </svg>
      <Slider found={found} frame={frame} length={length} at={at} point={point} />
    </div>
  );
}

/** Lies over the plot: the mouse or the arrow keys choose the place whose values are told. */
function Slider({ found, frame, length, at, point }: Omit<ProfilePlotProps, "axis" | "width"> & { frame: Frame; length: number }) {
  const { distances, curves } = found;
  const last = distances.length - 1;
  const press = (event: React.KeyboardEvent) => {
    const now = at ?? 0;
    const steps: Record<string, number> = {
      ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1, PageUp: now + 10, PageDown: now - 10,
      Home: 0, End: last,
    }; // prettier-ignore
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    point(Math.min(Math.max(to, 0), last));
  };
  const told = curves.map(({ field, values }) => `${field} ${metres(values[at ?? 0] ?? null)}`).join(", ");
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label="Place along the line"
      aria-valuemin={0}
      aria-valuemax={Math.round(length)}
      aria-valuenow={Math.round(distances[at ?? 0] ?? 0)}
      aria-valuetext={`${Math.round(distances[at ?? 0] ?? 0)} pixels: ${told}`}
      data-plumb="profile-slider"
      style={{ position: "absolute", left: frame.left - 8, top: frame.top, width: frame.width + 16, height: frame.height, cursor: "crosshair" }}
      onPointerMove={(event) => {
        const x = event.clientX - event.currentTarget.getBoundingClientRect().left + frame.left - 8;
        point(nearest(distances, length, frame, x));
      }}
      onPointerLeave={() => point(null)}
      onBlur={() => point(null)}
      onKeyDown={press}
    />
  );
}

function Axes({ frame, range, length }: { frame: Frame; range: DisplayRange; length: number }) {
  const bottom = frame.top + frame.height;
  const right = frame.left + frame.width;
  const quiet = { fill: "var(--fo-palette-text-secondary)", fontSize: 11 };
  return (
    <g aria-hidden="true" style={{ fontVariantNumeric: "tabular-nums" }}>
      {ticks(range).map((value) => {
        const y = Math.round(yOf(frame, range, value)) + 0.5;
        return (
          <g key={value}>
            <line x1={frame.left} x2={right} y1={y} y2={y} stroke="var(--fo-palette-divider)" />
            <text x={frame.left - 6} y={y + 4} textAnchor="end" {...quiet}>
              {value}
            </text>
          </g>
        );
      })}
      {distanceTicks(length).map((value) => {
        const x = Math.round(xOf(frame, value, length)) + 0.5;
        return (
          <g key={value}>
            <line x1={x} x2={x} y1={bottom} y2={bottom + 4} stroke="var(--fo-palette-text-secondary)" />
            <text x={x} y={bottom + 16} textAnchor="middle" {...quiet}>
              {value}
            </text>
          </g>
        );
      })}
      <path d={`M${frame.left} ${frame.top}V${bottom}H${right}`} fill="none" stroke="var(--fo-palette-text-secondary)" />
      <text x={frame.left + frame.width / 2} y={HEIGHT - 5} textAnchor="middle" {...quiet}>
        distance along the line [px]
      </text>
      <text transform={`translate(11 ${frame.top + frame.height / 2}) rotate(-90)`} textAnchor="middle" {...quiet}>
        depth [m]{SCALES[range.scale]}
      </text>
    </g>
  );
}

/** Each curve with its look; the truth comes last, over the others. */
export function styled(curves: readonly Curve[]): { curve: Curve; colour: string; dash: string | undefined }[] {
  const predictions = curves.filter(({ truth }) => !truth);
  const looks = predictions.map((curve, n) => ({ curve, colour: colourOf(n), dash: dashOf(n) }));
  return [...looks, ...curves.filter(({ truth }) => truth).map((curve) => ({ curve, colour: "currentColor", dash: undefined }))];
}

function describe(curves: readonly Curve[]): string {
  return curves
    .map((curve) => {
      const span = spanOf(curve);
      return `${curve.field}: ${span ? `${metres(span[0])} to ${metres(span[1])}` : NO_VALUE}.`;
    })
    .join(" ");
}
