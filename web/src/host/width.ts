/** How wide an element is. */

import * as React from "react";

/** The width of an element in CSS pixels, as it changes; `before` until it is in the page. */
export function useWidth(element: React.RefObject<HTMLElement | null>, before = 0): number {
  const [width, setWidth] = React.useState(before);
  React.useLayoutEffect(() => {
    const measured = element.current;
    if (!measured) return;
    const measure = () => setWidth(measured.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(measured);
    measure();
    return () => observer.disconnect();
  }, [element]);
  return width;
}
