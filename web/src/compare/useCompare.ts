/** The compare panel's controller, tied to the App: its dataset, view, selection and sample window. */

import * as fos from "@fiftyone/state";
import * as React from "react";
import { useRecoilValue } from "recoil";
import type { CompareCalls, Described, SampleList, SampleRecord } from "../contract";
import { useCall, useQuietCall } from "../host/calls";
import { copyText } from "../host/clipboard";
import { mediaUrl } from "../host/media";
import { arriveInWindow, awaitNextWindow } from "../host/next-window";
import { holdPageFiles, pageFiles } from "../maps/page";
import { loadSettings } from "../state/settings-storage";
import type { Settings } from "../types";
import { CompareController, type Host } from "./controller";
import { takeLink } from "./link";
import { Memory } from "./memory";
import { saveView } from "./saving";

/** The addresses of the Python half's methods, which the panel's view carries. */
export interface CompareView {
  describe: string;
  list_samples: string;
  load: string;
  stored: string;
}

export type Place = "window" | "grid";

const LOOK_EVERY = 5000;
const FIRST_LOOK = 1000;

/** What panels of this page were told. The next one begins with it, and soon looks whether it still holds. */
const memory = new Memory();

/**
 * A controller for each panel, which follows the App until the panel is closed; null place until that is known.
 *
 * @param opened what the Python half has sent unasked
 */
export function useCompare(
  view: CompareView,
  opened: Described | undefined,
  panel: React.RefObject<HTMLElement | null>,
): { controller: CompareController; place: Place | null } {
  const call = useCall();
  const modal = useRecoilValue(fos.nullableModalSampleId);
  const selected = useRecoilValue(fos.selectedSamples);
  const dataset = useRecoilValue(fos.datasetName);
  const narrowed = JSON.stringify([
    useRecoilValue(fos.view),
    useRecoilValue(fos.filters),
    useRecoilValue(fos.extendedStages),
    useRecoilValue(fos.groupSlice),
  ]);
  const setModal = fos.useSetExpandedSample();
  const moveWindow = React.useRef(setModal);
  moveWindow.current = setModal;
  const [place, setPlace] = React.useState<Place | null>(null);
  const placed = React.useRef<Place | null>(null);
  React.useLayoutEffect(() => {
    placed.current = panel.current?.closest("#modal") ? "window" : "grid";
    setPlace(placed.current);
  }, [panel]);

  // The window shows the sample that the App has in it; the list is for its neighbours and for the sheet.
  const shown = modal?.replace(/-modal$/, "") ?? null; // groups carry an end of the App's own
  // Of the groups in the sample window; null on datasets without groups.
  const slice = useRecoilValue(fos.modalGroupSlice);
  const looked = React.useRef<string | null>(null);
  looked.current = slice;

  const [controller] = React.useState(() => {
    const ofSlice = <P extends object>(params: P) =>
      placed.current === "window" && looked.current ? { ...params, group_slice: looked.current } : params;
    if (opened && !memory.of(opened.info.dataset)) {
      memory.describe(opened.info);
      for (const record of opened.records) memory.keep(record);
    }
    const calls: CompareCalls = {
      describe: (params) => call(view.describe, ofSlice(params)) as Promise<Described>,
      list: (params) => call(view.list_samples, ofSlice(params ?? {})) as Promise<SampleList>,
      load: (params) => call(view.load, ofSlice(params)) as Promise<SampleRecord[]>,
    };
    const host: Host = {
      calls,
      files: pageFiles(),
      mediaUrl,
      step: (by, id) => {
        // To move to a group takes its own id, which only the App's grid knows.
        if (placed.current !== "window" || (looked.current && !fos.modalNavigation.get())) return false;
        stepWindow(by, id, moveWindow.current).catch(() => undefined); // it was closed meanwhile
        return true;
      },
      copy: copyText,
      save: (state) => saveView(state, panel.current),
    };
    const made = new CompareController(host, memory);
    if (shown) made.begin(shown);
    return made;
  });
  React.useEffect(() => {
    const letGo = holdPageFiles();
    return () => {
      controller.dispose();
      letGo();
    };
  }, [controller]);

  React.useEffect(() => {
    if (place !== "window") return;
    arriveInWindow();
    return () =>
      awaitNextWindow((id) => {
        const letGo = holdPageFiles();
        controller.begin(id);
        letGo(); // the panel of that window will hold them, if it comes
      });
  }, [controller, place]);

  const first = React.useRef(shown);
  first.current = shown;

  // Another slice has other records under the same ids.
  const former = React.useRef(slice);
  React.useEffect(() => {
    if (place !== "window" || slice === former.current) return;
    former.current = slice;
    memory.forget();
    void controller.refresh();
  }, [controller, place, slice]);

  const linked = React.useRef<Settings | null>(null);
  const wanted = React.useRef<string | null>(null);
  React.useEffect(() => {
    if (!place) return;
    const taken = takeLink(place);
    if (taken && "problem" in taken) controller.notify(`The link's settings were not taken: ${taken.problem}`);
    if (taken && "settings" in taken) {
      linked.current = taken.settings;
      wanted.current = taken.sample;
    }
    const settingsOf = (name: string) => {
      const settings = linked.current ?? loadSettings(name);
      linked.current = null; // for the dataset that it was made on
      return settings;
    };
    void controller.describe(settingsOf, dataset, place === "window" ? first.current : null);
  }, [controller, dataset, place]);

  React.useEffect(() => {
    if (place === "window" && shown) void controller.show(shown);
  }, [controller, place, shown]);

  const chosen = place === "grid" ? [...selected.keys()].join() : "";
  const before = React.useRef<string | null>(null);
  React.useEffect(() => {
    if (!place) return;
    let live = true;
    const ids = chosen ? Promise.resolve(chosen.split(",")) : controller.listed();
    ids.then(
      (found) => {
        if (!live) return;
        const { current } = controller.store.get();
        // The sheet comes up with the panel and with a selection, and then is the user's to open and close.
        const begins = before.current === null || (chosen !== "" && before.current === "");
        before.current = chosen;
        if (place === "grid" && begins) controller.store.set({ sheet: found.length > 1 && wanted.current === null });
        void controller.showAmong(found, place === "window" ? current : wanted.current);
        wanted.current = null;
      },
      (error: unknown) => {
        if (live) controller.fail(error);
      },
    );
    return () => {
      live = false;
    };
  }, [controller, place, chosen, narrowed, dataset]);

  useNews(controller, view.stored, dataset);

  return { controller, place };
}

