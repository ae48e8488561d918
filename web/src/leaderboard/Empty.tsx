/** What the leaderboard says where there is nothing to compare, and the way on. */

import { usePromptOperatorInput } from "@fiftyone/operators";
import * as React from "react";
import type { Board } from "./types";

export function Empty({ board }: { board: Board | null }) {
  const open = usePromptOperatorInput();
  const [title, text, operator, label] = wayOn(board);
  return (
    <div className="plumb-message" data-plumb="lb-empty">
      <h2>{title}</h2>
      <p>{text}</p>
      <button type="button" className="plumb-button plumb-main" data-plumb="lb-empty-open" onClick={() => open(`@plumb/depth/${operator}`)}>
        {label}
      </button>
    </div>
  );
}

function wayOn(board: Board | null): [title: string, text: string, operator: string, label: string] {
  if (!board) {
    return ["No dataset is open", "Import depth scenes, or open a dataset that has some.", "import_sunrgbd", "Import SUN RGB-D scenes"];
  }
  if (!board.predictions) {
    return [
      "No prediction to compare yet", `Dataset ${board.dataset} has no depth predictions beside a ground truth. Predict depth, then evaluate it.`,
      "predict_depth", "Predict depth",
    ];
  }
  return [
    "No evaluation yet", `Dataset ${board.dataset} has predictions. Score them against the ground truth, and they are ranked here.`,
    "evaluate_depth", "Evaluate depth",
  ];
}
