/** Style sheets of the page. */

import * as React from "react";

/** Puts a style sheet into the page, once for all panels; it stays, as panels are opened again. */
export function useStyleSheet(id: string, css: string): void {
  React.useInsertionEffect(() => {
    if (document.getElementById(id)) return;
    const element = document.createElement("style");
    element.id = id;
    element.textContent = css;
    document.head.append(element);
  }, [id, css]);
}
