/** Reads maps off the page's own thread, so that it keeps drawing. */

import { answer, memory, type MapRequest } from "../maps/messages";

// The types are those of a page: in a worker the second argument is what moves.
const post = self.postMessage as (message: unknown, moved: Transferable[]) => void;

self.addEventListener("message", (event: MessageEvent<MapRequest>) => {
  void answer(event.data).then((reply) => post(reply, memory(reply)));
});
