/** Which layers a swipe has left and right of its divider. */

import type { Layer, Settings } from "../types";

export type Side = "left" | "right";

/**
 * The layers left and right of the divider: those that were chosen, while they are on; else the first ones. Null where
 * there are no two. The picture, which lies below the others, has a side of its own only where it was chosen, or where
 * one other is on.
 *
 * @param shown layers that are on and can be shown, from the bottom to the top
 */
export function sidesOf({ sides }: Pick<Settings, "sides">, shown: readonly Layer[]): readonly [Layer, Layer] | null {
  const above = shown.filter(({ kind }) => kind !== "picture");
  const others = above.length > 1 ? above : shown;
  const chosen = (id: string | null) => shown.find((layer) => layer.id === id);
  const wanted = sides.right === sides.left ? undefined : chosen(sides.right);
  const left = chosen(sides.left) ?? others.find((layer) => layer !== wanted);
  const right = wanted ?? others.find((layer) => layer !== left);
  return left && right ? [left, right] : null;
}

/** The sides with a layer on one of them; where it was on the other one, the two change places. */
export function withSide(
  settings: Pick<Settings, "sides">,
  shown: readonly Layer[],
  side: Side,
  id: string,
): Settings["sides"] {
  const [left, right] = sidesOf(settings, shown)?.map((layer) => layer.id) ?? [null, null];
  if (side === "left") return { left: id, right: right === id ? (left ?? null) : (right ?? null) };
  return { left: left === id ? (right ?? null) : (left ?? null), right: id };
}
