import { describe, expect, it } from "vitest";
import type { FieldInfo } from "../contract";
import type { SampleView } from "../state/compare";
import { arrangementHint, messageOf, notesOf } from "./advice";
import { stateForTest } from "./example";

const state = stateForTest();
const info = state.info as NonNullable<typeof state.info>;
const sample = state.sample as SampleView;
const operators = (mends: readonly { operator: string }[] = []) => mends.map((mend) => mend.operator.split("/").at(-1));

describe("in the place of the view", () => {
  it("stands nothing where there is a sample, or the sheet", () => {
    expect(messageOf(state)).toBeNull();
    expect(messageOf({ ...state, sample: null, sheet: true })).toBeNull();
  });

  it("stands a problem before everything else", () => {
    expect(messageOf({ ...state, problem: "No WebGL2 here." })).toMatchObject({
      name: "problem",
      text: "No WebGL2 here.",
    });
  });

  it("stands that something is read, while it is", () => {
    expect(messageOf({ ...state, info: null, sample: null })).toMatchObject({ name: "loading", busy: true });
    expect(messageOf({ ...state, sample: null, loading: true })).toMatchObject({ name: "loading", busy: true });
  });

  it("stands how to come by depth where the dataset has none, even on the sheet", () => {
    const without = { ...state, info: { ...info, fields: [] }, sample: null, sheet: true };
    expect(messageOf(without)?.name).toBe("no-depth");
    expect(operators(messageOf(without)?.mends)).toEqual(["predict_depth", "import_sunrgbd"]);
    expect(operators(messageOf({ ...without, ids: [] })?.mends)).toEqual(["import_sunrgbd", "predict_depth"]);
  });

  it("stands why there is none, and none can be predicted, without forms that would lead nowhere", () => {
    const problem = "Dataset 'walks' holds videos; depth maps are of pictures.";
    const message = messageOf({ ...state, info: { ...info, fields: [], problem }, sample: null });
    expect(message).toMatchObject({ name: "no-pictures", text: problem, mends: [] });
  });

  it("stands how to choose a sample, or that the view holds none", () => {
    expect(messageOf({ ...state, sample: null, current: null })?.name).toBe("no-sample");
    expect(messageOf({ ...state, sample: null, current: null, ids: [] })?.name).toBe("no-samples");
  });
});

describe("beside the view", () => {
  const only = (role: FieldInfo["role"]) => ({ ...info, fields: info.fields.filter((field) => field.role === role) });

  it("is nothing said where nothing lacks", () => {
    expect(notesOf(state)).toEqual([]);
  });

  it("is said which predictions are not evaluated, with the form that does it", () => {
    const evaluations = { near: sample.evaluations["near"] } as SampleView["evaluations"];
    const [note] = notesOf({ ...state, sample: { ...sample, evaluations } });
    expect(note?.name).toBe("no-evaluation");
    expect(note?.text).toMatch(/^far is not evaluated/);
    expect(note?.mend?.operator).toBe("@plumb/depth/evaluate_depth");
  });

  it("is said that a sample has no map, and nothing more about it", () => {
    const empty = { ...sample, record: { ...sample.record, maps: {} }, maps: {} };
    expect(notesOf({ ...state, sample: empty }).map((note) => note.name)).toEqual(["no-map"]);
  });

  it("is said which sample stands in for the one that was asked for", () => {
    const note = "right has no depth map; shown is left, of the same group.";
    const other = { ...sample, record: { ...sample.record, note } };
    expect(notesOf({ ...state, sample: other })).toEqual([{ name: "stand-in", text: note, mend: null }]);
  });

  it("is said that there is no prediction, or no ground truth on this sample or in the dataset", () => {
    expect(notesOf({ ...state, info: only("truth") }).map((note) => note.name)).toEqual(["no-prediction"]);
    const without = { ...sample, truth: null };
    expect(notesOf({ ...state, sample: without }).map((note) => [note.name, note.mend])).toEqual([["no-truth", null]]);
    const [note] = notesOf({ ...state, info: { ...only("prediction"), truth: null }, sample: without });
    expect(operators(note?.mend ? [note.mend] : [])).toEqual(["import_sunrgbd"]);
  });

  it("is said what an arrangement lacks", () => {
    expect(arrangementHint("swipe", 1, [])).toMatch(/switch on another/);
    expect(arrangementHint("swipe", 2, [])).toBeNull();
    expect(arrangementHint("swipe", 3, ["far"])).toMatch(/two sides, chosen at the names.*; not shown: “far”\.$/);
    expect(arrangementHint("blink", 1, [])).toMatch(/switch on another/);
    expect(arrangementHint("side", 8, ["far", "near"])).toMatch(/six views.*; not shown: “far”, “near”\.$/);
    expect(arrangementHint("overlay", 0, [])).toBeNull();
  });
});
