import { describe, expect, it } from "vitest";
import { BoardReader, type Read } from "./reader";
import type { Board } from "./types";

const board = (stored: string) => ({ stored, blocks: [] }) as unknown as Board;

/** A promise that the test settles. */
function pending<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((...settle) => void ([resolve, reject] = settle));
  return { promise, resolve, reject };
}

/** A server that answers `describe` when the test says so, and `stored` at once unless it is held back. */
function server() {
  const questions: ReturnType<typeof pending<Board | null>>[] = [];
  const told: Read[] = [];
  const state = { stored: "first" as string | null, looks: 0, held: Promise.resolve(0) };
  const calls = {
    describe: () => {
      const question = pending<Board | null>();
      questions.push(question);
      return question.promise;
    },
    stored: async () => {
      state.looks += 1;
      await state.held;
      return state.stored;
    },
  };
  const reader = new BoardReader(calls, (read) => void told.push(read));
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  return {
    reader, state, settled,
    asked: () => questions.length,
    shown: () => told.at(-1) as Read,
    look: async () => {
      void reader.look();
      await settled();
    },
    answer: async (question: number, stored: string | Error) => {
      if (stored instanceof Error) questions[question]?.reject(stored);
      else questions[question]?.resolve(board(stored));
      await settled();
    },
  };
}

/** A board that has been read. */
async function opened() {
  const made = server();
  void made.reader.refresh();
  await made.answer(0, "first");
  return made;
}

describe("a look", () => {
  it("reads the board again when something has been stored, and only then", async () => {
    const { state, look, asked, answer, shown } = await opened();
    await look();
    expect(asked()).toBe(1);
    state.stored = "second";
    await look();
    expect(asked()).toBe(2);
    await answer(1, "second");
    expect(shown()).toEqual({ board: board("second"), problem: null, reading: false });
    await look();
    expect(asked()).toBe(2);
  });

  it("asks nothing while a read is under way, however long it takes and whatever is stored meanwhile", async () => {
    const { state, look, asked, answer, shown } = await opened();
    for (const stored of ["second", "third", "fourth"]) {
      state.stored = stored;
      await look();
    }
    expect([asked(), state.looks]).toEqual([2, 1]);
    await answer(1, "second"); // is shown, although more has been stored since
    expect(shown().board?.stored).toBe("second");
    await look();
    expect(asked()).toBe(3);
  });

  it("that is answered after somebody has asked for the board does not ask for it once more", async () => {
    const { reader, state, look, asked, settled } = await opened();
    const held = pending<number>();
    Object.assign(state, { stored: "second", held: held.promise });
    await look();
    await look();
    expect(state.looks).toBe(1);
    void reader.refresh();
    held.resolve(0);
    await settled();
    expect(asked()).toBe(2);
  });

  it("without a dataset reads nothing", async () => {
    const { state, look, asked } = await opened();
    state.stored = null;
    await look();
    expect(asked()).toBe(1);
  });
});

describe("after a read that failed", () => {
  it("the board of the same view stays, beside the sentence, and looking goes on", async () => {
    const { state, look, asked, answer, shown } = await opened();
    state.stored = "second";
    await look();
    await answer(1, new Error("the server is busy"));
    expect(shown()).toEqual({ board: board("first"), problem: "the server is busy", reading: false });
    await look();
    await look();
    expect(asked()).toBe(3);
    await answer(2, "second");
    expect(shown()).toEqual({ board: board("second"), problem: null, reading: false });
    await look();
    expect(asked()).toBe(3);
  });

  it("the first one too, it is tried again: less often after each failure, but never given up", async () => {
    const { reader, look, asked, answer } = server();
    void reader.refresh();
    const waits: number[] = [];
    for (let failures = 1; failures <= 6; failures++) {
      await answer(failures - 1, new Error("damaged"));
      for (waits.push(0); asked() === failures; waits[failures - 1] = (waits[failures - 1] as number) + 1) await look();
    }
    expect(waits).toEqual([2, 4, 8, 12, 12, 12]);
  });

  it("of another view nothing is shown: the numbers would be those of the former one", async () => {
    const { reader, answer, shown } = await opened();
    void reader.refresh();
    await answer(1, new Error("damaged"));
    expect(shown()).toEqual({ board: undefined, problem: "damaged", reading: false });
  });
});

it("of several questions the answer to the latest counts", async () => {
  const { reader, answer, shown } = await opened();
  void reader.refresh();
  void reader.refresh();
  await answer(2, "latest");
  await answer(1, "former");
  expect(shown().board?.stored).toBe("latest");
});

it("a reader that is closed tells of nothing any more", async () => {
  const { reader, answer, shown } = await opened();
  void reader.refresh();
  reader.close();
  await answer(1, "second");
  expect(shown().board?.stored).toBe("first");
});
