/** The colours of a block's runs, the same in the table and in every plot; Plotly cannot read CSS variables. */

import * as React from "react";

/**
 * Okabe's and Ito's colours, which people with any colour vision tell apart. Their dark ones would hardly be seen on dark
 * ground, nor the light ones on light, as in the profile of depth.
 */
const COLOURS = {
  light: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#A66F00", "#3A8FC4", "#999999"],
  dark: ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#999999"],
} as const;

/** Those for the App's theme; the n-th run of a block has the n-th, and they begin again after the last. */
export function useColours(): readonly string[] {
  return COLOURS[React.useSyncExternalStore(subscribe, theme)];
}

/** Whether the n-th run of a block has the colour of an earlier one. */
export function isAgain(index: number): boolean {
  return index >= COLOURS.dark.length;
}

function theme(): keyof typeof COLOURS {
  return document.documentElement.getAttribute(ATTRIBUTE) === "light" ? "light" : "dark";
}

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: [ATTRIBUTE] });
  return () => observer.disconnect();
}

const ATTRIBUTE = "data-mui-color-scheme";
