import { expect, test, vi } from "vitest";
import { memo } from "./memo";

test("the same objects are computed once, in their places", () => {
  const compute = vi.fn((a: object, b: object) => ({ a, b }));
  const once = memo(compute);
  const [first, second] = [{}, {}];
  expect(once(first, second)).toBe(once(first, second));
  expect(once(second, first)).toEqual({ a: second, b: first });
  expect(once(first, first)).not.toBe(once(first, second));
  expect(compute).toHaveBeenCalledTimes(3);
});

test("equal objects are other objects", () => {
  const once = memo((a: { n: number }) => ({ n: a.n }));
  expect(once({ n: 1 })).not.toBe(once({ n: 1 }));
});

test("a result that is undefined is kept as well", () => {
  const compute = vi.fn(() => undefined);
  const once = memo<[object], undefined>(compute);
  const key = {};
  once(key);
  once(key);
  expect(compute).toHaveBeenCalledTimes(1);
});
