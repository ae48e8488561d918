/** A button that opens a box of controls above everything else, by the browser's own popover. */

import * as React from "react";

export interface PopoverProps {
  /** The value of `data-plumb` of the button; the box has the same with `-box`. */
  name: string;
  /** For screen readers and as a tooltip. */
  label: string;
  /** What the button shows. */
  button: React.ReactNode;
  /** Width of the box in CSS pixels; the window's where that is less. */
  width: number;
  className?: string;
  /** Made when the box opens. */
  children: (close: () => void) => React.ReactNode;
}

const GAP = 4;
const MARGIN = 8;

export function Popover({ name, label, button, width, className = "plumb-button", children }: PopoverProps) {
  const id = React.useId();
  const anchor = React.useRef<HTMLButtonElement>(null);
  const box = React.useRef<HTMLDivElement>(null);
  const [open, setOpen] = React.useState(false);
  const close = React.useCallback(() => box.current?.hidePopover(), []);
  React.useEffect(() => {
    const element = box.current;
    const before = (event: Event) => {
      const opens = (event as ToggleEvent).newState === "open";
      if (opens && element && anchor.current) place(element, anchor.current.getBoundingClientRect(), width);
      setOpen(opens);
    };
    element?.addEventListener("beforetoggle", before);
    return () => element?.removeEventListener("beforetoggle", before);
  }, [width]);
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        data-plumb={name}
        {...{ popovertarget: id }}
      >
        {button}
      </button>
      <div
        ref={box}
        id={id}
        role="dialog"
        aria-label={label}
        className="plumb-popover"
        data-plumb={`${name}-box`}
        {...{ popover: "auto" }}
      >
        {open && children(close)}
      </div>
    </>
  );
}

/** Below the button, or above it where there is more room; always inside the window. */
function place(box: HTMLElement, anchor: DOMRect, width: number): void {
  const wide = Math.min(width, window.innerWidth - 2 * MARGIN);
  const below = window.innerHeight - anchor.bottom;
  const up = below < 260 && anchor.top > below;
  const left = Math.max(MARGIN, Math.min(anchor.left, window.innerWidth - wide - MARGIN));
  box.style.cssText = `width: ${wide}px; left: ${left}px; right: auto; max-height: ${(up ? anchor.top : below) - GAP - MARGIN}px; ${
    up ? `top: auto; bottom: ${window.innerHeight - anchor.top + GAP}px` : `top: ${anchor.bottom + GAP}px; bottom: auto`
  }`;
}
