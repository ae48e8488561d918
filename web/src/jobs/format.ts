/** How times and speeds are written. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time in its two largest units, such as "8 s", "1 min 20 s", "2 h 5 min", "3 d". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return pair(whole, MINUTE, "min", 1, "s");
  if (whole < DAY) return pair(whole, HOUR, "h", MINUTE, "min");
  return pair(whole, DAY, "d", HOUR, "h");
}

function pair(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const count = Math.floor(seconds / large);
  const rest = Math.floor((seconds % large) / small);
  return rest ? `${count} ${largeUnit} ${rest} ${smallUnit}` : `${count} ${largeUnit}`;
}

/** A rough span for an estimate, such as "about 40 s", "about 12 min", "about 2 h 20 min". */
export function estimate(seconds: number): string {
  if (seconds < 1) return "a moment";
  if (seconds < MINUTE) return `about ${duration(Math.ceil(seconds / 5) * 5)}`;
  if (seconds < HOUR) return `about ${duration(Math.ceil(seconds / MINUTE) * MINUTE)}`;
  return `about ${duration(Math.ceil(seconds / (10 * MINUTE)) * 10 * MINUTE)}`;
}

/** A speed in the unit of time in which it is at least one, such as "12.3 images/s" or "4 images/min". */
export function speed(perSecond: number, unit: string): string {
  if (perSecond >= 1) return `${digits(perSecond)} ${unit}/s`;
  if (perSecond * MINUTE >= 1) return `${digits(perSecond * MINUTE)} ${unit}/min`;
  return `${digits(perSecond * HOUR)} ${unit}/h`;
}

function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(value < 10 ? 2 : 3)));
}

/** Seconds from one time to another, both as the server writes them. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** The time so many milliseconds later. */
export function later(time: string, milliseconds: number): string {
  return new Date(Date.parse(time) + milliseconds).toISOString();
}

/** How long ago that was, such as "20 s ago"; what lies within five seconds is "just now". */
export function ago(time: string, now: string): string {
  const seconds = secondsBetween(time, now);
  if (seconds < 5) return "just now";
  if (seconds < MINUTE) return `${Math.floor(seconds)} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  return `${Math.floor(seconds / DAY)} days ago`;
}

/** The reader's own date and time. */
export function local(time: string): string {
  return new Date(time).toLocaleString();
}
