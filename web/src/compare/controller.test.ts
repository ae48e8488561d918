/** Which sample is on the screen, however quickly and in whatever order the App and the server answer. */

import { describe, expect, it, vi } from "vitest";
import type { DatasetInfo, SampleRecord } from "../contract";
import type { CodeMap } from "../types";
import { defaultSettings } from "../state/settings";
import { CompareController, type Host } from "./controller";
import { Memory } from "./memory";

const INFO: DatasetInfo = {
  dataset: "rooms",
  stored: "1",
  fields: [{ name: "gt", role: "truth", of: null }],
  truth: "gt",
  evaluations: [],
};
const MAP: CodeMap = { width: 2, height: 1, codes: Uint16Array.of(1000, 2000), quantiles: null };

function recordOf(id: string): SampleRecord {
  const map = { path: `/maps/${id}.png`, problem: null, quantity: "depth", scale: 0.001, offset: 0, unit: "m" } as const;
  return { id, filepath: `/${id}.jpg`, name: id, intrinsics: null, maps: { gt: { ...map, source: "raw", run: null } }, scores: {} };
}

function answerOf({ info = INFO, ids = [] as string[] }) {
  return { info, records: ids.map(recordOf) };
}

/** A promise that the test settles. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

/** A host whose map files arrive when the test says so, by path. */
function aHost(change: Partial<Host["calls"]> = {}, step: Host["step"] = () => false) {
  const files = new Map<string, ReturnType<typeof deferred<CodeMap>>>();
  const host: Host = {
    calls: {
      describe: vi.fn(async ({ ids }: { ids: string[] }) => answerOf({ ids })),
      list: vi.fn(async () => ({ ids: ["a", "b", "c"], values: null })),
      load: vi.fn(async ({ ids }: { ids: string[] }) => ids.map(recordOf)),
      ...change,
    },
    files: {
      load(url, signal) {
        const file = deferred<CodeMap>();
        files.set(url, file);
        signal?.addEventListener("abort", () => file.reject(signal.reason as Error));
        return file.promise;
      },
      picture: () => Promise.reject(new Error("no pictures here")),
      preload: () => undefined,
    },
    mediaUrl: (path) => path,
    step,
    copy: async () => true,
    save: async () => undefined,
  };
  const arrive = async (id: string) => {
    await vi.waitFor(() => expect(files.has(`/maps/${id}.png`)).toBe(true));
    files.get(`/maps/${id}.png`)?.resolve(MAP);
    await new Promise((done) => setTimeout(done));
  };
  return { host, arrive, files };
}

const shown = (controller: CompareController) => controller.store.get().sample?.record.id ?? null;

describe("the sample that is shown", () => {
  it("waits for the dataset's description, without which nothing has a meaning", async () => {
    const info = deferred<ReturnType<typeof answerOf>>();
    const { host, arrive } = aHost({ describe: () => info.promise });
    const controller = new CompareController(host);
    void controller.describe(defaultSettings);
    void controller.show("a");
    await new Promise((done) => setTimeout(done));
    expect(shown(controller)).toBeNull();
    info.resolve(answerOf({}));
    await arrive("a");
    expect(shown(controller)).toBe("a");
  });

  it("is the last that was asked for, whose files never lack because an earlier wish was withdrawn", async () => {
    const { host, arrive } = aHost();
    const controller = new CompareController(host);
    void controller.describe(defaultSettings);
    void controller.show("a");
    await new Promise((done) => setTimeout(done));
    void controller.show("b");
    void controller.show("a");
    await new Promise((done) => setTimeout(done));
    expect(controller.store.get()).toMatchObject({ sample: null, problem: null });
    await arrive("a");
    expect(shown(controller)).toBe("a");
    expect(controller.store.get().sample?.problems["gt"]).toBeUndefined();
  });

  it("stays, with its line and box, when the list around it changes", async () => {
    const { host, arrive } = aHost();
    const controller = new CompareController(host);
    void controller.describe(defaultSettings);
    void controller.show("b");
    await arrive("b");
    controller.actions.drawBox({ top: 0, bottom: 1, left: 0, right: 2 });
    await controller.showAmong(["b", "c"], null);
    expect(controller.store.get()).toMatchObject({ current: "b", ids: ["b", "c"], box: { right: 2 } });
    void controller.showAmong(["c"], null);
    await arrive("c");
    expect(controller.store.get()).toMatchObject({ current: "c", box: null });
  });

  it("is the sample window's own where the panel is in it: the window is moved, and tells where it has come to", async () => {
    const step = vi.fn(() => true);
    const { host, arrive } = aHost({}, step);
    const controller = new CompareController(host);
    void controller.describe(defaultSettings);
    void controller.showAmong(["a", "b", "c"], "a");
    await arrive("a");
    controller.actions.go("next");
    controller.actions.go({ id: "c" });
    controller.actions.go("previous");
    expect(step.mock.calls).toEqual([[1, "b"], [2, "c"]]); // nothing comes before the first
    expect(controller.store.get().current).toBe("a");
  });
});

