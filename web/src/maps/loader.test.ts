import { describe, expect, it, vi } from "vitest";
import { Kept } from "./kept";
import { Loader, type Source } from "./loader";

/** A kind of file that comes when the test says so. */
class Slow implements Source<string> {
  /** In the order in which they were begun, those that came among them. */
  readonly begun: string[] = [];
  private readonly open = new Map<string, { resolve(value: string): void; reject(reason: Error): void }>();

  constructor(readonly name = "slow") {}

  read(url: string): Promise<string> {
    this.begun.push(url);
    return new Promise((resolve, reject) => this.open.set(url, { resolve, reject }));
  }

  bytes(): number {
    return 1;
  }

  async come(...urls: string[]): Promise<void> {
    for (const url of urls) this.open.get(url)?.resolve(`file ${url}`);
    await settled();
  }

  async fail(url: string): Promise<void> {
    this.open.get(url)?.reject(new Error(`no ${url}`));
    await settled();
  }
}

/** After all that follows from what has happened. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

function setUp(budget = 100): { loader: Loader; slow: Slow } {
  return { loader: new Loader(new Kept(budget), { wanted: 2, ahead: 1 }), slow: new Slow() };
}

describe("a file that is wanted", () => {
  it("is read once for all who ask while it is under way, and once it is kept not at all", async () => {
    const { loader, slow } = setUp();
    const both = Promise.all([loader.load(slow, "a"), loader.load(slow, "a")]);
    await slow.come("a");
    expect(await both).toEqual(["file a", "file a"]);
    expect(await loader.load(slow, "a")).toBe("file a");
    expect(slow.begun).toEqual(["a"]);
  });

  it("is another than one of another kind at the same URL", async () => {
    const { loader, slow } = setUp();
    const other = new Slow("other");
    void loader.load(slow, "a");
    void loader.load(other, "a");
    expect([slow.begun, other.begun]).toEqual([["a"], ["a"]]);
  });

  it("is read again after it failed, and all who waited hear of the failure", async () => {
    const { loader, slow } = setUp();
    const both = Promise.allSettled([loader.load(slow, "a"), loader.load(slow, "a")]);
    await slow.fail("a");
    expect((await both).map((result) => result.status)).toEqual(["rejected", "rejected"]);
    const again = loader.load(slow, "a");
    await slow.come("a");
    expect(await again).toBe("file a");
  });

  it("that fails at once fails like any other", async () => {
    const { loader, slow } = setUp();
    const broken: Source<string> = {
      ...slow,
      name: "broken",
      bytes: () => 1,
      read: () => {
        throw new Error("not even begun");
      },
    };
    await expect(loader.load(broken, "a")).rejects.toThrow("not even begun");
    await expect(loader.load(broken, "a")).rejects.toThrow("not even begun");
  });

  it("waits its turn in the order of asking, so many being under way at once", async () => {
    const { loader, slow } = setUp();
    for (const url of ["a", "b", "c", "d"]) void loader.load(slow, url);
    expect(slow.begun).toEqual(["a", "b"]);
    await slow.come("b");
    expect(slow.begun).toEqual(["a", "b", "c"]);
    await slow.come("a", "c");
    expect(slow.begun).toEqual(["a", "b", "c", "d"]);
  });

  it("makes way for later ones where no more can be kept", async () => {
    const { loader, slow } = setUp(2);
    for (const url of ["a", "b", "c"]) {
      void loader.load(slow, url);
      await slow.come(url);
    }
    await Promise.all([loader.load(slow, "b"), loader.load(slow, "c")]);
    void loader.load(slow, "a");
    expect(slow.begun).toEqual(["a", "b", "c", "a"]);
  });
});

describe("a file that is loaded ahead", () => {
  it("is there when it is wanted", async () => {
    const { loader, slow } = setUp();
    loader.ahead([[slow, "a"]]);
    await slow.come("a");
    expect(await loader.load(slow, "a")).toBe("file a");
    expect(slow.begun).toEqual(["a"]);
  });

  it("begins only when nothing that is wanted is under way, one after the other", async () => {
    const { loader, slow } = setUp();
    void loader.load(slow, "wanted");
    loader.ahead([[slow, "x"], [slow, "y"]]);
    expect(slow.begun).toEqual(["wanted"]);
    await slow.come("wanted");
    expect(slow.begun).toEqual(["wanted", "x"]);
    await slow.come("x");
    expect(slow.begun).toEqual(["wanted", "x", "y"]);
  });

  it("takes no place from what is wanted while it is under way", async () => {
    const { loader, slow } = setUp();
    loader.ahead([[slow, "x"], [slow, "y"]]);
    for (const url of ["a", "b", "c"]) void loader.load(slow, url);
    expect(slow.begun).toEqual(["x", "a", "b"]);
    await slow.come("x");
    expect(slow.begun).toEqual(["x", "a", "b"]);
  });

  it("goes before the others of its kind as soon as it is wanted, and is not read twice", async () => {
    const { loader, slow } = setUp();
    loader.ahead([[slow, "x"], [slow, "y"], [slow, "z"]]);
    const wanted = loader.load(slow, "z");
    expect(slow.begun).toEqual(["x", "z"]);
    await slow.come("z");
    expect(await wanted).toBe("file z");
    await slow.come("x", "y");
    expect(slow.begun).toEqual(["x", "z", "y"]);
  });

  it("that is under way when it is wanted takes a place of what is wanted", async () => {
    const { loader, slow } = setUp();
    loader.ahead([[slow, "x"]]);
    for (const url of ["x", "a", "b"]) void loader.load(slow, url);
    expect(slow.begun).toEqual(["x", "a"]);
  });

  it("is forgotten when others are asked for in its place before it has begun", async () => {
    const { loader, slow } = setUp();
    loader.ahead([[slow, "x"], [slow, "y"], [slow, "z"]]);
    loader.ahead([[slow, "z"], [slow, "new"]]);
    await slow.come("x");
    await slow.come("z");
    await slow.come("new");
    expect(slow.begun).toEqual(["x", "z", "new"]);
  });

  it("that is under way when others are asked for is not read twice", async () => {
    const { loader, slow } = setUp();
    loader.ahead([[slow, "x"]]);
    loader.ahead([[slow, "y"], [slow, "x"]]);
    const wanted = loader.load(slow, "x");
    await slow.come("x");
    expect(await wanted).toBe("file x");
    expect(slow.begun).toEqual(["x", "y"]);
  });

  it("that fails disturbs nobody, and is tried again when it is wanted", async () => {
    const { loader, slow } = setUp();
    loader.ahead([[slow, "x"], [slow, "y"]]);
    await slow.fail("x");
    const wanted = loader.load(slow, "x");
    await slow.come("x");
    expect(await wanted).toBe("file x");
  });

  it("is not driven out by what comes with it", async () => {
    const { loader, slow } = setUp(2);
    loader.ahead([[slow, "x"], [slow, "y"]]);
    await slow.come("x");
    await slow.come("y");
    loader.ahead([[slow, "x"], [slow, "z"]]);
    await slow.come("z");
    expect(await loader.load(slow, "x")).toBe("file x");
    expect(slow.begun).toEqual(["x", "y", "z"]);
  });
});

describe("a wish that is withdrawn", () => {
  it("fails with the reason, and its file is not begun any more", async () => {
    const { loader, slow } = setUp();
    const control = new AbortController();
    for (const url of ["a", "b"]) void loader.load(slow, url);
    const wish = loader.load(slow, "c", control.signal);
    void loader.load(slow, "d");
    control.abort(new Error("the next sample"));
    await expect(wish).rejects.toThrow("the next sample");
    await slow.come("a", "b");
    await slow.come("d");
    expect(slow.begun).toEqual(["a", "b", "d"]);
  });

  it("leaves the file to the others who wait for it", async () => {
    const { loader, slow } = setUp();
    const control = new AbortController();
    for (const url of ["a", "b"]) void loader.load(slow, url);
    const withdrawn = loader.load(slow, "c", control.signal);
    const other = loader.load(slow, "c", new AbortController().signal);
    control.abort();
    await expect(withdrawn).rejects.toThrow("abort");
    await slow.come("a");
    await slow.come("c");
    expect(await other).toBe("file c");
  });

  it("whose file is under way leaves its place to what is wanted; the file is kept when it comes", async () => {
    const { loader, slow } = setUp();
    const control = new AbortController();
    const wishes = Promise.allSettled(["a", "b"].map((url) => loader.load(slow, url, control.signal)));
    void loader.load(slow, "c");
    control.abort();
    expect(slow.begun).toEqual(["a", "b", "c"]);
    await slow.come("a");
    expect((await wishes).map((wish) => wish.status)).toEqual(["rejected", "rejected"]);
    expect(await loader.load(slow, "a")).toBe("file a");
  });

  it("before it was made reads nothing", async () => {
    const { loader, slow } = setUp();
    await expect(loader.load(slow, "a", AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    expect(slow.begun).toEqual([]);
  });

  it("after its file came changes nothing", async () => {
    const { loader, slow } = setUp();
    const control = new AbortController();
    const left = vi.spyOn(control.signal, "removeEventListener");
    const wish = loader.load(slow, "a", control.signal);
    await slow.come("a");
    // A signal that lives on must not hold on to the file.
    expect(left).toHaveBeenCalledOnce();
    control.abort();
    expect(await wish).toBe("file a");
    for (const url of ["b", "c", "d"]) void loader.load(slow, url);
    expect(slow.begun).toEqual(["a", "b", "c"]);
  });
});

describe("a loader that is cleared", () => {
  it("tells all who wait, keeps nothing that comes late, and begins anew when asked", async () => {
    const { loader, slow } = setUp();
    const wishes = Promise.allSettled(["a", "b", "c"].map((url) => loader.load(slow, url)));
    loader.clear();
    for (const wish of await wishes) expect(wish).toMatchObject({ status: "rejected", reason: { name: "AbortError" } });
    await slow.come("a");
    void loader.load(slow, "a");
    expect(slow.begun).toEqual(["a", "b", "a"]);
  });
});
