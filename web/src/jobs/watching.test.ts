import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { job, list } from "./fixtures";
import { endedSince, pause, waitsInVain, within } from "./watching";

describe("the list is asked for again", () => {
  it.each([
    ["nothing is known", null, 10_000],
    ["all have ended", list([job({ state: "completed" }), job({ state: "failed" }), job({ state: "stale" })]), 10_000],
    ["one waits", list([job({ state: "completed" }), job()]), 2_000],
    ["one runs", list([job({ state: "running" })]), 2_000],
  ])("when %s", (_, known, milliseconds) => expect(pause(known, 0, true)).toBe(milliseconds));

  it("slowly while only what has ended is shown", () => expect(pause(list([job({ state: "running" })]), 0, false)).toBe(10_000));

  it("later after each failure, but at least once a minute", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 50].map((failures) => pause(list([job()]), failures, true));
    expect(pauses).toEqual([4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });
});

describe("operations that have ended", () => {
  it("are those that waited, ran or were dead at the last look", () => {
    const before = list([
      job({ id: "waited" }), job({ id: "ran", state: "running" }), job({ id: "dead", state: "stale" }),
      job({ id: "still", state: "running" }), job({ id: "long ago", state: "completed" }),
    ]);
    const after = list([
      job({ id: "new", state: "failed" }), job({ id: "waited", state: "completed" }), job({ id: "ran", state: "failed" }),
      job({ id: "dead", state: "failed" }), job({ id: "still", state: "stale" }), job({ id: "long ago", state: "completed" }),
    ]);
    expect(endedSince(before, after).map((one) => one.id)).toEqual(["waited", "ran", "dead"]);
  });

  it("are none at the first look", () => expect(endedSince(null, list([job({ state: "completed" })]))).toEqual([]));
});

describe("operations wait in vain", () => {
  const worker = ["the worker on GPU 0 (on alpha)"];
  it.each([
    ["one is queued and no worker is known", list([job(), job({ state: "completed" })]), true],
    ["a worker is alive", list([job()], worker), false],
    ["somebody runs another one", list([job(), job({ state: "running" })]), false],
    ["a dead worker is all there is", list([job(), job({ state: "stale" })]), true],
    ["nothing is queued", list([job({ state: "failed" })]), false],
  ])("if %s", (_, known, vain) => expect(waitsInVain(known)).toBe(vain));
});

describe("an answer that is waited for", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is given as it is when it comes in time", async () => {
    await expect(within(Promise.resolve(3), 1000)).resolves.toBe(3);
    await expect(within(Promise.reject(new Error("no")), 1000)).rejects.toThrow("no");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is given up when it does not come", async () => {
    const answer = within(new Promise(() => undefined), 30_000);
    const told = expect(answer).rejects.toThrow("the App's server has not answered for 30 s");
    await vi.advanceTimersByTimeAsync(30_000);
    await told;
  });
});
