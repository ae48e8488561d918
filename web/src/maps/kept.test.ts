import { describe, expect, it } from "vitest";
import { Kept } from "./kept";

describe("what is kept", () => {
  it("is what was put and looked at last, as far as the bytes go", () => {
    const kept = new Kept<string>(10);
    kept.put("a", "A", 4);
    kept.put("b", "B", 4);
    expect(kept.get("a")).toBe("A");
    kept.put("c", "C", 4);
    expect([kept.get("a"), kept.get("b"), kept.get("c")]).toEqual(["A", undefined, "C"]);
    kept.put("d", "D", 6);
    expect([kept.get("a"), kept.get("c"), kept.get("d")]).toEqual([undefined, "C", "D"]);
  });

  it("loses as many as one large thing needs", () => {
    const kept = new Kept<number>(10);
    for (const n of [1, 2, 3, 4, 5]) kept.put(String(n), n, 2);
    kept.put("large", 0, 7);
    expect([1, 2, 3, 4, 5].map((n) => kept.get(String(n)))).toEqual([undefined, undefined, undefined, undefined, 5]);
  });

  it("does not count twice what is put twice", () => {
    const kept = new Kept<string>(10);
    kept.put("a", "old", 6);
    kept.put("b", "B", 4);
    kept.put("a", "new", 6);
    expect([kept.get("a"), kept.get("b")]).toEqual(["new", "B"]);
  });

  it("is not driven out by what is larger than all that may be kept", () => {
    const kept = new Kept<string>(10);
    kept.put("a", "A", 10);
    kept.put("huge", "H", 11);
    expect([kept.get("a"), kept.get("huge")]).toEqual(["A", undefined]);
  });

  it("has room again once it was cleared", () => {
    const kept = new Kept<string>(10);
    kept.put("a", "A", 10);
    kept.clear();
    kept.put("b", "B", 6);
    kept.put("c", "C", 4);
    expect([kept.get("a"), kept.get("b"), kept.get("c")]).toEqual([undefined, "B", "C"]);
  });
});
