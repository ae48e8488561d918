/**
 * From the filtered rows of a grey PNG to its values. Source: W3C, PNG specification, third edition, clause 9.
 *
 * A row is a byte that names its filter and the bytes of its pixels, each less what the filter foretells from the
 * bytes one pixel to the left (a), above (b), and above and to the left (c).
 */

import { damaged } from "./error";

/**
 * @param rows height x (1 + 2 x width) bytes
 * @returns (height x width) values as stored
 * @throws PngError for a filter that does not exist
 */
export function unfilter16(rows: Uint8Array, width: number, height: number): Uint16Array<ArrayBuffer> {
  const codes = new Uint16Array(width * height);
  for (let y = 0, at = 0, to = 0; y < height; y++, at += 1 + 2 * width, to += width) {
    const from = at + 1;
    // Above the first row are zeros, such as it holds itself until it is written.
    const above = y ? to - width : to;
    switch (rows[at]) {
      case 0:
        none16(rows, from, codes, to, width);
        break;
      case 1:
        sub16(rows, from, codes, to, width);
        break;
      case 2:
        up16(rows, from, codes, to, width, above);
        break;
      case 3:
        average16(rows, from, codes, to, width, above);
        break;
      case 4:
        paeth16(rows, from, codes, to, width, above);
        break;
      default:
        throw unknownFilter(rows[at], y);
    }
  }
  return codes;
}

/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index lies within its array: the caller made them */

function none16(rows: Uint8Array, from: number, codes: Uint16Array, to: number, width: number): void {
  for (let x = 0, i = from; x < width; x++, i += 2) codes[to + x] = (rows[i]! << 8) | rows[i + 1]!;
}

function sub16(rows: Uint8Array, from: number, codes: Uint16Array, to: number, width: number): void {
  let high = 0;
  let low = 0;
  for (let x = 0, i = from; x < width; x++, i += 2) {
    high = (high + rows[i]!) & 0xff;
    low = (low + rows[i + 1]!) & 0xff;
    codes[to + x] = (high << 8) | low;
  }
}

function up16(rows: Uint8Array, from: number, codes: Uint16Array, to: number, width: number, above: number): void {
  for (let x = 0, i = from; x < width; x++, i += 2) {
    const b = codes[above + x]!;
    const high = (rows[i]! + (b >> 8)) & 0xff;
    codes[to + x] = (high << 8) | ((rows[i + 1]! + b) & 0xff);
  }
}

function average16(rows: Uint8Array, from: number, codes: Uint16Array, to: number, width: number, above: number): void {
  let high = 0;
  let low = 0;
  for (let x = 0, i = from; x < width; x++, i += 2) {
    const b = codes[above + x]!;
    high = (rows[i]! + ((high + (b >> 8)) >> 1)) & 0xff;
    low = (rows[i + 1]! + ((low + (b & 0xff)) >> 1)) & 0xff;
    codes[to + x] = (high << 8) | low;
  }
}

function paeth16(rows: Uint8Array, from: number, codes: Uint16Array, to: number, width: number, above: number): void {
  let high = 0;
  let low = 0;
  let c = 0;
  for (let x = 0, i = from; x < width; x++, i += 2) {
    const b = codes[above + x]!;
    high = (rows[i]! + paeth(high, b >> 8, c >> 8)) & 0xff;
    low = (rows[i + 1]! + paeth(low, b & 0xff, c & 0xff)) & 0xff;
    codes[to + x] = (high << 8) | low;
    c = b;
  }
}

/** Whichever of a, b and c is nearest to a + b - c; on a tie the first. */
function paeth(a: number, b: number, c: number): number {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - c - c);
  return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
}

/**
 * Of pixels of a byte and less; the filters then work on whole bytes. Undone in place.
 *
 * @param rows height x (1 + ceil(width x bits / 8)) bytes; afterwards without their filters
 * @param bits 1, 2, 4 or 8; the first pixel of a byte is its highest bits
 * @returns (height x width) values as stored
 * @throws PngError for a filter that does not exist
 */
export function unfilter8(rows: Uint8Array, width: number, height: number, bits: number): Uint16Array<ArrayBuffer> {
  const codes = new Uint16Array(width * height);
  const stride = rows.length / height;
  const most = (1 << bits) - 1;
  for (let y = 0, at = 0; y < height; y++, at += stride) {
    const filter = rows[at]!;
    if (filter > 4) throw unknownFilter(filter, y);
    for (let i = at + 1; i < at + stride; i++) {
      const a = i > at + 1 ? rows[i - 1]! : 0;
      const b = y ? rows[i - stride]! : 0;
      const c = y && i > at + 1 ? rows[i - stride - 1]! : 0;
      rows[i]! += foretold(filter, a, b, c);
    }
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      codes[y * width + x] = (rows[at + 1 + (bit >> 3)]! >> (8 - bits - (bit & 7))) & most;
    }
  }
  return codes;
}

function foretold(filter: number, a: number, b: number, c: number): number {
  if (filter === 1) return a;
  if (filter === 2) return b;
  if (filter === 3) return (a + b) >> 1;
  return filter === 4 ? paeth(a, b, c) : 0;
}

function unknownFilter(filter: number | undefined, row: number): Error {
  return damaged(`row ${row} has the filter ${filter}, which does not exist`);
}
