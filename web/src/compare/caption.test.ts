import { describe, expect, it } from "vitest";
import type { Arrangement, Settings } from "../types";
import { shownLayers } from "../state/settings";
import { planOf } from "../view/picture";
import { ticksOf } from "../ui/ticks";
import { captionOf, layOut, type Caption, type Mark } from "./caption";
import { stateForTest } from "./example";

const state = stateForTest();
const sample = state.sample as NonNullable<typeof state.sample>;

function settingsWith(on: string[], change: Partial<Settings> = {}): Settings {
  const layers: Settings["layers"] = Object.fromEntries(
    sample.layers.map(({ id }) => [id, { on: on.includes(id), opacity: 1, colormap: "viridis" }]),
  );
  return { ...state.settings, arrangement: "overlay", layers, ...change };
}

function captionWith(on: string[], change: Partial<Settings> = {}): Caption {
  const settings = settingsWith(on, change);
  return captionOf(sample, settings, shownLayers(settings, sample.layers));
}

const titles = ({ bars }: Caption) => bars.map(({ title, unit }) => `${title} [${unit}]`);

describe("the caption of a saved picture", () => {
  it("has the bars of the page: percent for relative errors, and a colour for violations, which have no bar", () => {
    const errorRange = { mode: "typed" as const, absolute: 0.5, relative: 0.25 };
    const caption = captionWith(["relative:near", "absolute:near", "delta1:near"], { errorRange });
    expect(titles(caption)).toEqual(["absolute error [m]", "relative error [%]"]);
    expect(caption.bars[1]?.range).toEqual({ low: 0, high: 25, scale: "linear" });
    expect(caption.legends.map(({ text }) => text)).toEqual(["max(p / g, g / p) ≥ 1.25"]);
  });

  it("says what made the metres of each map that is shown, what errors are against, and the protocol", () => {
    expect(captionWith(["picture", "depth:truth", "depth:far"]).lines).toEqual([
      "truth: metres as stored",
      "far: relative, from 0 (nearest) to 1 (farthest): nothing brings it to metres",
      "Evaluated by: protocol sunrgbd",
    ]);
    expect(captionWith(["absolute:near"]).lines).toEqual([
      `near: ${sample.maps["near"]?.transform.origin}`,
      "Errors are against truth",
      "Evaluated by: protocol sunrgbd",
    ]);
    expect(captionWith(["depth:truth"]).lines).toEqual(["truth: metres as stored"]);
    expect(captionWith(["signed:near"]).lines).toContain("Signed errors: too near (−) / too far (+)");
  });

  it("says which pixels are shown where not all are, and which count where they are marked", () => {
    const mask = (pixels: Settings["mask"]["pixels"]) => ({ mask: { pixels, hatch: false } });
    const rule = "Pixels that count: ground truth between 0.001 m and 8 m";
    expect(captionWith(["depth:truth"], mask("valid")).lines).toContain(`Only the pixels that count are shown. ${rule}`);
    expect(captionWith(["depth:truth"], mask("measured")).lines).toContain(
      "Only the pixels that truth has a value for are shown",
    );
    expect(captionWith(["valid"]).lines).toEqual([rule]);
    expect(captionWith(["picture"], mask("valid")).lines).toEqual([]);
  });

  it("says which count for each prediction where their evaluations differ", () => {
    const rule = { minDepth: 0.001, maxDepth: 8, cap: 8, crop: null };
    const crop = { top: 40, bottom: 440, left: 40, right: 600 };
    const differing = { ...sample, rules: { near: rule, far: { ...rule, maxDepth: 10, crop } } };
    const linesWith = (on: string[]) => {
      const settings = settingsWith(on, { mask: { pixels: "valid", hatch: false } });
      return captionOf(differing, settings, shownLayers(settings, sample.layers)).lines.at(-1);
    };
    expect(linesWith(["depth:truth", "depth:near", "depth:far"])).toBe(
      "Only the pixels that count are shown. Pixels that count: near: ground truth between 0.001 m and 8 m; " +
        "far: ground truth between 0.001 m and 10 m, inside the evaluation's crop; truth: what counts for all of them",
    );
    expect(linesWith(["depth:truth", "depth:near"])).toBe(
      "Only the pixels that count are shown. Pixels that count: ground truth between 0.001 m and 8 m",
    );
  });

  it("is of the layers in the file alone: not of a swipe's third, nor of those that a blink has not come to", () => {
    const on = ["depth:truth", "depth:far", "signed:near"];
    const drawn = (arrangement: Arrangement, turn: number) => {
      const settings = settingsWith(on, { arrangement });
      const plan = planOf({ sample, settings, viewport: null, stage: { width: 800, height: 600 }, turn }, 1);
      return titles(captionOf(sample, settings, plan.views.flatMap(({ layers }) => layers)));
    };
    expect(drawn("overlay", 0)).toEqual(["truth [m]", "far [null]", "signed error [m]"]);
    expect(drawn("swipe", 0)).toEqual(["truth [m]", "far [null]"]);
    expect(drawn("blink", 2)).toEqual(["signed error [m]"]);
  });

  it("leaves out what could not be read", () => {
    const settings = settingsWith(["depth:near"]);
    const broken = { ...sample, problems: { near: "the file is gone" } };
    const caption = captionOf(broken, settings, shownLayers(settings, sample.layers));
    expect(caption).toEqual({ bars: [], legends: [], lines: [] });
  });
});

