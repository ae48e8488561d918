import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULTS, loadBoardSettings, saveBoardSettings, type BoardSettings } from "./settings";

const MINE: BoardSettings = {
  tab: "plots", metric: "rmse", sorting: { key: "metric:delta1", bestFirst: false }, columns: ["rmse", "delta1"], grouping: "sensor",
  block: ["run_c", "run_d"], pairs: [["run_d", "run_c"], ["run_a", "run_b"]], hidden: ["run_b"],
};
const items = new Map<string, string>();

beforeEach(() => {
  items.clear();
  vi.stubGlobal("localStorage", { getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, text: string) => void items.set(key, text) });
});
afterEach(() => void vi.unstubAllGlobals());

describe("what the leaderboard remembers", () => {
  it("is of one dataset, under its name", () => {
    saveBoardSettings("rooms", MINE);
    expect(loadBoardSettings("rooms")).toEqual(MINE);
    expect(loadBoardSettings("streets")).toEqual(DEFAULTS);
    expect([...items.keys()]).toEqual(["plumb.leaderboard.rooms"]);
  });

  it.each(["", "{", "null", "7", '"plots"', "[]", '["abs_rel"]'])("is as at the beginning where %j is stored", (text) => {
    items.set("plumb.leaderboard.rooms", text);
    expect(loadBoardSettings("rooms")).toEqual(DEFAULTS);
  });

  it.each([
    [{ tab: "chairs" }, { tab: "table" }],
    [{ tab: 1, metric: 7 }, { tab: "table", metric: "abs_rel" }],
    [{ sorting: "rmse" }, { sorting: null }],
    [{ sorting: { key: "colour", bestFirst: true } }, { sorting: null }],
    [{ sorting: { key: "metric:", bestFirst: true } }, { sorting: null }],
    [{ sorting: { key: "name", bestFirst: "yes" } }, { sorting: null }],
    [{ columns: [] }, { columns: null }],
    [{ columns: ["rmse", 7] }, { columns: null }],
    [{ columns: "rmse" }, { columns: null }],
    [{ grouping: null }, { grouping: "" }],
    [{ block: "A" }, { block: [] }],
    [{ block: ["run_c", null] }, { block: [] }],
    [{ pairs: { run_a: "run_b" } }, { pairs: [] }],
    [{ pairs: [["run_a"], ["run_a", "run_a"], ["run_a", 1], "ab", ["run_d", "run_a"]] }, { pairs: [["run_d", "run_a"]] }],
    [{ hidden: [[]] }, { hidden: [] }],
  ])("loses of %j only what makes no sense", (damaged, mended) => {
    items.set("plumb.leaderboard.rooms", JSON.stringify({ ...MINE, ...damaged }));
    expect(loadBoardSettings("rooms")).toEqual({ ...MINE, ...mended });
  });

  it("of an older version keeps what it knows and has the rest as at the beginning", () => {
    items.set("plumb.leaderboard.rooms", JSON.stringify({ tab: "jobs", colour: "red" }));
    expect(loadBoardSettings("rooms")).toEqual({ ...DEFAULTS, tab: "jobs" });
  });

  it("is nothing where the browser has no storage, or a full one", () => {
    vi.stubGlobal("localStorage", { getItem: () => { throw new Error("denied"); }, setItem: () => { throw new Error("full"); } });
    saveBoardSettings("rooms", MINE);
    expect(loadBoardSettings("rooms")).toEqual(DEFAULTS);
    vi.stubGlobal("localStorage", undefined);
    saveBoardSettings("rooms", MINE);
    expect(loadBoardSettings("rooms")).toEqual(DEFAULTS);
  });
});
