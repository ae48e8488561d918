import { afterEach, describe, expect, it, vi } from "vitest";
import { makePng } from "../png/handmade";
import { answer, movable } from "./messages";
import type { ReadMap } from "./read";

const URL_OF_MAP = "http://127.0.0.1:5151/media?filepath=%2Fmaps%2Frooms%20of%20a%20house%2F1%2B1.png";
const PATH = "/maps/rooms of a house/1+1.png";

/** A media server that answers everything in one way. */
function serve(respond: () => Response | Promise<Response>): void {
  vi.stubGlobal("fetch", async () => respond());
}

afterEach(() => vi.unstubAllGlobals());

describe("a map that is read from its URL", () => {
  it("comes with its codes and quantiles, in memory that can be moved to another thread", async () => {
    const file = await makePng({ width: 3, height: 2, bits: 16, values: [0, 1000, 2000, 3000, 4000, 65535], filters: [1] });
    serve(() => new Response(file));
    const reply = await answer({ id: 7, kind: "map", url: URL_OF_MAP });
    const moved = structuredClone(reply, { transfer: movable(reply) });
    expect(moved).toMatchObject({ id: 7, problem: null, file: { width: 3, height: 2 } });
    const [map, left] = [moved.file, reply.file] as [ReadMap, ReadMap];
    expect(map.codes).toEqual(Uint16Array.of(0, 1000, 2000, 3000, 4000, 65535));
    expect([map.quantiles?.[0], map.quantiles?.[1000]]).toEqual([1000, 65535]);
    expect([left.codes.length, left.quantiles?.length]).toEqual([0, 0]);
  });

  it("has no quantiles where it has no value", async () => {
    const file = await makePng({ width: 2, height: 1, bits: 16, values: [0, 0] });
    serve(() => new Response(file));
    const reply = await answer({ id: 0, kind: "map", url: URL_OF_MAP });
    expect(reply.file).toMatchObject({ quantiles: null });
    expect(movable(reply)).toHaveLength(1);
  });
});

describe("a map that cannot be read says which file it is, what is wrong and what to do", () => {
  const problem = async () => (await answer({ id: 0, kind: "map", url: URL_OF_MAP })).problem;

  it("a file that is missing", async () => {
    serve(() => new Response("Not found", { status: 404 }));
    expect(await problem()).toBe(`${PATH}: the file is missing; restore it, or predict or import again`);
  });

  it("a server that fails", async () => {
    serve(() => new Response("", { status: 500 }));
    expect(await problem()).toBe(`${PATH}: its server answers with status 500; see the log of the server`);
  });

  it("a server that does not answer, or stops in the middle of the file", async () => {
    const sentence = `${PATH}: its server does not answer; see that it runs, then try again`;
    serve(() => Promise.reject(new TypeError("Failed to fetch")));
    expect(await problem()).toBe(sentence);
    serve(() => new Response(new ReadableStream({ start: (to) => to.error(new TypeError("network error")) })));
    expect(await problem()).toBe(sentence);
  });

  it("a map of 8 bits, which would look like one that ends at 0.255 m", async () => {
    const file = await makePng({ width: 1, height: 1, bits: 8, values: [9] });
    serve(() => new Response(file));
    expect(await problem()).toBe(
      `${PATH}: 8 bits, depth needs 16: another tool wrote or converted it; use the original depth file`,
    );
  });

  it("a file that is damaged or of another format", async () => {
    serve(() => new Response("<html>"));
    expect(await problem()).toBe(`${PATH}: not a PNG; replace the file with the depth map that belongs here`);
    const file = await makePng({ width: 1, height: 1, bits: 16, values: [9] });
    serve(() => new Response(file.slice(0, -1)));
    expect(await problem()).toBe(`${PATH}: the PNG is cut off; replace the file`);
  });

  it("a map for which there is no memory", async () => {
    const file = await makePng({ width: 1, height: 1, bits: 16, values: [9] });
    serve(() => new Response(file));
    vi.stubGlobal("Uint32Array", function () {
      throw new RangeError("Array buffer allocation failed");
    });
    expect(await problem()).toBe(`${PATH}: cannot be read (Array buffer allocation failed); reload the page`);
  });

  it("a URL that is no path of the media server is named as it is", async () => {
    serve(() => new Response("", { status: 404 }));
    const reply = await answer({ id: 0, kind: "map", url: "https://bucket.example/depth.png?key=1" });
    expect(reply.problem).toMatch("https://bucket.example/depth.png?key=1: the file is missing");
  });
});

describe("a picture", () => {
  const read = () => answer({ id: 0, kind: "picture", url: URL_OF_MAP });

  it("is decoded upright and with its own colours, and moved to the other thread", async () => {
    const decode = vi.fn(async () => ({ width: 4, height: 3 }));
    vi.stubGlobal("createImageBitmap", decode);
    serve(() => new Response("bytes"));
    const reply = await read();
    expect(reply).toEqual({ id: 0, file: { width: 4, height: 3 }, problem: null });
    expect(movable(reply)).toEqual([reply.file]);
    const options = { imageOrientation: "from-image", colorSpaceConversion: "none", premultiplyAlpha: "none" };
    expect(decode).toHaveBeenCalledWith(expect.any(Blob), options);
  });

  it("that is missing, or none, says which file it is and what to do", async () => {
    serve(() => new Response("", { status: 404 }));
    expect((await read()).problem).toBe(`${PATH}: the file is missing; restore it or remove its sample`);
    vi.stubGlobal("createImageBitmap", async () => {
      throw new DOMException("The source image could not be decoded.", "InvalidStateError");
    });
    serve(() => new Response("bytes"));
    const reply = await read();
    expect(reply.problem).toBe(`${PATH}: not a picture that this browser can show; use PNG, JPEG or WebP`);
    expect(movable(reply)).toEqual([]);
  });
});
