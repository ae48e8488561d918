import { describe, expect, it } from "vitest";
import type { FieldInfo } from "../contract";
import { cellsOf, columnsOf, cursorRows } from "./cursor";
import { aMap, aSample, METRES, RELATIVE } from "./samples.fixture";

const FIELDS: FieldInfo[] = [
  { name: "gt", role: "truth", of: null },
  { name: "dpt", role: "prediction", of: null },
  { name: "dpt_u", role: "uncertainty", of: "dpt" },
  { name: "ord", role: "prediction", of: null },
];

/** 2 x 1 pixels: the truth lacks the second, `dpt` has both, `ord` has no metres. */
const maps = {
  gt: aMap("gt", 2, [2000, 0], METRES),
  dpt: aMap("dpt", 2, [1500, 2500], METRES),
  dpt_u: aMap("dpt_u", 2, [30, 0], METRES),
  ord: aMap("ord", 2, [4300, 0], RELATIVE),
};
const intrinsics = { fx: 2, fy: 4, cx: 1, cy: 1 };

function cells(sample: ReturnType<typeof aSample>, field: string, x: number | null) {
  const rows = cursorRows(sample, FIELDS);
  const row = rows.find((one) => one.field === field);
  if (!row) throw new Error(`no row for ${field}`);
  const columns = columnsOf(sample, rows);
  const texts = cellsOf(sample, row, columns, x === null ? null : { x, y: 0 });
  return Object.fromEntries(columns.map((column, index) => [column, texts[index]]));
}

describe("below the cursor stands", () => {
  const sample = aSample({ maps, truth: "gt", intrinsics });

  it("the depth of every layer, the error of predictions, the uncertainty, and the position before the camera", () => {
    expect(cells(sample, "gt", 0)).toEqual({
      depth: "2.000 m", error: "", "relative error": "", uncertainty: "",
      x: "\u22121.000", y: "\u22120.500", z: "2.000",
    });
    expect(cells(sample, "dpt", 0)).toEqual({
      depth: "1.500 m", error: "\u22120.500 m", "relative error": "\u221225.0 %", uncertainty: "0.030 m",
      x: "\u22120.750", y: "\u22120.375", z: "1.500",
    });
  });

  it("no value where the code is 0, and no error where the truth has none", () => {
    expect(cells(sample, "gt", 1)).toMatchObject({ depth: "no value", x: "", y: "", z: "" });
    expect(cells(sample, "dpt", 1)).toMatchObject({ depth: "2.500 m", error: "", "relative error": "", uncertainty: "no value" });
  });

  it("never metres, error or position of a map that nothing brings to metres", () => {
    const unknown = { error: "", "relative error": "", x: "", y: "", z: "" };
    expect(cells(sample, "ord", 0)).toMatchObject({ depth: "relative 0.430", ...unknown });
    expect(cells(sample, "ord", 1)).toMatchObject({ depth: "no value", ...unknown });
  });

  it("nothing while the cursor is elsewhere", () => {
    expect(Object.values(cells(sample, "dpt", null)).every((text) => text === "")).toBe(true);
  });

  it("no value beyond the map, and the pixel that a fraction lies in", () => {
    expect(cells(sample, "gt", 7)).toMatchObject({ depth: "no value" });
    expect(cells(sample, "gt", 0.9)).toMatchObject({ depth: "2.000 m" });
  });
});

describe("the columns", () => {
  const columns = (change: Parameters<typeof aSample>[0]) => {
    const sample = aSample(change);
    return columnsOf(sample, cursorRows(sample, FIELDS));
  };

  it("leave out the position without the camera, and errors without a truth", () => {
    expect(columns({ maps, truth: "gt", intrinsics: null })).toEqual(["depth", "error", "relative error", "uncertainty"]);
    expect(columns({ maps: { dpt: maps.dpt }, truth: null, intrinsics: null })).toEqual(["depth"]);
  });

  it("leave out errors where no prediction has metres", () => {
    expect(columns({ maps: { gt: maps.gt, ord: maps.ord }, truth: "gt", intrinsics: null })).toEqual(["depth"]);
  });
});

it("a layer whose map could not be read has a row that says so", () => {
  const sample = aSample({ maps: { gt: maps.gt }, truth: "gt", intrinsics, layers: ["gt", "dpt"] });
  expect(cells(sample, "dpt", 0)).toMatchObject({ depth: "not readable", x: "" });
});
