/** The compare panel's controller, tied to the App: its dataset, view, selection and sample window. */

import * as fos from "@fiftyone/state";
import * as React from "react";
import { useRecoilValue } from "recoil";
import type { CompareCalls, DatasetInfo, SampleList, SampleRecord } from "../contract";
import { useCall } from "../host/calls";
import { mediaUrl } from "../host/media";
import { fromHash } from "../state/settings-codec";
import { loadSettings } from "../state/settings-storage";
import type { Settings } from "../types";
import { CompareController, type Host } from "./controller";
import { saveView } from "./saving";

/** The addresses of the Python half's methods, which the panel's view carries. */
export interface CompareView {
  describe: string;
  list_samples: string;
  load: string;
}

/** A fresh controller for each panel; it follows the App until the panel is closed. */
export function useCompare(view: CompareView, panel: React.RefObject<HTMLElement | null>): CompareController {
  const call = useCall();
  const modal = useRecoilValue(fos.nullableModalSampleId);
  const selected = useRecoilValue(fos.selectedSamples);
  const dataset = useRecoilValue(fos.datasetName);
  const appView = useRecoilValue(fos.view);
  const filters = useRecoilValue(fos.filters);
  const setModal = fos.useSetExpandedSample();
  const inWindow = React.useRef(false);
  const moveWindow = React.useRef(setModal);
  moveWindow.current = setModal;

  const [controller] = React.useState(() => {
    const calls: CompareCalls = {
      describe: () => call(view.describe) as Promise<DatasetInfo>,
      list: (params) => call(view.list_samples, params ?? {}) as Promise<SampleList>,
      load: (params) => call(view.load, params) as Promise<SampleRecord[]>,
    };
    const host: Host = {
      calls,
      mediaUrl,
      step: (to) => inWindow.current && stepWindow(to, moveWindow.current),
      copy: (text) => navigator.clipboard.writeText(text),
      save: (state) => saveView(state, panel.current),
    };
    return new CompareController(host);
  });

  React.useEffect(() => () => controller.dispose(), [controller]);

  React.useEffect(() => {
    inWindow.current = Boolean(panel.current?.closest("#modal"));
    void controller.describe(settingsFor);
    if (link && "problem" in link) controller.notify(`The link's settings were not taken: ${link.problem}`);
  }, [controller, dataset, panel]);

  const chosen = [...selected.keys()].join();
  const narrowed = JSON.stringify([appView, filters]);
  React.useEffect(() => {
    if (inWindow.current && !modal) return; // the window is closing
    const current = inWindow.current ? windowSample(modal) : null;
    if (current) void controller.show(current);
    const ids = chosen && !inWindow.current ? Promise.resolve(chosen.split(",")) : controller.listed();
    ids.then(
      (found) => {
        if (!inWindow.current) controller.store.set({ sheet: found.length > 1 && !linked() });
        return controller.showAmong(found, current ?? linked());
      },
      (error: unknown) => controller.fail(error),
    );
    // The window's sample has an effect of its own below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [controller, chosen, narrowed, dataset]);

  React.useEffect(() => {
    const id = windowSample(modal);
    if (inWindow.current && id && controller.store.get().current !== id) void controller.show(id);
  }, [controller, modal]);

  return controller;
}

/** Groups carry the id of their group's sample with an end of the App's own. */
function windowSample(id: string | null): string | null {
  return id ? id.replace(/-modal$/, "") : null;
}

/** What the link that opened the page says, once: a panel that is opened again has settings of its own by then. */
const link = fromHash(window.location.hash);

function settingsFor(dataset: string): Settings {
  return link && "settings" in link ? link.settings : loadSettings(dataset);
}

function linked(): string | null {
  return link && "sample" in link ? link.sample : null;
}

function stepWindow(to: "next" | "previous", move: (sample: fos.ModalSelector) => Promise<void>): boolean {
  const navigation = fos.modalNavigation.get();
  if (!navigation) return false;
  const step = to === "next" ? navigation.next() : navigation.previous();
  const moved = step.then((sample) => (sample?.id ? move(sample) : undefined));
  moved.catch(() => undefined); // at either end there is none
  return true;
}
