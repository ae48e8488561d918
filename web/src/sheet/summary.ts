/** Sentences about the order of the sheet. */

import type { DatasetInfo } from "../contract";
import { count, metricValue, signed, decimalsOf } from "../readout/format";
import { labelOf } from "../readout/scores";
import type { Choice } from "./choice";
import { countWithoutValue, evaluationOf, metricOf, type SheetRow } from "./order";

/** How many samples there are and how they are ordered. */
export function summaryOf(info: DatasetInfo, rows: readonly SheetRow[], choice: Choice, sorting: boolean): string {
  const { order, key } = choice;
  if (rows.length === 0) return sorting ? "Listing \u2026" : "No samples in this view: change its filters, or select others in the grid.";
  const many = `${count(rows.length)} ${rows.length === 1 ? "sample" : "samples"}`;
  if (key === null) return `${many}. Nothing is evaluated yet: run Evaluate depth to see metrics here and to sort by them.`;
  if (sorting) return "Sorting \u2026";
  if (order === "view") return `${many}, in the order of the grid.`;
  const [first, second] = [nameOf(info, key.run), key.against === null ? null : nameOf(info, key.against)];
  const how =
    order === "different" && second !== null
      ? `the largest difference of ${key.metric} between ${first} and ${second} first`
      : `the worst ${key.metric} of ${first} first`;
  const without = countWithoutValue(rows);
  const last = without === 0 ? "" : ` ${count(without)} without a value ${without === 1 ? "stands" : "stand"} last.`;
  return `${many}, ${how}.${last}`;
}

/** What a row is sorted by, with its unit; "" where the sheet is in the order of the view. */
export function sortedBy(info: DatasetInfo, row: SheetRow, { order, key }: Choice): string {
  if (order === "view" || key === null) return "";
  if (row.value === null) return `no ${key.metric}`;
  const unit = metricOf(info, key)?.unit ?? "";
  if (order === "different" && key.against !== null) {
    const difference = signed(row.value, decimalsOf([row.value]));
    return `${key.metric} ${difference}${unit && ` ${unit}`}: ${nameOf(info, key.run)} minus ${nameOf(info, key.against)}`;
  }
  return `${key.metric} ${metricValue(row.value, unit)} (${nameOf(info, key.run)})`;
}

function nameOf(info: DatasetInfo, run: string): string {
  const evaluation = evaluationOf(info, run);
  return evaluation ? labelOf(evaluation) : run;
}
