import { describe, expect, it } from "vitest";
import { actionsOf } from "./actions";
import { job, NOW } from "./fixtures";
import { endedInWords, outcome, pace, stateInWords, when } from "./words";

const TIMES = { queued_at: "2026-01-31T11:00:00Z", started_at: "2026-01-31T11:30:00Z", ended_at: "2026-01-31T11:50:00Z" };

describe("when it was", () => {
  it.each([
    ["queued", "queued 1 h ago"], ["running", "for 30 min"], ["completed", "10 min ago, took 20 min"], ["failed", "10 min ago, after 20 min"],
    ["stale", "last heard of 5 min ago"],
  ] as const)("of one that is %s", (state, text) => {
    expect(when(job({ ...TIMES, heard_at: "2026-01-31T11:55:00Z", state }), NOW)).toBe(text);
  });

  it("of one that never began has no span", () => {
    expect(when(job({ ...TIMES, started_at: null, state: "failed" }), NOW)).toBe("10 min ago");
  });

  it("is nothing where nothing is known", () => {
    expect(when(job({ queued_at: null }), NOW)).toBe("");
    expect(when(job({ state: "running" }), NOW)).toBe("");
  });
});

describe("the pace", () => {
  it("tells the step, the speed and the time left", () => {
    const running = job({ state: "running", step: "20 of 100 images predicted", speed: 0.5, seconds_left: 160 });
    expect(pace(running)).toEqual(["20 of 100 images predicted", "30 images/min", "about 3 min left"]);
  });

  it("tells no number that is not known", () => expect(pace(job({ state: "running" }))).toEqual(["begins"]));
});

describe("the outcome", () => {
  it("is the result, or the error without the name of its class, or why it is taken for dead", () => {
    expect(outcome(job({ state: "completed", result: "3 predicted" }))).toBe("3 predicted");
    expect(outcome(job({ state: "failed", error: "ValueError: no field 'a'" }))).toBe("No field 'a'");
    expect(outcome(job({ state: "failed", error: "plumb.models.base.ModelError: it is not there" }))).toBe("It is not there");
    expect(outcome(job({ state: "failed", error: "the worker died: at once" }))).toBe("The worker died: at once");
    expect(outcome(job({ state: "stale", stale: "the process is gone" }))).toBe("The process is gone.");
    expect(outcome(job())).toBeNull();
  });
});

describe("that operations have ended", () => {
  const done = job({ state: "completed", result: "3 predicted" });
  const failed = job({ state: "failed", error: "OSError: the disk is full.", what: "" });
  const stopped = job({ state: "failed", error: "stopped by hand; run it again", stopped: true, done: 2 });

  it("is told of one with its outcome", () => {
    expect(endedInWords([done])?.text).toBe("Predict depth (dpt-tiny into dpt) is done: 3 predicted.");
    expect(endedInWords([job({ state: "completed" })])?.text).toBe("Predict depth (dpt-tiny into dpt) is done.");
    expect(endedInWords([failed])).toEqual({ text: "Predict depth has failed:", error: "The disk is full.", tone: "bad", wrote: false });
    expect(endedInWords([stopped])?.text).toBe("Predict depth (dpt-tiny into dpt) was stopped.");
    expect(endedInWords([])).toBeNull();
  });

  it("is told of several by their ends, and a failure is told wherever it stands", () => {
    expect(endedInWords([done, done, done])?.text).toBe("3 done. The latest: Predict depth (dpt-tiny into dpt) is done: 3 predicted.");
    for (const ended of [[done, failed, done, done], [failed, done, done, done]]) {
      expect(endedInWords(ended)).toMatchObject({ error: "The disk is full.", tone: "bad", wrote: true });
      expect(endedInWords(ended)?.text).toMatch(/^3 done, 1 failed\. .*Predict depth has failed:$/);
    }
    expect(endedInWords([stopped, done])).toMatchObject({ error: null, tone: "good" });
    expect(endedInWords([stopped, done])?.text).toMatch(/^1 done, 1 stopped\. /);
  });

  it("offers to reload only where something may have been written", () => {
    const wrote = (one: ReturnType<typeof job>) => endedInWords([one])?.wrote;
    expect([done, failed, stopped].map(wrote)).toEqual([true, false, true]);
    expect(wrote(job({ name: "export_depth_report", state: "completed" }))).toBe(false);
  });
});

describe("the state", () => {
  it("of one that somebody has stopped is not a failure", () => {
    expect(stateInWords(job({ state: "failed" }))).toBe("Failed");
    expect(stateInWords(job({ state: "failed", stopped: true }))).toBe("Stopped");
  });
});

describe("what can be done", () => {
  it.each([
    ["queued", ["Cancel"]], ["running", ["Stop"]], ["stale", ["Retry", "Mark as failed"]], ["failed", ["Retry"]], ["completed", []],
  ] as const)("about one that is %s", (state, labels) => {
    expect(actionsOf(job({ state })).map((action) => action.label)).toEqual(labels);
  });

  it("is asked before unless it only queues", () => {
    const actions = (["queued", "running", "stale", "failed"] as const).flatMap((state) => actionsOf(job({ state })));
    for (const action of actions) expect(action.question === null).toBe(action.call === "retry");
  });

  it("is nothing about one that was queued again", () => expect(actionsOf(job({ state: "failed", again: "b" }))).toEqual([]));

  it("is the same object each time, for what is asked to stand while the list is read again", () => {
    expect(actionsOf(job({ state: "running" }))[0]).toBe(actionsOf(job({ state: "running" }))[0]);
  });
});
