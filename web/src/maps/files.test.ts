import { afterEach, describe, expect, it, vi } from "vitest";
import { makePng } from "../png/handmade";
import { FileError } from "./file";
import { MapFiles } from "./files";
import { answer, type FileRequest } from "./messages";
import type { FileWorker } from "./pool";

const urlOf = (name: string) => `http://127.0.0.1:5151/media?filepath=%2Fmaps%2F${name}`;
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Does in this thread what a worker does, or stops as a worker does that runs out of memory. */
class NearWorker extends EventTarget {
  static all: NearWorker[] = [];
  /** Files of these names stop the worker, as often as is said. */
  static deadly = new Map<string, number>();
  readonly asked: string[] = [];
  stopped = false;

  constructor() {
    super();
    NearWorker.all.push(this);
  }

  postMessage(request: FileRequest): void {
    this.asked.push(request.url);
    const name = request.url.slice(urlOf("").length);
    const deaths = NearWorker.deadly.get(name) ?? 0;
    if (deaths) {
      NearWorker.deadly.set(name, deaths - 1);
      setTimeout(() => this.dispatchEvent(new Event("error")), 0);
      return;
    }
    void answer(request).then((data) => this.stopped || this.dispatchEvent(new MessageEvent("message", { data })));
  }

  terminate(): void {
    this.stopped = true;
  }

  /** The types of an `EventTarget` know nothing of what its events carry. */
  static start(): FileWorker {
    return new NearWorker() as unknown as FileWorker;
  }

  static asked(): string[] {
    return NearWorker.all.flatMap((worker) => worker.asked.map((url) => url.slice(urlOf("").length))).sort();
  }
}

/** A media server with pictures, and with maps of one pixel, whose code is the number in their name. */
function serve(): void {
  vi.stubGlobal("fetch", async (url: string) => {
    if (url.endsWith(".jpg")) return new Response("picture");
    const code = /(\d+)\.png$/.exec(url)?.[1];
    if (code === undefined) return new Response("Not found", { status: 404 });
    return new Response(await makePng({ width: 1, height: 1, bits: 16, values: [Number(code)] }));
  });
}

function mapFiles(options: ConstructorParameters<typeof MapFiles>[0] = {}): MapFiles {
  NearWorker.all = [];
  NearWorker.deadly.clear();
  serve();
  return new MapFiles({ startWorker: () => NearWorker.start(), ...options });
}

afterEach(() => vi.unstubAllGlobals());

describe("maps", () => {
  it("are read by workers that stand ready, by whichever has least to do, and each gets its own answer", async () => {
    const files = mapFiles({ workers: 2 });
    expect(NearWorker.all).toHaveLength(2);
    const maps = await Promise.all([1, 2, 3, 4].map((n) => files.load(urlOf(`${n}.png`))));
    expect(maps.map((map) => map.codes[0])).toEqual([1, 2, 3, 4]);
    expect(NearWorker.all.map((worker) => worker.asked.length)).toEqual([2, 2]);
  });

  it("are the same object for as long as they are kept, and read again after", async () => {
    const two = 2 * (2 + 2002);
    for (const [budget, again] of [[two, []], [two - 1, ["1.png"]]] as const) {
      const files = mapFiles({ budget });
      const first = await files.load(urlOf("1.png"));
      expect(await files.load(urlOf("1.png"))).toBe(first);
      await files.load(urlOf("2.png"));
      await files.load(urlOf("1.png"));
      expect(NearWorker.asked()).toEqual(["1.png", ...again, "2.png"]);
    }
  });

  it("that were read weigh nothing when it is decided who has least to do", async () => {
    const files = mapFiles({ workers: 2 });
    for (const n of [1, 2, 3]) await files.load(urlOf(`${n}.png`));
    expect(NearWorker.all.map((worker) => worker.asked.length)).toEqual([3, 0]);
  });

  it("that do not come are a FileError with a sentence, and are tried again", async () => {
    const files = mapFiles();
    for (const attempt of [1, 2]) {
      const error: unknown = await files.load(urlOf("gone")).catch((reason: unknown) => reason);
      expect(error, `attempt ${attempt}`).toBeInstanceOf(FileError);
      expect(String(error)).toBe("FileError: /maps/gone: the file is missing; restore it, or predict or import again");
    }
    expect(NearWorker.asked()).toEqual(["gone", "gone"]);
  });
});

