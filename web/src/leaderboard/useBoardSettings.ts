/** The settings of the open dataset, kept with every change. */

import { datasetName } from "@fiftyone/state";
import * as React from "react";
import { useRecoilValue } from "recoil";
import { loadBoardSettings, saveBoardSettings, type BoardSettings } from "./settings";

export type Change = (changed: Partial<BoardSettings>) => void;

/** The settings, and a function that changes some of them; it stays the same while the dataset does. */
export function useBoardSettings(): [BoardSettings, Change] {
  const dataset = useRecoilValue(datasetName) ?? "";
  // Read while it is drawn, so that another dataset is never seen with the settings of the former one.
  const [held, hold] = React.useState(() => ({ dataset, settings: loadBoardSettings(dataset) }));
  const current = held.dataset === dataset ? held : { dataset, settings: loadBoardSettings(dataset) };
  const latest = React.useRef(current);
  latest.current = current;
  const change = React.useCallback((changed: Partial<BoardSettings>) => {
    const settings = { ...latest.current.settings, ...changed };
    latest.current = { dataset, settings };
    saveBoardSettings(dataset, settings);
    hold(latest.current);
  }, [dataset]);
  return [current.settings, change];
}