describe("a step that is asked for before the samples are listed", () => {
  it("is made when they are", async () => {
    const step = vi.fn(() => true);
    const { host, arrive } = aHost({}, step);
    const controller = new CompareController(host);
    void controller.describe(defaultSettings, "rooms", "a");
    void controller.show("a");
    await arrive("a");
    controller.actions.go("next");
    controller.actions.go("next");
    expect(step).not.toHaveBeenCalled();
    await controller.showAmong(["a", "b", "c"], null);
    expect(step.mock.calls).toEqual([[2, "c"]]);
  });

  it("is made in the panel where no window moves with it, and not beyond the end", async () => {
    const { host, arrive } = aHost();
    const controller = new CompareController(host);
    void controller.describe(defaultSettings);
    controller.actions.go("next");
    void controller.showAmong(["a", "b"], null);
    await arrive("b");
    expect(shown(controller)).toBe("b");
    controller.actions.go("next");
    expect(controller.store.get().current).toBe("b");
  });
});

describe("a panel that is opened after another one", () => {
  async function second(change: Partial<Host["calls"]> = {}) {
    const memory = new Memory();
    const earlier = aHost();
    const former = new CompareController(earlier.host, memory);
    void former.describe(defaultSettings, "rooms", "a");
    void former.show("a");
    await earlier.arrive("a");
    await former.showAmong(["a", "b", "c"], null);
    await new Promise((done) => setTimeout(done));
    expect(earlier.host.calls.describe).toHaveBeenCalledExactlyOnceWith({ ids: ["a"] });
    expect(vi.mocked(earlier.host.calls.load).mock.calls).toEqual([[{ ids: ["b", "c"] }]]);
    former.dispose();
    const now = aHost(change);
    return { ...now, controller: new CompareController(now.host, memory) };
  }

  it("draws without a call what the earlier one was told, and then asks whether it still holds", async () => {
    const { controller, host, arrive } = await second();
    void controller.describe(defaultSettings, "rooms", "c");
    void controller.show("c");
    await arrive("c");
    expect(shown(controller)).toBe("c");
    expect(host.calls.describe).not.toHaveBeenCalled();
    await controller.showAmong(["a", "b", "c"], null);
    expect(vi.mocked(host.calls.load).mock.calls.map(([{ ids }]) => ids)).toEqual([["c", "b", "a"]]);
  });

  it("draws anew what has changed meanwhile", async () => {
    const load = vi.fn(async ({ ids }: { ids: string[] }) => ids.map((id) => ({ ...recordOf(id), name: "another" })));
    const { controller, arrive } = await second({ load });
    void controller.describe(defaultSettings, "rooms", "c");
    void controller.show("c");
    await arrive("c");
    void controller.showAmong(["a", "b", "c"], null);
    await new Promise((done) => setTimeout(done));
    await arrive("c");
    expect(controller.store.get().sample?.record.name).toBe("another");
  });

  it("remembers nothing that was asked for before everything was asked anew", async () => {
    const slow = deferred<SampleRecord[]>();
    const memory = new Memory();
    const { host, arrive } = aHost({ load: vi.fn(() => slow.promise) });
    const controller = new CompareController(host, memory);
    void controller.describe(defaultSettings, "rooms", "a");
    void controller.show("a");
    await arrive("a");
    void controller.showAmong(["a", "b"], null);
    await new Promise((done) => setTimeout(done));
    void controller.refresh();
    slow.resolve([recordOf("b")]);
    await new Promise((done) => setTimeout(done));
    expect(memory.record("b")).toBeUndefined();
    expect(memory.record("a")).toBeDefined();
  });

  it("keeps some hundred records, the newest, however many samples are passed", () => {
    const memory = new Memory();
    for (let n = 0; n < 2000; n++) memory.keep(recordOf(String(n)));
    expect([memory.record("0"), memory.record("1999")?.id]).toEqual([undefined, "1999"]);
  });

  it("begins to read what will be shown before it is asked to show it, and reads it once", async () => {
    const { controller, files, arrive } = await second();
    controller.begin("c");
    await arrive("c");
    controller.begin("unknown");
    expect([...files.keys()]).toEqual(["/maps/c.png"]);
    expect(shown(controller)).toBeNull();
  });

  it("asks anew about another dataset", async () => {
    const { controller, host } = await second();
    void controller.describe(defaultSettings, "streets", "c");
    expect(host.calls.describe).toHaveBeenCalledExactlyOnceWith({ ids: ["c"] });
  });
});

