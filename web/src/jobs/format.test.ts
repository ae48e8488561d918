import { describe, expect, it } from "vitest";
import { ago, duration, estimate, later, secondsBetween, speed } from "./format";

describe("a span of time", () => {
  it.each([
    [0, "0 s"], [-3, "0 s"], [59.4, "59 s"], [59.6, "1 min"], [80, "1 min 20 s"], [3599, "59 min 59 s"], [3600, "1 h"],
    [7500, "2 h 5 min"], [86_399, "23 h 59 min"], [86_400, "1 d"], [3 * 86_400 + 5 * 3600 + 59, "3 d 5 h"],
  ])("of %d seconds has its two largest units", (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe("an estimate", () => {
  it.each([
    [0.4, "a moment"], [1, "about 5 s"], [33, "about 35 s"], [56, "about 1 min"], [61, "about 2 min"], [3500, "about 59 min"],
    [3600, "about 1 h"], [4300, "about 1 h 20 min"], [200_000, "about 2 d 7 h"],
  ])("of %d seconds is no more exact than it can be", (seconds, text) => expect(estimate(seconds)).toBe(text));
});

describe("a speed", () => {
  it.each([
    [1234.5, "1,235 images/s"], [123.4, "123 images/s"], [12.34, "12.3 images/s"], [10, "10 images/s"], [1.26, "1.3 images/s"],
    [1, "1 images/s"], [0.5, "30 images/min"], [1 / 60, "1 images/min"], [1 / 90, "40 images/h"], [0.0001, "0.36 images/h"],
  ])("of %d a second is told with its unit of time", (perSecond, text) => expect(speed(perSecond, "images")).toBe(text));
});

describe("a moment in the past", () => {
  it.each([
    ["2026-01-31T12:00:03Z", "just now"], ["2026-01-31T11:59:56Z", "just now"], ["2026-01-31T11:59:40Z", "20 s ago"],
    ["2026-01-31T11:58:01Z", "1 min ago"], ["2026-01-31T10:59:00Z", "1 h ago"], ["2026-01-30T11:00:00Z", "25 h ago"],
    ["2026-01-28T12:00:00Z", "3 days ago"],
  ])("at %s is told by the server's clock", (time, text) => expect(ago(time, "2026-01-31T12:00:00Z")).toBe(text));

  it("is longer ago while nothing is heard of the server", () => {
    const read = "2026-01-31T12:00:00Z";
    expect(ago("2026-01-31T11:59:58Z", read)).toBe("just now");
    expect(ago("2026-01-31T11:59:58Z", later(read, 20_000))).toBe("22 s ago");
  });

  it("is negative when it lies ahead", () => {
    expect(secondsBetween("2026-01-31T12:00:10Z", "2026-01-31T12:00:00Z")).toBe(-10);
  });
});
