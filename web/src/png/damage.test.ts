import { decode as peer } from "fast-png";
import { describe, expect, it } from "vitest";
import { decodePng } from "./decode";
import { PngError } from "./error";
import { ascii, chunk, concat, deflate, filteredRows, makePng, type Recipe } from "./handmade";

const recipe: Recipe = {
  width: 5,
  height: 4,
  bits: 16,
  values: Array.from({ length: 20 }, (_, i) => (i * i * 1237) % 65536),
  filters: [1, 2, 3, 4],
};
const written = Array.from(recipe.values);
const TEXT = chunk("tEXt", ascii("plumb\0{}"));

/** The sentence with which a file is refused. */
async function refusal(file: ArrayBuffer | Promise<ArrayBuffer>): Promise<string> {
  const error: unknown = await decodePng(await file).then(
    () => new Error("it was decoded"),
    (reason: unknown) => reason,
  );
  if (error instanceof PngError) return error.message;
  throw error;
}

/** The values, or null where the file is refused. */
async function attempt(file: ArrayBuffer): Promise<number[] | null> {
  try {
    return [...(await decodePng(file)).codes];
  } catch (error) {
    expect(error).toBeInstanceOf(PngError);
    return null;
  }
}

function peerRefuses(file: ArrayBuffer): boolean {
  try {
    peer(file, { checkCrc: true });
    return false;
  } catch {
    return true;
  }
}

/** Where each chunk begins, by its type. */
function places(file: ArrayBuffer): Map<string, { at: number; length: number }> {
  const view = new DataView(file);
  const found = new Map<string, { at: number; length: number }>();
  for (let at = 8; at < file.byteLength; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...new Uint8Array(file, at + 4, 4));
    found.set(type, { at, length: view.getUint32(at) });
  }
  return found;
}

describe("a damaged file", () => {
  it("is refused, or gives the map that was written, whichever bit of it is flipped", async () => {
    const file = await makePng({ ...recipe, between: TEXT });
    const tolerated: number[] = [];
    for (let bit = 0; bit < 8 * file.byteLength; bit++) {
      const broken = new Uint8Array(file.slice(0));
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const values = await attempt(broken.buffer);
      if (values) {
        expect(values, `bit ${bit}`).toEqual(written);
        tolerated.push(bit >> 3);
      } else {
        // fast-png, with its checksums on, refuses every one of them.
        expect(peerRefuses(broken.buffer), `bit ${bit}`).toBe(true);
      }
    }
    // What we read though fast-png does not: texts, whatever they say, and the checksums of texts, data and end.
    // The data's own stands at the end of the zlib stream, and the bits that pad that stream mean nothing.
    const chunks = places(file);
    const [data, end] = [chunks.get("IDAT"), chunks.get("IEND")];
    if (!data || !end) throw new Error("no data, no end");
    for (const at of tolerated) {
      const inText = (at > 33 && at < data.at) || (at >= data.at + 12 + data.length && at < end.at);
      const inChecksum = at >= data.at + 8 + data.length && at < data.at + 12 + data.length;
      const inPadding = at === data.at + 8 + data.length - 5;
      expect(inText || inChecksum || inPadding || at >= end.at + 8, `byte ${at}`).toBe(true);
    }
  });

  it("is refused wherever it is cut off", async () => {
    const file = await makePng({ ...recipe, splits: [20, 20], between: TEXT });
    for (let length = 0; length < file.byteLength; length++) {
      expect(await refusal(file.slice(0, length)), `${length} bytes`).toMatch(/^(the PNG is cut off|not a PNG); replace the file/);
    }
  });

  it("is refused wherever its deflated data are cut off, though the file is whole", async () => {
    const deflated = await deflate(filteredRows(recipe));
    for (let length = 0; length < deflated.length; length++) {
      expect(await attempt(await makePng({ ...recipe, deflated: deflated.slice(0, length) })), `${length} bytes`).toBeNull();
    }
  });

  it("is refused when one of its data chunks is missing, repeated or in another place", async () => {
    const file = new Uint8Array(await makePng({ ...recipe, splits: [10, 20] }));
    const [first, second] = [file.subarray(33, 55), file.subarray(55, 87)];
    const [head, rest] = [file.subarray(0, 33), file.subarray(87)];
    expect(concat(head, first, second, rest)).toEqual(file);
    for (const parts of [[head, first, rest], [head, first, second, second, rest], [head, second, first, rest]]) {
      expect(await refusal(concat(...parts).buffer)).toContain("cannot be unpacked");
    }
  });

  it("is refused when its data are another's, of fewer and of more rows, though every checksum is right", async () => {
    const of = async (height: number) => deflate(filteredRows({ ...recipe, height, values: Array(5 * height).fill(7) }));
    expect(await refusal(makePng({ ...recipe, deflated: await of(3) }))).toContain("its data end before the last row");
    expect(await refusal(makePng({ ...recipe, deflated: await of(5) }))).toContain("its data go on after the last row");
  });

  it("that inflates to far more than its size says is given up early", async () => {
    const deflated = await deflate(new Uint8Array(50_000_000));
    expect(await refusal(makePng({ ...recipe, deflated }))).toContain("its data go on after the last row");
  });

  it("gives no other map when bytes follow its deflated data: browsers refuse it", async () => {
    const deflated = concat(await deflate(filteredRows(recipe)), Uint8Array.of(1, 2, 3));
    expect([null, written]).toContainEqual(await attempt(await makePng({ ...recipe, deflated })));
  });

  it("is refused when a row has a filter that does not exist", async () => {
    for (const bits of [8, 16]) {
      const rows = filteredRows({ ...recipe, bits, values: Array(20).fill(3) });
      rows[2 * (1 + (5 * bits) / 8)] = 5;
      const sentence = "the PNG is damaged (row 2 has the filter 5, which does not exist); replace the file";
      expect(await refusal(makePng({ ...recipe, bits, deflated: await deflate(rows) }))).toBe(sentence);
    }
  });
});

