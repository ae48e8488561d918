/** How numbers are written: every one with its unit, and "no value" where there is none. */

/** Stands where a map has no value or a metric could not be computed. */
export const NO_VALUE = "no value";

/** A true minus sign, as wide as a plus, so that signed columns line up. */
const MINUS = "\u2212";

/** `value` with so many decimals; a rounded zero has no sign. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** Like `fixed`, with a plus before what is above zero. */
export function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** Millimetres matter below 10 m and centimetres above. */
function decimalsOfMetres(value: number): number {
  return Math.abs(value) < 9.9995 ? 3 : 2;
}

/** A length such as "3.214 m" or "12.35 m"; null and what is not finite is "no value". */
export function metres(value: number | null): string {
  return isNumber(value) ? `${fixed(value, decimalsOfMetres(value))} m` : NO_VALUE;
}

/** A difference of lengths such as "+0.120 m". */
export function signedMetres(value: number | null): string {
  return isNumber(value) ? `${signed(value, decimalsOfMetres(value))} m` : NO_VALUE;
}

/** A coordinate in metres without its unit, which the column's head has. */
export function coordinate(value: number): string {
  return fixed(value, decimalsOfMetres(value));
}

/** A share such as 0.1234 as "12.3 %". */
export function percent(share: number | null): string {
  return isNumber(share) ? `${fixed(100 * share, 1)} %` : NO_VALUE;
}

/** A signed share such as "+12.3 %". */
export function signedPercent(share: number | null): string {
  return isNumber(share) ? `${signed(100 * share, 1)} %` : NO_VALUE;
}

/** A value of a map that nothing has brought to metres: "relative 0.430". */
export function relative(value: number | null): string {
  return isNumber(value) ? `relative ${shown(value, decimalsOf([value]))}` : NO_VALUE;
}

/** Decimals that show three or four digits of the largest value, 3 where there is none, 6 at the most. */
export function decimalsOf(values: Iterable<number | null>): number {
  let largest = 0;
  for (const value of values) if (isNumber(value)) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 3;
  const exponent = Math.floor(Math.log10(largest));
  return Math.min(Math.max(exponent >= 0 ? 3 - exponent : 2 - exponent, 0), 6);
}

/** Making one takes longer than a hundred numbers; by decimals. */
const formats = new Map<number, Intl.NumberFormat>();

/** A number with thousands separated, such as "12,345.7". */
export function shown(value: number, decimals: number): string {
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  const text = format.format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/** How many, such as "386,900". */
export function count(value: number): string {
  return shown(value, 0);
}

/** The value of a metric with its unit, such as "0.312 m"; a ratio has none. */
export function metricValue(value: number | null | undefined, unit: string, decimals?: number): string {
  if (!isNumber(value)) return NO_VALUE;
  const text = shown(value, decimals ?? decimalsOf([value]));
  return unit ? `${text} ${unit}` : text;
}

/** The head of a column or a row of values: "rmse [m]". */
export function metricHeader({ name, unit }: { readonly name: string; readonly unit: string }): string {
  return unit ? `${name} [${unit}]` : name;
}

/** Which way is better, as an arrow for the eye and as words for a screen reader. */
export const DIRECTION = {
  lower: { arrow: "\u2193", words: "lower is better" },
  higher: { arrow: "\u2191", words: "higher is better" },
} as const;

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
