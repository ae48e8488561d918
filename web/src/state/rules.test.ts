import { expect, it } from "vitest";
import { DEFAULT_RULE } from "../depth/valid";
import { commonRule } from "./rules";

it("what counts by every rule lies within the range and the crop of each", () => {
  const crop = { top: 2, bottom: 8, left: 0, right: 5 };
  const one = { minDepth: 0.5, maxDepth: 8, cap: 8, crop };
  const other = { minDepth: 0.1, maxDepth: 10, cap: 6, crop: { top: 0, bottom: 6, left: 3, right: 9 } };
  expect(commonRule([one, other])).toEqual({
    minDepth: 0.5, maxDepth: 8, cap: 6, crop: { top: 2, bottom: 6, left: 3, right: 5 },
  }); // prettier-ignore
  expect(commonRule([one, { ...other, crop: null }]).crop).toEqual(crop);
  expect(commonRule([{ ...one, crop: null }, { ...other, crop: null }]).crop).toBeNull();
});

it("without any rule the default one counts", () => {
  expect(commonRule([])).toEqual(DEFAULT_RULE);
});
