/** Checks of one value from outside; each names the value that it refuses. */

/** Least and most in metres of a typed range of depth: farther than any map reaches. */
export const DEPTH_ENDS = [-10_000, 10_000] as const;

/** Least and most of a typed upper end of errors, in metres or as a share of the distance. */
export const ERROR_ENDS = [1e-6, 10_000] as const;

/** A value that cannot be taken; the message says which, and what would do. */
export class Invalid extends Error {}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** @param fallback in place of what is left out; without one it is refused */
export function record(name: string, value: unknown, fallback?: Record<string, unknown>): Record<string, unknown> {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Invalid(`${name}: must be an object, not ${shown(value)}`);
  }
  return value as Record<string, unknown>;
}

export function choice<T extends string>(name: string, value: unknown, choices: readonly T[], fallback?: T): T {
  if (value === undefined && fallback !== undefined) return fallback;
  const found = choices.find((one) => one === value);
  if (found === undefined) throw new Invalid(`${name}: must be one of ${choices.join(", ")}, not ${shown(value)}`);
  return found;
}

export function truthValue(name: string, value: unknown, fallback?: boolean): boolean {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value !== "boolean") throw new Invalid(`${name}: must be true or false, not ${shown(value)}`);
  return value;
}

export function nameOrNull(name: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && value !== "") return value;
  throw new Invalid(`${name}: must be a name or null, not ${shown(value)}`);
}

/** A number from low to high, both of them allowed. */
export function numberIn(
  name: string,
  value: unknown,
  [low, high]: readonly [number, number],
  fallback?: number,
): number {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value !== "number" || !(value >= low && value <= high)) {
    throw new Invalid(`${name}: must be a number from ${low} to ${high}, not ${shown(value)}`);
  }
  return value;
}

/** The nearest number from low to high. */
export function clamped(
  name: string,
  value: unknown,
  [low, high]: readonly [number, number],
  fallback?: number,
): number {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new Invalid(`${name}: must be a number from ${low} to ${high}, not ${shown(value)}`);
  }
  return Math.min(high, Math.max(low, value));
}