describe("what is no grey PNG is refused with what it is and what to do", () => {
  const small: Recipe = { width: 1, height: 1, bits: 8, values: [0] };
  const depthFile = "depth needs one grey channel of 16 bits; use the original depth file, not a converted picture";

  it.each([
    [2, `an RGB picture, ${depthFile}`],
    [3, `a picture with a palette, ${depthFile}`],
    [4, `a grey picture with transparency, ${depthFile}`],
    [6, `an RGB picture with transparency, ${depthFile}`],
    [5, `a picture of unknown colours, ${depthFile}`],
  ])("colour type %i", async (colourType, sentence) => {
    expect(await refusal(makePng({ ...small, colourType }))).toBe(sentence);
  });

  it("interlaced rows", async () => {
    expect(await refusal(makePng({ ...small, interlace: 1 }))).toBe("an interlaced PNG; write it again without interlacing");
  });

  it("other formats, and nothing at all", async () => {
    const sentence = "not a PNG; replace the file with the depth map that belongs here";
    for (const start of ["", "\x89PNG", "\xff\xd8\xff\xe0\0\x10JFIF\0", "II*\0\x08\0\0\0", "<!doctype html><html>"]) {
      expect(await refusal(ascii(start).buffer)).toBe(sentence);
    }
  });

  it.each([
    [{ bits: 3 }, "3 bits a pixel do not exist"],
    [{ width: 0 }, "0 x 1 pixels"],
    [{ height: 0 }, "1 x 0 pixels"],
    [{ width: 16000, height: 16000 }, "too few for 16000 x 16000 pixels"],
    [{ width: 100_000, height: 100_000 }, "100000 x 100000 pixels are too many to look at; make the map smaller"],
  ])("a header that says %o", async (header, sentence) => {
    const deflated = await deflate(new Uint8Array(2));
    expect(await refusal(makePng({ ...small, deflated, ...header }))).toContain(sentence);
  });

  it("parts that a reader must know and that it does not, and a header in another place", async () => {
    const unknown = chunk("PLUM", new Uint8Array(3));
    expect(await refusal(makePng({ ...small, between: unknown }))).toContain("a part of unknown kind at byte 33");
    const file = new Uint8Array(await makePng(small));
    const [signature, header, rest] = [file.subarray(0, 8), file.subarray(8, 33), file.subarray(33)];
    for (const parts of [[signature, rest], [signature, header, header, rest], [signature, TEXT, header, rest]]) {
      expect(await refusal(concat(...parts).buffer)).toContain("its header is not where it belongs");
    }
  });
});
