/** The compare panel without its looks: which sample is shown, what was read of it, and what the actions do. */

import type { CompareCalls, SampleRecord } from "../contract";
import { MapFiles } from "../maps/files";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { fromJson, toHash, toJson } from "../state/settings-codec";
import { saveSettings } from "../state/settings-storage";
import { defaultSettings, updateLayer } from "../state/settings";
import { createStore, type Store } from "../state/store";
import type { CodeMap, Settings } from "../types";
import { assemble, type Opened } from "./opened";

/** What the controller needs of the App. */
export interface Host {
  readonly calls: CompareCalls;
  mediaUrl(path: string): string;
  /** Moves the sample window, false where the panel is not in it. */
  step(to: "next" | "previous"): boolean;
  copy(text: string): Promise<void>;
  /** Writes the view to a file, see view/picture.ts. */
  save(state: CompareState): Promise<void>;
}

/** Samples on either side that are read before they are asked for. */
const NEIGHBOURS = 2;
/** Records that are kept: they are small, and asking for one costs a round trip. */
const MOST_RECORDS = 512;
const NOTICE_MILLISECONDS = 4000;

export class CompareController {
  readonly store: Store<CompareState>;
  readonly actions: CompareActions;
  readonly calls: CompareCalls;
  private readonly files = new MapFiles({});
  private readonly records = new Map<string, Promise<SampleRecord | null>>();
  private opened: Opened | null = null;
  /** Until the dataset is described no sample can be assembled. */
  private described: Promise<void> = Promise.resolve();
  private noticeTimer = 0;

  constructor(private readonly host: Host) {
    this.store = createStore<CompareState>({
      info: null, problem: null, ids: [], current: null, sample: null, loading: true, settings: defaultSettings(),
      viewport: null, cursor: null, tool: "pan", line: null, box: null, active: null, sheet: false, notice: null,
    }); // prettier-ignore
    this.actions = this.makeActions();
    this.calls = host.calls;
  }

  /** Ask for the dataset anew: on opening, and when its fields or runs may have changed. */
  describe(settingsOf: (dataset: string) => Settings): Promise<void> {
    this.described = this.askAbout(settingsOf);
    return this.described;
  }

  private async askAbout(settingsOf: (dataset: string) => Settings): Promise<void> {
    try {
      const info = await this.calls.describe();
      this.records.clear();
      const known = this.store.get().info?.dataset === info.dataset;
      this.store.set({ info, problem: null, ...(known ? {} : { settings: settingsOf(info.dataset) }) });
    } catch (error) {
      this.fail(error);
    }
  }

  /** Show one of these samples: `current` if it is given, else the one that is shown if it is among them. */
  async showAmong(ids: readonly string[], current: string | null): Promise<void> {
    const kept = this.store.get().current;
    const next = current ?? (kept && ids.includes(kept) ? kept : (ids[0] ?? null));
    this.store.set({ ids });
    if (next) await this.show(next);
    else this.store.set({ current: null, sample: null, loading: false });
  }

  /** Read a sample's files and show it, then read its neighbours'. */
  async show(id: string): Promise<void> {
    this.store.set({ current: id, loading: true, problem: null });
    try {
      const [record] = await Promise.all([this.record(id), this.described]);
      if (this.store.get().current !== id) return;
      if (!record) {
        this.store.set({ loading: false, sample: null, problem: "This sample is not in the dataset any more." });
        return;
      }
      const opened = await this.read(record);
      if (this.store.get().current !== id) return;
      this.opened = opened;
      const before = this.store.get().sample;
      const sample = this.assembled(opened);
      const sameSize = before?.width === sample?.width && before?.height === sample?.height;
      // Line and box are places in one picture; zoom is kept for comparing the same place over pictures of one size.
      this.store.set({ sample, loading: false, line: null, box: null, cursor: null, ...(sameSize ? {} : { viewport: null }) });
      void this.preloadAround(id);
    } catch (error) {
      if (this.store.get().current === id) this.fail(error);
    }
  }

  /** The ids of the view's samples. */
  async listed(): Promise<string[]> {
    return (await this.calls.list(null)).ids;
  }

  /** A sample for the sheet, with its files. */
  readonly open = async (record: SampleRecord): Promise<SampleView> => {
    const { info, settings } = this.store.get();
    if (!info) throw new Error("the dataset is not described yet");
    return assemble(await this.read(record), info, settings);
  };

  dispose(): void {
    this.files.dispose();
    window.clearTimeout(this.noticeTimer);
  }

  notify(notice: string): void {
    window.clearTimeout(this.noticeTimer);
    this.store.set({ notice });
    this.noticeTimer = window.setTimeout(() => this.store.set({ notice: null }), NOTICE_MILLISECONDS);
  }

  fail(error: unknown): void {
    this.store.set({ problem: error instanceof Error ? error.message : String(error), loading: false });
  }

  private assembled(opened: Opened): SampleView | null {
    const { info, settings } = this.store.get();
    return info && assemble(opened, info, settings);
  }

