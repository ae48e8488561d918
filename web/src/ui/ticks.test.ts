import { describe, expect, it } from "vitest";
import { ticksOf, tickText } from "./ticks";

describe("the values below a colour bar", () => {
  it("name places on the bar, and which of them are so near an end that their text must not reach beyond it", () => {
    const ends = (low: number, high: number) =>
      ticksOf({ low, high, scale: "linear" }).map(({ text, at, end }) => [text, at, end]);
    expect(ends(0, 4)).toEqual([
      ["0", 0, "low"],
      ["1", 0.25, undefined],
      ["2", 0.5, undefined],
      ["3", 0.75, undefined],
      ["4", 1, "high"],
    ]);
    expect(ends(-0.055, 1)[0]).toEqual(["0", expect.closeTo(0.052, 3), undefined]);
    expect(ends(-0.05, 1)[0]).toEqual(["0", expect.closeTo(0.048, 3), "low"]);
  });

  it("name values without dust and with a true minus", () => {
    expect([0.1 + 0.2, -0.5, 12, 0].map(tickText)).toEqual(["0.3", "−0.5", "12", "0"]);
  });
});
