/** The compare panel without its looks: which sample is shown, and what the actions do. */

import type { CompareCalls, DatasetInfo, SampleRecord } from "../contract";
import type { CompareActions, CompareState, SampleView } from "../state/compare";
import { fromJson, toHash, toJson } from "../state/settings-codec";
import { saveSettings } from "../state/settings-storage";
import { defaultSettings, updateLayer } from "../state/settings";
import { createStore } from "../state/create-store";
import type { Store } from "../state/store";
import type { Settings } from "../types";
import { assemble, type Opened } from "./opened";
import { Memory } from "./memory";
import { SampleReader, type Files } from "./reader";

/** What the controller needs of the App. */
export interface Host {
  readonly calls: CompareCalls;
  readonly files: Files;
  mediaUrl(path: string): string;
  /** Moves the sample window by so many samples, to the one with this id; false where the panel is not in it. */
  step(by: number, id: string): boolean;
  /** Whether it is on the clipboard now. */
  copy(text: string): Promise<boolean>;
  /** Writes the view to a file, see view/picture.ts. */
  save(state: CompareState): Promise<void>;
}

const NOTICE_MILLISECONDS = 4000;

export class CompareController {
  readonly store: Store<CompareState>;
  readonly actions: CompareActions;
  readonly calls: CompareCalls;
  private readonly reader: SampleReader;
  private opened: Opened | null = null;
  /** Until the dataset is described no sample can be assembled. */
  private described: Promise<void> = Promise.resolve();
  private descriptions = 0;
  /** Withdraws the files of the sample that was asked for last. */
  private reading = new AbortController();
  private showing: Promise<void> = Promise.resolve();
  private settingsOf: (dataset: string) => Settings = defaultSettings;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;
  /** Steps that were asked for before the samples were listed. */
  private owed = 0;

  /** @param memory what earlier panels of the page were told */
  constructor(
    private readonly host: Host,
    private readonly memory: Memory = new Memory(),
  ) {
    this.store = createStore<CompareState>({
      info: null, problem: null, ids: [], current: null, sample: null, loading: true, settings: defaultSettings(),
      viewport: null, cursor: null, tool: "pan", line: null, box: null, active: null, sheet: false, notice: null,
    }); // prettier-ignore
    this.calls = host.calls;
    this.reader = new SampleReader(host.calls, host.files, host.mediaUrl, memory);
    this.actions = this.makeActions();
  }

  /**
   * Ask what the dataset has, or go by what an earlier panel was told.
   *
   * @param settingsOf gives the settings to begin with on a dataset that was not open
   * @param dataset the one that is open, if that is known
   * @param first the sample that is wanted first: its record comes with the same call
   */
  describe(settingsOf: (dataset: string) => Settings, dataset: string | null = null, first: string | null = null): Promise<void> {
    this.settingsOf = settingsOf;
    const turn = ++this.descriptions;
    const remembered = this.memory.of(dataset);
    if (remembered) this.take(remembered);
    this.described = remembered ? Promise.resolve() : this.askAbout(turn, first);
    return this.described;
  }

  private async askAbout(turn: number, first: string | null): Promise<void> {
    const answer = this.calls.describe({ ids: first === null ? [] : [first] });
    this.reader.forget();
    if (first !== null) {
      const records = answer.then((found) => found.records);
      this.reader.expect([first], records);
    }
    try {
      const { info } = await answer;
      if (turn === this.descriptions) this.take(info); // or another dataset was opened meanwhile
    } catch (error) {
      if (turn === this.descriptions) this.fail(error);
    }
  }

  private take(info: DatasetInfo): void {
    this.memory.describe(info);
    const known = this.store.get().info?.dataset === info.dataset;
    this.store.set({ info, problem: null, ...(known ? {} : { settings: this.settingsOf(info.dataset) }) });
  }

  /** Ask for everything anew: another process has added fields or runs, or a call has failed. */
  async refresh(): Promise<void> {
    const { current, ids } = this.store.get();
    this.memory.forget();
    await this.describe(this.settingsOf, null, current);
    if (!ids.length) this.store.set({ ids: await this.listed() });
    const next = current ?? this.store.get().ids[0];
    if (next && this.store.get().info) await this.show(next, true);
  }

