/** Small line drawings for buttons, 16 by 16. */

import * as React from "react";

const PATHS = {
  overlay: "M2.5 2.5h8v8h-8zM5.5 13.5h8v-8",
  side: "M1.5 3.5h5.5v9H1.5zM9 3.5h5.5v9H9z",
  swipe: "M1.5 3.5h13v9h-13zM8 1.5v13M5.5 6.5 4 8l1.5 1.5M10.5 6.5 12 8l-1.5 1.5",
  blink: "M1.5 8S4 4 8 4s6.5 4 6.5 4-2.5 4-6.5 4S1.5 8 1.5 8zM8 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z",
  previous: "M10 3 5 8l5 5",
  next: "M6 3l5 5-5 5",
  range: "M1.5 11h13M4 11V9M8 11V7.5M12 11V9M2 4.5h12",
  mask: "M2.5 2.5h11v11h-11zM2.5 9 9 2.5M2.5 13.5l11-11M7 13.5 13.5 7",
  compared: "M5 2v12M2.5 4.5 5 2l2.5 2.5M11 14V2M8.5 11.5 11 14l2.5-2.5",
  pan: "M8 1.5v13M1.5 8h13M6 3.5l2-2 2 2M6 12.5l2 2 2-2M3.5 6l-2 2 2 2M12.5 6l2 2-2 2",
  profile: "M2 13.5 14 2.5M1 12.5a1 1 0 1 0 2 2 1 1 0 0 0-2-2M13 1.5a1 1 0 1 0 2 2 1 1 0 0 0-2-2",
  box: "M2.5 4.5v-2h2M11.5 2.5h2v2M13.5 11.5v2h-2M4.5 13.5h-2v-2M7 2.5h2M7 13.5h2M2.5 7v2M13.5 7v2",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  sheet:
    "M2 2.5h3.5V6H2zM6.3 2.5h3.5V6H6.3zM10.6 2.5h3.5V6h-3.5zM2 6.8h3.5v3.5H2zM6.3 6.8h3.5v3.5H6.3zM10.6 6.8h3.5v3.5h-3.5zM2 11h3.5v2.5H2zM6.3 11h3.5v2.5H6.3zM10.6 11h3.5v2.5h-3.5z",
  share: "M8 10V1.5M5 4.5l3-3 3 3M3 8v6h10V8",
  help: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM6 6.3C6 5 6.900 4.3 8 4.3s2 .7 2 1.8c0 1.5-2 1.6-2 3.200M8 11.3v.6",
  down: "M4 6.5 8 10.5l4-4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      strokeLinejoin="round"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Says that a button opens a menu; narrow panels leave it out. */
export function Caret() {
  return (
    <span className="plumb-caret">
      <Icon name="down" size={10} />
    </span>
  );
}
