/** Which sample the App opens its window with, told before the window is drawn, which takes the App a third of a second. */

/** @returns the sample that an address of the App opens the window with, null where it opens none */
function sampleOf(address: string): string | null {
  return new URL(address).searchParams.get("id");
}

let stopWaiting = (): void => undefined;

/** Call when a panel goes because the App's window is closed. `begin` hears which sample the next window opens with. */
export function awaitNextWindow(begin: (id: string) => void): void {
  stopWaiting();
  // Not every browser tells. Where it does not, files are read when the window is there.
  const { navigation } = window as { navigation?: EventTarget };
  const hear = (event: Event): void => {
    const next = sampleOf((event as NavigateEvent).destination.url);
    // A window that was still open has lost this panel alone, and the next one opens without it.
    if (next === null || sampleOf(window.location.href) !== null) stopWaiting();
    else begin(next);
  };
  stopWaiting = () => navigation?.removeEventListener("navigate", hear);
  navigation?.addEventListener("navigate", hear);
}

/** Call when a panel is in the App's window. */
export function arriveInWindow(): void {
  stopWaiting();
}