  /** Offer these samples, and show the one that is shown if it is among them, else the first, or `wanted`. */
  async showAmong(ids: readonly string[], wanted: string | null): Promise<void> {
    const kept = this.store.get().current;
    const next = [wanted, kept].find((id) => id !== null && ids.includes(id)) ?? ids[0];
    this.store.set({ ids });
    const owed = ids[ids.indexOf(next ?? "") + this.owed] ?? next;
    this.owed = 0;
    if (owed && owed !== next) this.go({ id: owed });
    else if (next) await this.show(next);
    else this.store.set({ current: null, sample: null, loading: false });
  }

  /** A sample that will be shown as soon as the panel is on the page: its files need not wait for that. */
  begin(id: string): void {
    this.reader.begin(id);
  }

  /** Read a sample's files and show it, then read its neighbours'; nothing where it is shown, unless `anew`. */
  show(id: string, anew = false): Promise<void> {
    if (anew || id !== this.store.get().current) this.showing = this.showAnew(id);
    else void this.preloadAround(id);
    return this.showing;
  }

  private async showAnew(id: string): Promise<void> {
    this.reading.abort(); // steps in quick succession do not wait for each other's files
    const { signal } = (this.reading = new AbortController());
    this.store.set({ current: id, loading: true });
    try {
      const [record] = await Promise.all([this.reader.record(id), this.described]);
      signal.throwIfAborted();
      if (!this.store.get().info) return; // what went wrong stands there already
      if (!record) throw new Error("This sample is not in the dataset any more.");
      const opened = await this.reader.read(record, signal);
      this.draw(opened);
      void this.preloadAround(id);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  private draw(opened: Opened): void {
    const { sample: before } = this.store.get();
    const sample = this.assembled(opened);
    this.opened = opened;
    const sameSize = before?.width === sample?.width && before?.height === sample?.height;
    // Line and box are places in one picture; zoom is kept for comparing the same place over pictures of one size.
    const places = before?.record.id === opened.record.id ? {} : { line: null, box: null, cursor: null };
    this.store.set({ sample, loading: false, problem: null, ...places, ...(sameSize ? {} : { viewport: null }) });
  }

  /** The ids of the view's samples; asked for once the sample that is wanted is there: nobody waits for the list. */
  async listed(): Promise<string[]> {
    await this.showing;
    return (await this.calls.list(null)).ids;
  }

  /** A sample for the sheet, with its files. */
  readonly open = async (record: SampleRecord): Promise<SampleView> => {
    const { info, settings } = this.store.get();
    if (!info) throw new Error("the dataset is not described yet");
    return assemble(await this.reader.read(record), info, settings);
  };

  dispose(): void {
    this.reading.abort();
    clearTimeout(this.noticeTimer);
  }

  notify(notice: string): void {
    clearTimeout(this.noticeTimer);
    this.store.set({ notice });
    this.noticeTimer = setTimeout(() => this.store.set({ notice: null }), NOTICE_MILLISECONDS);
  }

  fail(error: unknown): void {
    this.store.set({ problem: error instanceof Error ? error.message : String(error), loading: false });
  }

  private assembled(opened: Opened): SampleView | null {
    const { info, settings } = this.store.get();
    return info && assemble(opened, info, settings);
  }

  private async preloadAround(id: string): Promise<void> {
    const { signal } = this.reading;
    const { ids } = this.store.get();
    if (!ids.length) return; // it is called again when they are listed
    const record = await this.reader.preload(id, ids, signal).catch(() => null);
    const shown = this.opened?.record;
    // What was remembered of it may be old.
    if (record && shown?.id === id && !signal.aborted && JSON.stringify(record) !== JSON.stringify(shown)) await this.show(id, true);
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
      go: (to) => this.go(to),
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
      retry: () => void this.refresh(),
      copy: async (what) => {
        const { settings, current } = store.get();
        const address = window.location.href.split("#")[0] ?? "";
        const copied = await host.copy(what === "json" ? toJson(settings) : address + toHash(settings, current));
        const done = what === "json" ? "The settings are on the clipboard, as JSON" : "The link is on the clipboard";
        this.notify(copied ? done : "The browser does not let this page write to the clipboard; allow it for the page");
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

  /** The sample window moves with the panel, and then tells which sample it has come to. */
  private go(to: "next" | "previous" | { id: string }): void {
    const { ids, current } = this.store.get();
    const by = to === "next" ? 1 : -1;
    if (typeof to === "string" && !ids.length) {
      this.owed += by;
      return;
    }
    const here = ids.indexOf(current ?? "");
    const there = typeof to === "object" ? ids.indexOf(to.id) : here + by;
    const id = typeof to === "object" ? to.id : ids[there];
    if (id && id !== current && !(here >= 0 && there >= 0 && this.host.step(there - here, id))) void this.show(id);
  }
}