/** Asks for everything anew when another process has added fields or runs to the dataset. */
function useNews(controller: CompareController, address: string, dataset: string | null): void {
  const call = useQuietCall();
  React.useEffect(() => {
    let [asking, live] = [false, true];
    const look = async () => {
      const { info } = controller.store.get();
      if (asking || document.hidden || !info) return;
      asking = true;
      try {
        const stored = await call(address);
        if (live && stored !== info.stored && info === controller.store.get().info) await controller.refresh();
      } catch {
        // The server is busy or gone: what is shown stays, and the next look may tell more.
      }
      asking = false;
    };
    const first = window.setTimeout(() => void look(), FIRST_LOOK);
    const timer = window.setInterval(() => void look(), LOOK_EVERY);
    return () => {
      live = false;
      window.clearTimeout(first);
      window.clearInterval(timer);
    };
  }, [controller, call, address, dataset]);
}

/** By so many samples, on or back, to the one with this id. */
async function stepWindow(by: number, id: string, move: (sample: fos.ModalSelector) => Promise<void>): Promise<void> {
  const navigation = fos.modalNavigation.get();
  // Without a number the App's `previous` counts for ever.
  const step = by > 0 ? navigation?.next(by) : navigation?.previous(-by);
  // Of a grid that is not loaded, as behind a window that a link has opened, the App knows no sample.
  const sample = await Promise.resolve(step).catch(() => undefined);
  await move(sample?.id ? sample : { id });
}
