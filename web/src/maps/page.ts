/** The page's files: a panel is opened anew for every sample that is clicked, and finds workers and files of the last. */

import { MapFiles } from "./files";

/** How long they are kept when the last panel is closed, in milliseconds. */
const LINGER = 60_000;

let files: MapFiles | undefined;
let holders = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export function pageFiles(): MapFiles {
  return (files ??= new MapFiles());
}

/**
 * Keep them for as long as a panel is open.
 *
 * @returns lets go
 */
export function holdPageFiles(): () => void {
  clearTimeout(timer);
  holders++;
  return () => {
    holders--;
    if (holders > 0) return;
    timer = setTimeout(() => files?.rest(), LINGER);
  };
}
