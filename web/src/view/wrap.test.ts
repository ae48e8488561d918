import { describe, expect, it } from "vitest";
import { cut, wrap } from "./wrap";

const letters = (text: string) => text.length;

describe("text in lines", () => {
  it("is broken between words, and in a word only where that is wider than a line", () => {
    expect(wrap("scale and shift of the evaluation", 12, letters)).toEqual(["scale and", "shift of the", "evaluation"]);
    expect(wrap("a_very_long_field: metres", 8, letters)).toEqual(["a_very_l", "ong_fiel", "d:", "metres"]);
  });

  it("is one line where there is room, none where there is no text, and ends where there is no room at all", () => {
    expect(wrap("metres as stored", 100, letters)).toEqual(["metres as stored"]);
    expect(wrap("", 100, letters)).toEqual([]);
    expect(wrap("ab", 0, letters)).toEqual(["a", "b"]);
  });
});

describe("text in one line", () => {
  it("is as it is where it fits, else as much of it as does, with an ellipsis", () => {
    expect(cut("truth + near", 12, letters)).toBe("truth + near");
    expect(cut("truth + near", 11, letters)).toBe("truth + ne…");
    expect(cut("truth + near", 9, letters)).toBe("truth +…");
    expect(cut("truth", 0, letters)).toBe("…");
  });
});
