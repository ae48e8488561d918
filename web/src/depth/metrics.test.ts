import fc from "fast-check";
import { describe, expect, test } from "vitest";
import python from "../../../plumb/metrics.py?raw";
import type { LoadedMap, ValidRule } from "../types";
import { alignment, codeMap, loaded, storedMap } from "./fixtures";
import { METRIC_INFO, scalarMetrics } from "./metrics";
import { decode } from "./transform";
import { DEFAULT_RULE } from "./valid";
import { HEIGHT, type Vector, VECTORS, WIDTH } from "./vectors";

const NAMES = METRIC_INFO.map(({ name }) => name);

function mapsOf({ quantity, scale, offset, codes, truth, fit, rule }: Vector): [LoadedMap, LoadedMap] {
  const found = fit && alignment(fit.mode, fit.scale, fit.shift, rule.cap);
  const prediction = loaded(codeMap(WIDTH, codes), storedMap(quantity, scale, offset, null), found, "dpt");
  return [prediction, loaded(codeMap(WIDTH, truth), undefined, null, "gt_depth")];
}

function valuesOf(found: ReturnType<typeof scalarMetrics>): Record<string, number> {
  if ("reason" in found) throw new Error(found.reason);
  return found.values;
}

describe("scalarMetrics", () => {
  test.each(VECTORS.filter(({ values }) => values))("gives what plumb.scoring.score gives: $name", (vector) => {
    const found = scalarMetrics(...mapsOf(vector), vector.rule, null);
    expect(found.n).toBe(vector.n);
    NAMES.forEach((name, i) => {
      const expected = vector.values?.[i] as number;
      // 1e-12 for what is 0 but for rounding.
      const tolerance = 1e-9 * Math.abs(expected) + 1e-12;
      expect(Math.abs((valuesOf(found)[name] as number) - expected), name).toBeLessThanOrEqual(tolerance);
    });
  });

  test("of a box is what the definitions say of its pixels", () => {
    const EDGE = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(EDGE, EDGE, EDGE, EDGE, fc.constantFrom(...VECTORS), (top, bottom, left, right, vector) => {
        fc.pre(vector.fit !== null);
        const box = { top, bottom, left, right };
        const [prediction, truth] = mapsOf(vector);
        const pairs = pairsIn(prediction, truth, vector.rule, (x, y) => {
          return y >= top && y < bottom && x >= left && x < right;
        });
        const found = scalarMetrics(prediction, truth, vector.rule, box);
        expect(found.n).toBe(pairs.length);
        if (pairs.length === 0) {
          expect(found).toHaveProperty("reason");
        } else {
          for (const [name, value] of Object.entries(defined(pairs))) {
            expect(valuesOf(found)[name], name).toBeCloseTo(value, 9);
          }
        }
      }),
    );
  });

  test("a larger box, beyond the map, is the whole map", () => {
    const vector = VECTORS[1] as Vector;
    const whole = scalarMetrics(...mapsOf(vector), vector.rule, null);
    const box = { top: -9, bottom: HEIGHT + 9, left: -9, right: WIDTH + 9 };
    expect(scalarMetrics(...mapsOf(vector), vector.rule, box)).toEqual(whole);
  });

  test("a perfect prediction has no error, not even of rounding", () => {
    const truth = loaded(codeMap(3, [1000, 2000, 3000, 4000, 5000, 6000]));
    const values = valuesOf(scalarMetrics(truth, truth, DEFAULT_RULE, null));
    for (const { name, better } of METRIC_INFO) expect(values[name], name).toBe(better === "higher" ? 1 : 0);
  });

  test("silog of a prediction that is too far by one factor is 0 to all digits", () => {
    const truth = codeMap(50, Array.from({ length: 500 }, (_, i) => 1000 + 7 * i));
    const far = loaded(truth, storedMap("depth", 0.0015, 0, "m"));
    const values = valuesOf(scalarMetrics(far, loaded(truth), { ...DEFAULT_RULE, cap: 100 }, null));
    expect(values["silog"]).toBeLessThan(1e-12);
    expect(values["rmse_log"]).toBeCloseTo(Math.log(1.5), 12);
  });

  test("a prediction beyond the range is scored as its nearer end, by the cap and not by what counts", () => {
    const truth = loaded(codeMap(2, [1000, 2000]));
    const beyond = loaded(codeMap(2, [1, 65535]), storedMap("depth", 0.001, -2, "m"));
    const rule = { minDepth: 0.5, maxDepth: 3, cap: 10, crop: null };
    const values = valuesOf(scalarMetrics(beyond, truth, rule, null));
    expect(values["mae"]).toBeCloseTo((0.5 + 8) / 2, 12);
  });

  test.each([[0.001, 0], [0.0011, 1], [7.999, 1], [8, 0]])(
    "the limits of the rule themselves do not count: %s m is %s pixels by the default one",
    (metres, n) => {
      const map = loaded(codeMap(1, [1]), storedMap("depth", metres, 0, "m"));
      expect(scalarMetrics(map, map, DEFAULT_RULE, null).n).toBe(n);
    },
  );

  test.each([
    ["no pixel of gt_depth has 0.001 < g < 8 m", [1000, 1000], [0, 8000], null],
    ["dpt has no value on any valid pixel", [0, 0], [1000, 2000], null],
    ["no pixel of gt_depth in the box has 0.001 < g < 8 m", [1, 1], [0, 2000], [0, 1]],
    ["dpt has no value on any valid pixel in the box", [0, 2000], [1000, 2000], [0, 1]],
    ["dpt has 1x3 px but gt_depth has 1x2", [1, 2, 3], [1000, 2000], null],
  ] as const)("says why there is nothing to score: %s", (reason, codes, depths, rows) => {
    const box = rows && { top: rows[0], bottom: rows[1], left: 0, right: 1 };
    const prediction = loaded(codeMap(1, codes), undefined, null, "dpt");
    const truth = loaded(codeMap(1, depths), undefined, null, "gt_depth");
    expect(scalarMetrics(prediction, truth, DEFAULT_RULE, box)).toEqual({ reason, n: 0 });
  });

  test("what is not in metres has no metrics, and says so", () => {
    const truth = loaded(codeMap(1, [1000]), undefined, null, "gt_depth");
    const relative = loaded(codeMap(1, [1000]), storedMap("affine_depth", 1, 0, null), null, "marigold");
    expect(scalarMetrics(relative, truth, DEFAULT_RULE, null)).toMatchObject({
      n: 0, reason: expect.stringMatching(/^marigold is not in metres/) as string,
    });
    expect(scalarMetrics(truth, relative, DEFAULT_RULE, null)).toMatchObject({ n: 0 });
  });
});

