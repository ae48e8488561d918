import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantiles } from "./quantiles";

/** The definition, read off the sorted codes: at least n/1000 of them, and at least one, are not above the n-th. */
function bySorting(codes: number[]): number[] | null {
  const sorted = codes.filter((code) => code > 0).sort((a, b) => a - b);
  if (!sorted.length) return null;
  return Array.from({ length: 1001 }, (_, n) => sorted[Math.max(0, Math.ceil((n * sorted.length) / 1000) - 1)] ?? NaN);
}

describe("quantiles of a map's codes", () => {
  it("are the lowest codes that n/1000 of the codes above 0 do not exceed", () => {
    const codes = fc.array(fc.oneof(fc.nat(65535), fc.nat(3), fc.constant(65535)), { maxLength: 3000 });
    fc.assert(
      fc.property(codes, (some) => {
        const found = quantiles(Uint16Array.from(some));
        expect(found && [...found]).toEqual(bySorting(some));
      }),
    );
  });

  it("begin with the lowest code above 0, end with the highest and have the median in their middle", () => {
    const codes = Uint16Array.from({ length: 2001 }, (_, i) => (i < 1000 ? 0 : i - 990));
    const found = quantiles(codes);
    expect([found?.[0], found?.[500], found?.[1000], found?.length]).toEqual([10, 510, 1010, 1001]);
  });

  it("are the one code of a map that has one", () => {
    expect(new Set(quantiles(Uint16Array.of(0, 7, 0)))).toEqual(new Set([7]));
  });

  it("do not exist for a map without a value", () => {
    expect(quantiles(new Uint16Array(12))).toBeNull();
    expect(quantiles(new Uint16Array(0))).toBeNull();
  });
});
