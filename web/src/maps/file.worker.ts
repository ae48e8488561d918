/** Reads files off the page's own thread: that draws meanwhile, or is held up by what else is on the page. */

import { answer, movable, type FileRequest } from "./messages";

// The types are those of a page: in a worker the second argument is what moves.
const post = self.postMessage as (message: unknown, moved: Transferable[]) => void;

self.addEventListener("message", (event: MessageEvent<FileRequest>) => {
  void answer(event.data).then((reply) => post(reply, movable(reply)));
});
