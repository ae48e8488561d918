import { describe, expect, it } from "vitest";
import type { SampleRecord } from "../contract";
import type { SampleView } from "../state/compare";
import { RowLoader } from "./loader";

const recordOf = (id: string) => ({ id }) as SampleRecord;
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A loader whose files arrive when the test says so. */
function aLoader({ gone = [], broken = null as string | null } = {} as { gone?: string[]; broken?: string | null }) {
  const asked: string[][] = [];
  const opening = new Map<string, { arrive: () => void; fail: (error: Error) => void }>();
  let most = 0;
  let changes = 0;
  const loader = new RowLoader(
    async (ids) => {
      asked.push(ids);
      if (broken) throw new Error(broken);
      return ids.filter((id) => !gone.includes(id)).map(recordOf);
    },
    (record) =>
      new Promise<SampleView>((resolve, reject) => {
        const done = (act: () => void) => () => {
          opening.delete(record.id);
          act();
        };
        opening.set(record.id, {
          arrive: done(() => resolve({ record } as SampleView)),
          fail: (error) => done(() => reject(error))(),
        });
        most = Math.max(most, opening.size);
      }),
    () => changes++,
  );
  const arrive = async () => {
    for (const one of [...opening.values()]) one.arrive();
    await settle();
  };
  const held = (...ids: string[]) => ids.filter((id) => loader.get(id) !== undefined);
  return { loader, asked, opening, arrive, held, most: () => most, changes: () => changes };
}

describe("rows that are wanted", () => {
  it("are asked for in one call and read two at a time, the most needed first", async () => {
    const { loader, asked, opening, arrive, held, most } = aLoader();
    loader.want(["c", "a", "b"]);
    await settle();
    expect(asked).toEqual([["c", "a", "b"]]);
    expect([...opening.keys()]).toEqual(["c", "a"]);
    expect(loader.get("c")).toBeUndefined();
    await arrive();
    expect(loader.get("c")?.sample?.record.id).toBe("c");
    expect([...opening.keys()]).toEqual(["b"]);
    await arrive();
    expect(held("a", "b", "c")).toHaveLength(3);
    expect(most()).toBe(2);
  });

  it("are told of one by one as they arrive", async () => {
    const { loader, arrive, changes } = aLoader();
    loader.want(["a", "b", "c"]);
    await settle();
    await arrive();
    await arrive();
    expect(changes()).toBe(3);
  });

  it("are not asked for again while they are held", async () => {
    const { loader, asked, arrive } = aLoader();
    loader.want(["a", "b"]);
    await settle();
    await arrive();
    loader.want(["b", "a"]);
    await settle();
    expect(asked).toHaveLength(1);
  });

  it("are asked for in calls of at most 64", async () => {
    const { loader, asked } = aLoader();
    loader.want(Array.from({ length: 100 }, (_, i) => `s${i}`));
    await settle();
    expect(asked.map((ids) => ids.length)).toEqual([64, 36]);
  });
});

describe("rows that a scroll has passed", () => {
  it("are never begun, and those that were arrive for nobody", async () => {
    const { loader, opening, arrive, held } = aLoader();
    loader.want(["a", "b", "c", "d"]);
    await settle();
    loader.want(["x", "y"]);
    await settle();
    await arrive();
    expect([...opening.keys()]).toEqual(["x", "y"]);
    expect(held("a", "b", "c", "d", "x", "y")).toEqual([]);
    await arrive();
    expect(held("a", "b", "c", "d", "x", "y")).toEqual(["x", "y"]);
  });

  it("are let go of, so that memory does not grow", async () => {
    const { loader, arrive, held } = aLoader();
    const all = Array.from({ length: 53 }, (_, i) => `s${i}`);
    for (let first = 0; first < 50; first++) {
      loader.want(all.slice(first, first + 4));
      await settle();
      await arrive();
      await arrive();
      expect(held(...all)).toEqual(all.slice(first, first + 4));
    }
  });
});

describe("a row without a sample", () => {
  it("says so where the dataset has it no more", async () => {
    const { loader } = aLoader({ gone: ["b"] });
    loader.want(["b"]);
    await settle();
    expect(loader.get("b")?.problem).toContain("not in the dataset");
  });

  it("has the sentence of the call that failed, and is not asked for again and again", async () => {
    const { loader, asked } = aLoader({ broken: "the server is gone" });
    loader.want(["a"]);
    await settle();
    loader.want(["a"]);
    await settle();
    expect(loader.get("a")?.problem).toBe("the server is gone");
    expect(asked).toHaveLength(1);
  });

  it("has the sentence of the file that could not be read, and the others go on", async () => {
    const { loader, opening, arrive } = aLoader();
    loader.want(["a", "b"]);
    await settle();
    opening.get("a")?.fail(new Error("a.png is damaged"));
    await arrive();
    expect(loader.get("a")?.problem).toBe("a.png is damaged");
    expect(loader.get("b")?.sample).not.toBeNull();
  });
});

describe("another alignment", () => {
  it("reads all rows anew, and drops what was under way by the former one", async () => {
    const { loader, opening, arrive, held } = aLoader();
    loader.want(["a", "b", "c"]);
    await settle();
    await arrive();
    const before = loader.get("a");
    const late = opening.get("c");
    loader.renew();
    late?.arrive();
    await settle();
    expect(loader.get("c")).toBeUndefined();
    for (let round = 0; round < 3; round++) await arrive();
    expect(held("a", "b", "c")).toHaveLength(3);
    expect(loader.get("a")).not.toBe(before);
  });
});

it("a closed loader holds nothing and tells nobody", async () => {
  const { loader, arrive, held, changes } = aLoader();
  loader.want(["a"]);
  await settle();
  loader.close();
  await arrive();
  expect(held("a")).toEqual([]);
  expect(changes()).toBe(0);
});