describe("a server that fails", () => {
  it("is told of, and asked again when someone says so", async () => {
    const describe = vi.fn<Host["calls"]["describe"]>().mockRejectedValueOnce(new Error("no answer")).mockResolvedValue(answerOf({ ids: ["a"] }));
    const { host, arrive } = aHost({ describe });
    const controller = new CompareController(host);
    await controller.describe(defaultSettings);
    await controller.show("a");
    expect(controller.store.get()).toMatchObject({ problem: "no answer", info: null });
    controller.actions.retry();
    await arrive("a");
    expect(controller.store.get()).toMatchObject({ problem: null, info: INFO });
    expect(shown(controller)).toBe("a");
  });

  it("does not put a late answer about one dataset in the place of another's", async () => {
    const [first, second] = [deferred<ReturnType<typeof answerOf>>(), deferred<ReturnType<typeof answerOf>>()];
    const describe = vi.fn<Host["calls"]["describe"]>().mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
    const controller = new CompareController(aHost({ describe }).host);
    const both = [controller.describe(defaultSettings), controller.describe(defaultSettings)];
    second.resolve(answerOf({ info: { ...INFO, dataset: "streets" } }));
    first.resolve(answerOf({}));
    await Promise.all(both);
    expect(controller.store.get().info?.dataset).toBe("streets");
  });

  it("asks once for the records of neighbours, and again for what failed", async () => {
    const load = vi.fn<Host["calls"]["load"]>().mockRejectedValueOnce(new Error("busy")).mockImplementation(async ({ ids }) => ids.map(recordOf));
    const { host, arrive } = aHost({ load });
    const controller = new CompareController(host);
    void controller.describe(defaultSettings);
    await controller.show("a");
    expect(controller.store.get().problem).toBe("busy");
    controller.actions.retry();
    await arrive("a");
    await controller.showAmong(["a", "b", "c"], null);
    await new Promise((done) => setTimeout(done));
    expect(load.mock.calls.map(([{ ids }]) => ids)).toEqual([["a"], ["b", "c"]]); // the second time it came with the description
  });
});