describe("a worker that stops", () => {
  it("is replaced, and what it had to do is done again", async () => {
    const files = mapFiles({ workers: 1 });
    NearWorker.deadly.set("1.png", 1);
    const maps = await Promise.all([files.load(urlOf("1.png")), files.load(urlOf("2.png"))]);
    expect(maps.map((map) => map.codes[0])).toEqual([1, 2]);
    expect(NearWorker.all.map((worker) => worker.stopped)).toEqual([true, false]);
  });

  it("twice at the same map is not tried a third time; the others are read", async () => {
    const files = mapFiles({ workers: 1 });
    NearWorker.deadly.set("1.png", 9);
    await expect(files.load(urlOf("1.png"))).rejects.toThrow(
      "/maps/1.png: the browser's worker stopped twice while reading it; reload the page",
    );
    expect((await files.load(urlOf("2.png"))).codes[0]).toBe(2);
    expect(NearWorker.asked()).toEqual(["1.png", "1.png", "2.png"]);
  });

  it("leaves nothing to do to the one that replaces it but what it did not finish", async () => {
    const files = mapFiles({ workers: 2 });
    await files.load(urlOf("1.png"));
    NearWorker.deadly.set("2.png", 1);
    await files.load(urlOf("2.png"));
    await Promise.all([files.load(urlOf("3.png")), files.load(urlOf("4.png"))]);
    const names = NearWorker.all.map((worker) => worker.asked.map((url) => url.slice(urlOf("").length)));
    expect(names).toEqual([["1.png", "2.png"], ["4.png"], ["2.png", "3.png"]]);
  });

  it("is also one whose answer cannot be read", async () => {
    const files = mapFiles({ workers: 1 });
    const waiting = files.load(urlOf("1.png"));
    await Promise.resolve();
    NearWorker.all[0]?.dispatchEvent(new Event("messageerror"));
    expect((await waiting).codes[0]).toBe(1);
    expect(NearWorker.all.map((worker) => worker.asked.length)).toEqual([1, 1]);
  });

  it("and says so twice is replaced once", async () => {
    const files = mapFiles({ workers: 1 });
    const [first] = NearWorker.all;
    first?.dispatchEvent(new Event("error"));
    expect((await files.load(urlOf("1.png"))).codes[0]).toBe(1);
    first?.dispatchEvent(new Event("messageerror"));
    expect((await files.load(urlOf("2.png"))).codes[0]).toBe(2);
    expect(NearWorker.all.map((worker) => worker.asked.length)).toEqual([0, 2]);
  });

  it("cannot be replaced where the browser starts none: the map says so, and a later one is tried", async () => {
    let allowed = false;
    const startWorker = () => {
      if (!allowed) throw new DOMException("refused by the page's policy", "SecurityError");
      return NearWorker.start();
    };
    const files = mapFiles({ startWorker });
    await expect(files.load(urlOf("1.png"))).rejects.toThrow(
      "/maps/1.png: this browser starts no worker to read it (refused by the page's policy); try another",
    );
    allowed = true;
    expect((await files.load(urlOf("1.png"))).codes[0]).toBe(1);
  });
});

describe("pictures", () => {
  const bitmap = (width: number) => ({ width, height: 10 }) as ImageBitmap;
  const [a, b, c] = [urlOf("a.jpg"), urlOf("b.jpg"), urlOf("c.jpg")];

  it("are kept beside the maps, within one budget, and are never closed", async () => {
    vi.stubGlobal("createImageBitmap", async () => bitmap(1));
    const files = mapFiles({ workers: 1, budget: 4 * 10 * 2 + 4 });
    const picture = await files.picture(a);
    expect(await files.picture(a)).toBe(picture);
    await files.picture(b);
    await files.picture(c);
    await files.picture(a);
    expect(NearWorker.all[0]?.asked).toEqual([a, b, c, a]);
  });

  it("and maps that are preloaded wait for all that is wanted, and come from memory when it is their turn", async () => {
    let come!: (picture: ImageBitmap) => void;
    vi.stubGlobal("createImageBitmap", () => new Promise<ImageBitmap>((resolve) => (come = resolve)));
    const files = mapFiles();
    const wanted = files.picture(a);
    files.preload({ pictures: [b], maps: [urlOf("1.png")] });
    await settled();
    expect(NearWorker.asked()).toEqual(["a.jpg"]);
    come(bitmap(1));
    await wanted;
    await settled();
    expect(NearWorker.asked()).toEqual(["1.png", "a.jpg", "b.jpg"]);
    come(bitmap(2));
    expect((await files.picture(b)).width).toBe(2);
    expect((await files.load(urlOf("1.png"))).codes[0]).toBe(1);
    expect(NearWorker.asked()).toEqual(["1.png", "a.jpg", "b.jpg"]);
  });
});

it("files at rest stop their workers and tell all who wait, and are read again when someone wants one", async () => {
  const files = mapFiles();
  const waiting = files.load(urlOf("1.png"));
  files.rest();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  expect(NearWorker.all.map((worker) => worker.stopped)).toEqual([true, true]);
  expect((await files.load(urlOf("1.png"))).codes.length).toBeGreaterThan(0);
  expect(NearWorker.all.map((worker) => worker.stopped)).toEqual([true, true, false]);
});
