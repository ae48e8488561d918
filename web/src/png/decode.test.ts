import * as fc from "fast-check";
import { decode as peer, encode as peerEncode } from "fast-png";
import { describe, expect, it } from "vitest";
import { decodePng } from "./decode";
import { ascii, chunk, concat, fromBase64, makePng, type Recipe } from "./handmade";

const DEPTHS = [1, 2, 4, 8, 16] as const;
const SIZES = [[1, 1], [1, 9], [2, 3], [3, 5], [9, 1], [8, 8], [9, 4], [17, 13], [65, 6]] as const;
const TEXT = chunk("tEXt", ascii("plumb\0a text that is no part of the picture"));

/** Values that meet every carry and every tie of a filter: noise, and flat and rising stretches. */
function values(width: number, height: number, bits: number): number[] {
  let seed = 12345 + width * 31 + height;
  return Array.from({ length: width * height }, (_, i) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (i % 7 < 3 ? seed >>> 16 : i * 37) % 2 ** bits;
  });
}

/** What fast-png makes of a file, one value a pixel. */
function byPeer(file: ArrayBuffer): { width: number; height: number; bits: number; values: number[] } {
  const { width, height, depth, data } = peer(file, { checkCrc: true });
  const stride = Math.ceil((width * depth) / 8);
  const values = Array.from({ length: width * height }, (_, i) => {
    if (depth >= 8) return data[i] ?? NaN;
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * stride + (bit >> 3)] ?? NaN;
    return (byte >> (8 - depth - (bit & 7))) % 2 ** depth;
  });
  return { width, height, bits: depth, values };
}

async function byPlumb(file: ArrayBuffer): Promise<ReturnType<typeof byPeer>> {
  const { width, height, bits, codes } = await decodePng(file);
  return { width, height, bits, values: [...codes] };
}

describe("a grey PNG is decoded to the values that are stored, as fast-png decodes it", () => {
  for (const bits of DEPTHS) {
    for (const filter of [0, 1, 2, 3, 4]) {
      it(`with ${bits} bits and filter ${filter} in every row, of every odd size`, async () => {
        for (const [width, height] of SIZES) {
          const written = values(width, height, bits);
          const file = await makePng({ width, height, bits, values: written, filters: [filter] });
          const read = await byPlumb(file);
          expect(read).toEqual({ width, height, bits, values: written });
          expect(read).toEqual(byPeer(file));
        }
      });
    }
  }

  it("with any filter in any row, its data in any number of chunks, and other chunks between them", async () => {
    const recipes = fc
      .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 12 }), bits: fc.constantFrom(...DEPTHS) })
      .chain(({ width, height, bits }) =>
        fc.record({
          width: fc.constant(width),
          height: fc.constant(height),
          bits: fc.constant(bits),
          values: fc.array(fc.nat(2 ** bits - 1), { minLength: width * height, maxLength: width * height }),
          filters: fc.array(fc.nat(4), { minLength: height, maxLength: height }),
          splits: fc.array(fc.nat(60), { maxLength: 5 }),
          between: fc.constantFrom(new Uint8Array(0), TEXT),
        }),
      );
    await fc.assert(
      fc.asyncProperty(recipes, async (recipe: Recipe) => {
        const file = await makePng(recipe);
        const read = await byPlumb(file);
        expect(read.values).toEqual(recipe.values);
        expect(read).toEqual(byPeer(file));
      }),
      { numRuns: 300 },
    );
  });

  it("when fast-png wrote it", async () => {
    for (const depth of [8, 16] as const) {
      const written = values(33, 21, depth);
      const data = depth === 16 ? Uint16Array.from(written) : Uint8Array.from(written);
      const file = peerEncode({ width: 33, height: 21, depth, channels: 1, data });
      expect((await byPlumb(file.slice().buffer)).values).toEqual(written);
    }
  });

  it("and the bytes of the file are left as they are", async () => {
    const file = await makePng({ width: 9, height: 4, bits: 8, values: values(9, 4, 8), filters: [1, 2, 3, 4] });
    const before = file.slice(0);
    await decodePng(file);
    expect(file).toEqual(before);
  });

  it("whatever follows its end", async () => {
    const file = await makePng({ width: 2, height: 1, bits: 16, values: [1, 65535] });
    const longer = concat(new Uint8Array(file), ascii("what a camera hangs on")).buffer;
    expect((await byPlumb(longer)).values).toEqual([1, 65535]);
  });
});

describe("files of other programs", () => {
  const codes = [
    0, 7950, 15962, 24036, 32172, 40370, 48630, 56952, 65336, 8246, 16754, 25324, 33956, 42650, 51406, 60224, 3568, 0,
    21514, 30580, 39708, 48898, 58150, 1928, 11304, 20742, 30242, 39804, 49428, 59114, 3326, 13136, 23008, 32942, 65535,
  ];

  it("a map that plumb/png.py wrote, with its text", async () => {
    const file =
      "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAAAAAD8YXVHAAAAVUlEQVR4XmNkYJDnk/eR71I4ocCm4MJ4r0LxgOI/RRvFKqUdSt8YT5xTLlLa8Fkg" +
      "hEs5S2UF434mFRWVJNUFqvdUZVSjGA+KqF5TE1EPUpugfq4+EABZOxfFhCRk3QAAAHN0RVh0cGx1bWIAeyJxdWFudGl0eSI6ICJkZXB0aCIsICJz" +
      "Y2FsZSI6IDAuMDAxLCAib2Zmc2V0IjogMC4wLCAidW5pdCI6ICJtIiwgImZpZWxkX29mX3ZpZXciOiBudWxsLCAicmFuZ2UiOiBbMSwgNjU1MzVd" +
      "fb6XrRkAAAAASUVORK5CYII=";
    expect(await byPlumb(fromBase64(file))).toEqual({ width: 7, height: 5, bits: 16, values: codes });
  });

  it("a map that OpenCV wrote", async () => {
    const file =
      "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAAAAAD8YXVHAAAAVklEQVQI1wFLALT/AQAAHw4fTB+KIMggBiBEA954gfWC7QPlA10F1QbNAupW7Ajt" +
      "ur+O8h7z0PWCAvc0+Ob6mCwo/fz/rgBgBAISA8QFFAfICLgKzmRRev4gZ1BY1DsAAAAASUVORK5CYII=";
    expect(await byPlumb(fromBase64(file))).toEqual({ width: 7, height: 5, bits: 16, values: codes });
  });

  it("a picture of 8 bits that OpenCV wrote says that it has 8", async () => {
    const file =
      "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAACs8akEAAAALUlEQVQIHWNkkJeXV1BQYLynCARKSownlJU+hyirMO5XUVEFAsaDqmrqaur1AJ7O" +
      "CJ4xWvhuAAAAAElFTkSuQmCC";
    const eighth = codes.map((code) => code >> 8);
    expect(await byPlumb(fromBase64(file))).toEqual({ width: 7, height: 5, bits: 8, values: eighth });
  });
});
