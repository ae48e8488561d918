/** The pinhole camera of plumb/camera.py. */

import type { Intrinsics } from "../contract";

/**
 * Where the middle of a pixel lies in the camera's frame, as plumb.points.unproject says.
 *
 * @param x column, counted from 0: the middle of the first pixel is (0, 0)
 * @param metres depth along the optical axis
 * @returns metres to the right, down and forward
 */
export function positionOf(intrinsics: Intrinsics, x: number, y: number, metres: number): [number, number, number] {
  const { fx, fy, cx, cy } = intrinsics;
  return [metres * ((x - cx) / fx), metres * ((y - cy) / fy), metres];
}