test("METRIC_INFO says of each metric what plumb.metrics says, in its order", () => {
  const table = python.slice(python.indexOf("_SCALARS:"), python.indexOf("_MASKED:"));
  const rows = [...table.matchAll(/^ {4}"(\w+)": Metric\("([^"]*)", "(\w+)", "([^"]*)"/gm)];
  expect(rows.length).toBeGreaterThan(0);
  expect(METRIC_INFO).toEqual(rows.map(([, name, unit, better, description]) => ({ name, unit, better, description })));
});

function pairsIn(prediction: LoadedMap, truth: LoadedMap, rule: ValidRule, within: (x: number, y: number) => boolean) {
  const pairs: { p: number; g: number }[] = [];
  truth.codes.forEach((truthCode, i) => {
    const code = prediction.codes[i] as number;
    if (code === 0 || truthCode === 0) return;
    const [x, y] = [i % truth.width, Math.floor(i / truth.width)];
    const g = decode(truth.transform, truthCode);
    const p = Math.min(rule.cap, Math.max(rule.minDepth, decode(prediction.transform, code)));
    if (within(x, y) && counts(rule, g, x, y)) pairs.push({ p, g });
  });
  return pairs;
}

/** As plumb.scoring counts: limits that do not count themselves, and a crop that is half open. */
function counts({ minDepth, maxDepth, crop }: ValidRule, g: number, x: number, y: number): boolean {
  const cropped = crop !== null && !(y >= crop.top && y < crop.bottom && x >= crop.left && x < crop.right);
  return minDepth < g && g < maxDepth && !cropped;
}

/** The definitions of plumb.metrics.scalar_metrics, word for word. */
function defined(pairs: { p: number; g: number }[]): Record<string, number> {
  const mean = (term: (p: number, g: number) => number) =>
    pairs.reduce((sum, { p, g }) => sum + term(p, g), 0) / pairs.length;
  const log = (p: number, g: number) => Math.log(p) - Math.log(g);
  const delta = (n: number) => mean((p, g) => Number(Math.max(p / g, g / p) < 1.25 ** n));
  const meanLog = mean(log);
  return {
    abs_rel: mean((p, g) => Math.abs(p - g) / g),
    sq_rel: mean((p, g) => (p - g) ** 2 / g),
    rmse: Math.sqrt(mean((p, g) => (p - g) ** 2)),
    rmse_log: Math.sqrt(mean((p, g) => log(p, g) ** 2)),
    log10: mean((p, g) => Math.abs(Math.log10(p) - Math.log10(g))),
    silog: 100 * Math.sqrt(mean((p, g) => (log(p, g) - meanLog) ** 2)),
    delta1: delta(1),
    delta2: delta(2),
    delta3: delta(3),
    mae: mean((p, g) => Math.abs(p - g)),
    irmse: Math.sqrt(mean((p, g) => (1 / p - 1 / g) ** 2)),
    imae: mean((p, g) => Math.abs(1 / p - 1 / g)),
  };
}
