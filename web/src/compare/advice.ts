/** What the panel says where it cannot show something, and what to do about it. */

import type { CompareState } from "../state/compare";

/** A form of Plumb's that mends it. */
export interface Mend {
  readonly label: string;
  readonly operator: string;
}

/** Stands in the place of the view. */
export interface Message {
  /** The value of `data-plumb`. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly busy: boolean;
  readonly mends: readonly Mend[];
}

/** A line beside the view, which goes on. */
export interface Note {
  readonly name: string;
  readonly text: string;
  readonly mend: Mend | null;
}

const IMPORT: Mend = { label: "Import SUN RGB-D scenes", operator: "@plumb/depth/import_sunrgbd" };
const PREDICT: Mend = { label: "Predict depth", operator: "@plumb/depth/predict_depth" };
const EVALUATE: Mend = { label: "Evaluate depth", operator: "@plumb/depth/evaluate_depth" };

/** Null where there is a sample to look at. */
export function messageOf(state: CompareState): Message | null {
  if (state.problem !== null) return message("problem", "This cannot be shown", state.problem);
  if (!state.info) return message("loading", "Reading the dataset …", "", { busy: true });
  if (state.info.problem) return message("no-pictures", "No depth to compare here", state.info.problem);
  if (state.info.fields.length === 0)
    return message(
      "no-depth",
      "No depth in this dataset yet",
      "Predict it for the pictures that are here, or import scenes with measured depth. " +
        "Every map is then laid over its picture and compared in metres.",
      { mends: state.ids.length > 0 ? [PREDICT, IMPORT] : [IMPORT, PREDICT] },
    );
  if (state.sheet) return null;
  if (state.loading && !state.sample) return message("loading", "Reading the sample …", "", { busy: true });
  if (state.sample) return null;
  return state.ids.length === 0
    ? message(
        "no-samples",
        "No samples in this view",
        "Change the filters or the view of the grid so that it holds samples.",
      )
    : message(
        "no-sample",
        "No sample chosen",
        "Click a sample in the grid to open it, or select some by their check marks: they are compared here.",
      );
}

/** What the reader should know about the sample that is shown. */
export function notesOf({ info, sample, sheet }: Pick<CompareState, "info" | "sample" | "sheet">): Note[] {
  if (!info || !sample || sheet) return [];
  const maps = Object.keys(sample.maps);
  const { note } = sample.record;
  if (Object.keys(sample.record.maps).length === 0)
    return [{ name: "no-map", text: "This sample has no depth map.", mend: PREDICT }];
  const predictions = info.fields
    .filter((field) => field.role === "prediction" && maps.includes(field.name))
    .map((field) => field.name);
  const notes: Note[] = note ? [{ name: "stand-in", text: note, mend: null }] : [];
  if (!info.fields.some((field) => field.role === "prediction"))
    notes.push({
      name: "no-prediction",
      text: "Nothing to compare yet: no model has predicted depth here.",
      mend: PREDICT,
    });
  if (info.truth === null)
    notes.push({
      name: "no-truth",
      text: "This dataset has no ground truth: there are no errors to show.",
      mend: IMPORT,
    });
  else if (sample.truth === null || !maps.includes(sample.truth))
    notes.push({ name: "no-truth", text: "No ground truth on this sample: there are no errors to show.", mend: null });
  else {
    const without = predictions.filter((field) => !sample.evaluations[field]);
    if (without.length) notes.push({ name: "no-evaluation", text: fitted(without), mend: EVALUATE });
  }
  return notes;
}

/**
 * What an arrangement lacks, null where it shows what it is for.
 *
 * @param shown how many layers it has
 * @param unplaced names of the layers that are on and that it has no place for
 */
export function arrangementHint(
  arrangement: CompareState["settings"]["arrangement"],
  shown: number,
  unplaced: readonly string[],
): string | null {
  const not = `not shown: ${unplaced.map((name) => `“${name}”`).join(", ")}`;
  if (arrangement === "swipe" && unplaced.length) return `A swipe has two sides, chosen at the names beside the divider; ${not}.`;
  if (arrangement === "swipe" && shown < 2) return "Swipe compares two layers: switch on another one.";
  if (arrangement === "blink" && shown < 2) return "Blink alternates layers: switch on another one.";
  if (arrangement === "side" && unplaced.length) return `The six views side by side are full; ${not}.`;
  return null;
}

function fitted(fields: readonly string[]): string {
  const names = fields.join(", ");
  return `${names} ${fields.length === 1 ? "is" : "are"} not evaluated: no metrics, and metres by a fit to this sample.`;
}

function message(
  name: string,
  title: string,
  text: string,
  more: { busy?: boolean; mends?: readonly Mend[] } = {},
): Message {
  return { name, title, text, busy: more.busy ?? false, mends: more.mends ?? [] };
}
