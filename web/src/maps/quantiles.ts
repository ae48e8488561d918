/** How the codes of a map are spread: what robust limits of a colour bar are made of. */

const STEPS = 1000;

/**
 * The n-th of 1001 quantiles is the lowest code that at least n/1000 of the codes above 0, and at least one of them,
 * do not exceed: the first is the lowest code above 0, the last the highest.
 *
 * @returns null where every code is 0
 */
export function quantiles(codes: Uint16Array): Uint16Array<ArrayBuffer> | null {
  const counts = new Uint32Array(65536);
  // An iterator would take three times as long.
  // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- there is a count for every code
  for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++;
  const total = codes.length - (counts[0] as number);
  if (!total) return null;
  const found = new Uint16Array(STEPS + 1);
  let below = 0;
  for (let n = 0, code = 0; n <= STEPS; n++) {
    while (below * STEPS < Math.max(n * total, STEPS)) below += counts[++code] as number;
    found[n] = code;
  }
  return found;
}
