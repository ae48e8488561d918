import { expect, test } from "vitest";
import { defaultSettings } from "../state/settings";
import type { Layer } from "../types";
import { sidesOf, withSide } from "./sides";

const picture: Layer = { id: "picture", kind: "picture", field: null, label: "RGB" };
const [a, b, c] = ["a", "b", "c"].map((id): Layer => ({ id, kind: "depth", field: id, label: id })) as [Layer, Layer, Layer];
const all = [picture, a, b, c];
const ids = (sides: { left: string | null; right: string | null }, shown = all) =>
  sidesOf({ sides }, shown)?.map(({ id }) => id) ?? null;
const { sides } = defaultSettings();

test("the sides are the first two layers but the picture, until others are chosen", () => {
  expect(ids(sides)).toEqual(["a", "b"]);
  expect(ids({ left: null, right: "c" })).toEqual(["a", "c"]);
  expect(ids({ left: "b", right: null })).toEqual(["b", "a"]);
  expect(ids({ left: "c", right: "a" })).toEqual(["c", "a"]);
  expect(ids({ left: null, right: "a" })).toEqual(["b", "a"]);
});

test("the picture is a side where it was chosen, or where one other is on", () => {
  expect(ids({ left: "picture", right: "c" })).toEqual(["picture", "c"]);
  expect(ids(sides, [picture, b])).toEqual(["picture", "b"]);
  expect(ids(sides, [b])).toBeNull();
  expect(ids(sides, [])).toBeNull();
});

test("what was chosen and is off leaves its side to another, and no layer is on both", () => {
  expect(ids({ left: "c", right: "b" }, [picture, a, b])).toEqual(["a", "b"]);
  expect(ids({ left: "b", right: "b" })).toEqual(["b", "a"]);
  expect(ids({ left: "gone", right: "gone too" })).toEqual(["a", "b"]);
});

test("a layer that is chosen for the side it is not on changes places with the other", () => {
  expect(withSide({ sides }, all, "right", "c")).toEqual({ left: "a", right: "c" });
  expect(withSide({ sides }, all, "left", "c")).toEqual({ left: "c", right: "b" });
  expect(withSide({ sides }, all, "left", "b")).toEqual({ left: "b", right: "a" });
  expect(withSide({ sides }, all, "right", "a")).toEqual({ left: "b", right: "a" });
});
