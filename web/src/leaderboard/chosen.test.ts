import { describe, expect, it } from "vitest";
import { blockOf, changed, drawnOf, pairOf, toggled, withPair, type Pair } from "./chosen";
import type { Block } from "./types";

const block = (key: string, ...runs: string[]) => ({ key, runs: runs.map((run) => ({ run })) }) as unknown as Block;
const A = block("A", "a1", "a2", "a3");
const B = block("B", "b1", "b2");

describe("the block of the plots", () => {
  it("is known by its runs, whatever its letter is now", () => {
    expect(blockOf([A, B], ["b1", "b2"])).toBe(B);
    expect(blockOf([block("A", "new"), block("B", "a1", "a2"), block("C", "b1")], ["b1", "b2"])?.key).toBe("C");
  });

  it("is the one with most of them after some have come to stand elsewhere", () => {
    expect(blockOf([block("A", "a1"), block("B", "a2", "a3")], ["a1", "a2", "a3"])?.key).toBe("B");
  });

  it("is the first one where nothing was chosen, or what was is gone", () => {
    expect(blockOf([A, B], [])).toBe(A);
    expect(blockOf([A, B], ["gone"])).toBe(A);
    expect(blockOf([], ["gone"])).toBe(undefined);
  });
});

describe("the pair that is compared", () => {
  const chosen: Pair[] = [["b2", "b1"], ["a3", "a1"]];

  it("is the one of these runs", () => {
    expect(pairOf(chosen, ["a1", "a2", "a3"])).toEqual(["a3", "a1"]);
    expect(pairOf(chosen, ["b1", "b2"])).toEqual(["b2", "b1"]);
  });

  it("has another one in the place of a run that is gone or hidden, never the same twice", () => {
    expect(pairOf(chosen, ["a2", "a3"])).toEqual(["a3", "a2"]);
    expect(pairOf(chosen, ["a1", "a2"])).toEqual(["a2", "a1"]);
  });

  it("are the first two where none was chosen, and nobody where there is only one", () => {
    expect(pairOf([], ["a1", "a2", "a3"])).toEqual(["a1", "a2"]);
    expect(pairOf(chosen, ["a3"])).toBe(null);
    expect(pairOf(chosen, [])).toBe(null);
  });

  it("takes the place of the former one of its block, and of no other", () => {
    expect(withPair(chosen, ["a1", "a2"], A)).toEqual([["a1", "a2"], ["b2", "b1"]]);
  });

  it("changes places when one is chosen for the place of the other", () => {
    expect(changed(["a1", "a2"], 0, "a3")).toEqual(["a3", "a2"]);
    expect(changed(["a1", "a2"], 0, "a2")).toEqual(["a2", "a1"]);
    expect(changed(["a1", "a2"], 1, "a3")).toEqual(["a1", "a3"]);
    expect(changed(["a1", "a2"], 1, "a1")).toEqual(["a2", "a1"]);
  });
});

describe("what is drawn", () => {
  it("is all but what is hidden, and all where nothing would be left", () => {
    expect(drawnOf(A, ["a2", "b1", "gone"])).toEqual(["a1", "a3"]);
    expect(drawnOf(A, ["a1", "a2", "a3"])).toEqual(["a1", "a2", "a3"]);
  });

  it("changes by the one run, and in no other block", () => {
    expect(toggled(A, ["b1"], "a2")).toEqual(["b1", "a2"]);
    expect(toggled(A, ["b1", "a2"], "a2")).toEqual(["b1"]);
    // All of a block were hidden, the last after others were gone: all are drawn, and one of them is hidden.
    expect(drawnOf(B, toggled(B, ["b1", "b2"], "b1"))).toEqual(["b2"]);
  });
});