describe("where a caption lies", () => {
  const measure = (text: string, font: string) => text.length * 0.55 * Number(/(\d+)px/.exec(font)?.[1]);
  const full = captionWith(["depth:truth", "depth:far", "signed:near", "delta1:near", "valid"], {
    mask: { pixels: "valid", hatch: true },
  });
  const widthOf = (mark: Mark) => (mark.kind === "text" ? measure(mark.text, mark.font) : mark.width);
  const texts = (marks: readonly Mark[]) => marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));

  it("is nowhere beyond its file, however narrow that is, and no text lies over another", () => {
    const far = { title: "far", unit: "m", ends: "typed", colormap: "viridis" } as const;
    const crowded = { ...far, range: { low: 1000, high: 1006.9, scale: "linear" } } as const; // seven ticks
    for (const width of [160, 320, 730, 1464]) {
      const { marks, height } = layOut({ ...full, bars: [...full.bars, crowded] }, width, measure);
      const boxes = marks.flatMap((mark) =>
        mark.kind === "text" ? [{ left: mark.x, right: mark.x + widthOf(mark), base: mark.y }] : [],
      );
      for (const mark of marks) {
        expect(mark.x).toBeGreaterThanOrEqual(0);
        expect(mark.y + (mark.kind === "text" ? 0 : mark.height)).toBeLessThan(height);
        expect(mark.x + widthOf(mark)).toBeLessThanOrEqual(width);
      }
      for (const [place, one] of boxes.entries()) {
        for (const other of boxes.slice(place + 1)) {
          const apart = one.right <= other.left || other.right <= one.left || Math.abs(one.base - other.base) > 9;
          expect(apart, JSON.stringify([width, one, other])).toBe(true);
        }
      }
    }
  });

  it("has every bar's title with its unit, how its ends were found, ticks, and all sentences", () => {
    const found = texts(layOut(full, 2000, measure).marks);
    for (const text of ["truth [m]", "far (relative, no unit)", "signed error [m]", "robust, 2 to 98 % of truth"]) {
      expect(found).toContain(text);
    }
    for (const { range } of full.bars) expect(found).toEqual(expect.arrayContaining(ticksOf(range).map(({ text }) => text)));
    for (const { text } of full.legends) expect(found).toContain(text);
    for (const line of full.lines) expect(found).toContain(line);
  });

  it("has bars side by side while there is room for them", () => {
    const tops = (width: number) =>
      layOut(full, width, measure).marks.flatMap((mark) => (mark.kind === "colours" ? [mark.y] : []));
    expect(new Set(tops(800)).size).toBe(1);
    expect(new Set(tops(300)).size).toBe(3);
  });

  it("takes no room where there is nothing to say", () => {
    expect(layOut(captionWith(["picture"]), 730, measure)).toEqual({ marks: [], height: 0 });
  });
});
