import { describe, expect, it } from "vitest";
import { anEvaluation, INFO } from "./info.fixture";
import { countWithoutValue, mostDifferentFirst, rivalsOf, unsorted, worstFirst } from "./order";

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id).join("");
const IDS = ["a", "b", "c", "d", "e"];
const list = (values: (number | null)[]) => ({ ids: IDS, values });

describe("worst first", () => {
  it("is the largest error first, or the smallest share", () => {
    expect(idsOf(worstFirst(IDS, list([1, 5, 3, 2, 4]), "lower"))).toBe("becda");
    expect(idsOf(worstFirst(IDS, list([1, 5, 3, 2, 4]), "higher"))).toBe("adceb");
  });

  it("puts samples without a value last, in the order of the view, whichever way is better", () => {
    const values = [null, 5, NaN, 2, Infinity];
    expect(idsOf(worstFirst(IDS, list(values), "lower"))).toBe("bdace");
    expect(idsOf(worstFirst(IDS, list(values), "higher"))).toBe("dbace");
    expect(countWithoutValue(worstFirst(IDS, list(values), "lower"))).toBe(3);
  });

  it("keeps the order of the view among equals", () => {
    expect(idsOf(worstFirst(IDS, list([1, 1, 2, 1, 1]), "lower"))).toBe("cabde");
  });

  it("is of the samples that were selected, and lists those that the evaluation does not know", () => {
    const rows = worstFirst(["x", "c", "a"], list([1, 5, 3, 2, 4]), "lower");
    expect(idsOf(rows)).toBe("cax");
    expect(rows.map(({ value }) => value)).toEqual([3, 1, null]);
  });
});

describe("most different first", () => {
  it("goes by the size of the difference, and tells its sign", () => {
    const rows = mostDifferentFirst(IDS, list([1, 1, 1, 1, 1]), list([1, 4, 0.5, 1.2, 3]));
    expect(idsOf(rows)).toBe("becda");
    expect(rows[0]?.value).toBe(-3);
  });

  it("puts samples last that one of the two does not know", () => {
    expect(idsOf(mostDifferentFirst(IDS, list([1, null, 3, 1, 1]), list([2, 9, null, 1, 4])))).toBe("eadbc");
  });
});

it("unsorted rows stand in the order of the view, without a value", () => {
  expect(unsorted(["b", "a"])).toEqual([{ id: "b", value: null }, { id: "a", value: null }]);
});

describe("a metric can be compared", () => {
  const key = { run: "dpt1", metric: "rmse", against: null };
  const runs = (info = INFO) => rivalsOf(info, key).map(({ run }) => run);

  it("with other models by the same key and rules", () => {
    expect(runs()).toEqual(["mari1"]);
  });

  it("not with one by another protocol, range or truth, or without that metric", () => {
    for (const change of [{ protocol: "nyuv2: x" }, { max_depth: 10 }, { truth: "gt2" }, { metrics: [] }]) {
      const evaluations = [anEvaluation("dpt1", "dpt"), anEvaluation("mari1", "mari", change)];
      expect(runs({ ...INFO, evaluations })).toEqual([]);
    }
  });
});
