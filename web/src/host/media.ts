/** Addresses of files that the App's server hands out. */

import { getFetchOrigin, getFetchPathPrefix } from "@fiftyone/utilities";

/** The absolute address of a file on the server: workers have no page to resolve a relative one against. */
export function mediaUrl(path: string): string {
  if (/^https?:/.test(path)) return path;
  const address = `${getFetchOrigin()}${getFetchPathPrefix()}/media?filepath=${encodeURIComponent(path)}`;
  return new URL(address, window.location.href).href;
}