  private record(id: string): Promise<SampleRecord | null> {
    const known = this.records.get(id);
    if (known) return known;
    this.ask([id]);
    return this.records.get(id) ?? Promise.resolve(null);
  }

  /** One call for all of these that are not known; a call that failed is forgotten, and made again when needed. */
  private ask(ids: readonly string[]): void {
    const wanted = ids.filter((id) => !this.records.has(id));
    if (!wanted.length) return;
    const answer = this.calls.load({ ids: [...wanted] });
    for (const id of wanted) {
      this.records.set(id, answer.then((found) => found.find((record) => record.id === id) ?? null));
      this.records.get(id)?.catch(() => this.records.delete(id));
    }
    for (const old of [...this.records.keys()].slice(0, Math.max(0, this.records.size - MOST_RECORDS))) {
      this.records.delete(old);
    }
  }

  private async read(record: SampleRecord): Promise<Opened> {
    const problems: Record<string, string> = {};
    const codes: Record<string, CodeMap> = {};
    const urls: Record<string, string> = {};
    const maps = Object.entries(record.maps).map(async ([field, map]) => {
      if (map.problem !== null) {
        problems[field] = map.problem;
        return;
      }
      const url = (urls[field] = this.host.mediaUrl(map.path));
      await this.files.load(url).then(
        (found) => void (codes[field] = found),
        (error: Error) => void (problems[field] = error.message),
      );
    });
    const picture = this.files.picture(this.host.mediaUrl(record.filepath)).catch((error: Error) => {
      problems["picture"] = error.message;
      return null;
    });
    const [read] = await Promise.all([picture, ...maps]);
    return { record, picture: read, codes, urls, problems };
  }

  /** Read the neighbours' files while nothing else is read. What fails is asked for again when it is shown. */
  private async preloadAround(id: string): Promise<void> {
    const { ids } = this.store.get();
    const place = ids.indexOf(id);
    if (place < 0) return;
    const around = [];
    for (let step = 1; step <= NEIGHBOURS; step++) around.push(ids[place + step], ids[place - step]);
    const near = around.filter((other): other is string => other !== undefined);
    this.ask(near);
    const answers = await Promise.allSettled(near.map((other) => this.record(other)));
    if (this.store.get().current !== id) return;
    const records = answers.flatMap((answer) => (answer.status === "fulfilled" && answer.value ? [answer.value] : []));
    this.files.preload({
      pictures: records.map((record) => this.host.mediaUrl(record.filepath)),
      maps: records.flatMap((record) =>
        Object.values(record.maps).flatMap((map) => (map.problem === null ? [this.host.mediaUrl(map.path)] : [])),
      ),
    });
  }

  private change(settings: Settings): void {
    const before = this.store.get();
    this.store.set({ settings });
    if (this.opened && (before.settings.truth !== settings.truth || before.settings.evalKey !== settings.evalKey)) {
      this.store.set({ sample: this.assembled(this.opened) });
    }
    if (before.info) saveSettings(before.info.dataset, settings);
  }

  private makeActions(): CompareActions {
    const { store, host } = this;
    return {
      change: (settings) => this.change({ ...store.get().settings, ...settings }),
      changeLayer: (id, change) => {
        const { settings, sample } = store.get();
        const layer = sample?.layers.find((one) => one.id === id);
        if (sample && layer) this.change(updateLayer(settings, layer, sample.layers, change));
      },
      resetSettings: () => {
        this.change(defaultSettings());
        store.set({ viewport: null });
      },
      paste: (json) => {
        const read = fromJson(json);
        if ("problem" in read) return read.problem;
        this.change(read);
        return null;
      },
      go: (to) => {
        if (typeof to === "object") void this.show(to.id);
        else if (!host.step(to)) this.stepHere(to);
      },
      look: (viewport) => store.set({ viewport }),
      point: (cursor) => {
        const { cursor: before } = store.get();
        if (before?.x !== cursor?.x || before?.y !== cursor?.y) store.set({ cursor });
      },
      use: (tool) => store.set({ tool }),
      drawLine: (line) => store.set({ line }),
      drawBox: (box) => store.set({ box }),
      activate: (active) => store.set({ active }),
      showSheet: (sheet) => store.set({ sheet }),
      copy: async (what) => {
        const { settings, current } = store.get();
        const address = window.location.href.split("#")[0] ?? "";
        const text = what === "json" ? toJson(settings) : address + toHash(settings, current);
        await host.copy(text).then(
          () => this.notify(what === "json" ? "The settings are on the clipboard, as JSON" : "The link is on the clipboard"),
          () => this.notify("The browser does not let pages write to the clipboard; allow it for this page"),
        );
      },
      save: async () => {
        try {
          await host.save(store.get());
        } catch (error) {
          this.notify(`The picture was not saved: ${error instanceof Error ? error.message : String(error)}`);
        }
      },
    };
  }

  private stepHere(to: "next" | "previous"): void {
    const { ids, current } = this.store.get();
    const id = ids[ids.indexOf(current ?? "") + (to === "next" ? 1 : -1)];
    if (id) void this.show(id);
  }
}
