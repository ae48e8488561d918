"""Boundary F1: whether a prediction has its depth edges where the truth has them, and no others."""

from __future__ import annotations

import numpy as np

from plumb.compiled import compiled

THRESHOLDS: np.ndarray = np.linspace(0.05, 0.25, 10)
"""How much farther than a pixel its neighbour must be, relative to the pixel's own depth, to make an edge."""

NO_BOUNDARY = "no two neighbouring valid pixels differ by more than 5 % in either map, so there is no boundary to judge"
"""Why :func:`boundary_f1` has no value."""

_FACTORS = 1.0 + THRESHOLDS
# A product below this spares the division; the division decides. Rounding is far smaller than the gap.
_STEEP = float(0.999 * _FACTORS[0])


def boundary_f1(p: np.ndarray, g: np.ndarray, valid: np.ndarray, radius: int = 1) -> float | None:
    """F1 score of the prediction's depth edges against the truth's, from 0 to 1, higher is better.

    A pixel and a neighbour at most ``radius`` px away, both valid, are an edge of a map at threshold t where
    neighbour / pixel > 1 + t: an edge has a place and a direction. The F1 of a threshold is twice the edges that
    both maps have, over the edges of one map plus those of the other. The value is the mean of the F1 of ten
    thresholds from 0.05 to 0.25, each weighted by itself, so that steep edges count more. The outermost
    ``radius`` pixels of the frame are neighbours only. A common factor on either map changes nothing.

    A threshold that neither map exceeds anywhere is left out of the mean, so that a perfect prediction scores 1
    on any scene; MoGe counts it as 0, which comes to the same wherever either map has an edge above 25 %.
    Where only one of the maps has edges the score is 0; where neither has any, there is no score.

    Source: the evaluation code of MoGe (Wang et al., 2024), which takes the aligned prediction. Depth Pro's
    boundary F1 (Bochkovskii et al., 2024) has the same thresholds but weights 1 + t, averages precision and recall
    over four directions, and takes no mask, so that the rim of every hole in the truth becomes an edge.

    Args:
        p: (H, W) predicted depth in any unit, > 0 and finite where ``valid``
        g: (H, W) true depth, the same
        valid: (H, W) bool, the pixels that count; what the maps hold elsewhere changes nothing
        radius: how far, in pixels, a neighbour may be; 1 for the four that touch

    Returns:
        None, by the reason :data:`NO_BOUNDARY`, where neither map has an edge

    Raises:
        ValueError: the shapes differ, or ``radius`` is below 1
    """
    p, g = np.ascontiguousarray(p, dtype=np.float64), np.ascontiguousarray(g, dtype=np.float64)
    valid = np.ascontiguousarray(valid, dtype=np.bool_)
    if g.ndim != 2 or not p.shape == g.shape == valid.shape:
        raise ValueError(f"need three maps of one (H, W); got {p.shape}, {g.shape} and {valid.shape}")
    if radius < 1:
        raise ValueError(f"radius must be 1 px or more, got {radius}")

    reach = range(-radius, radius + 1)
    offsets = np.array([(y, x) for y in reach for x in reach if 0 < y * y + x * x <= radius * radius])
    levels = np.zeros((3, _FACTORS.size + 1), dtype=np.int64)
    _count_levels(p, g, valid, offsets, radius, _FACTORS, _STEEP, np.empty(g.shape[1], dtype=np.bool_), levels)
    # A pair at level n is an edge at the n lowest thresholds, so sums from the top are the edges by threshold.
    of_truth, of_prediction, of_both = levels[:, :0:-1].cumsum(axis=1)[:, ::-1]
    edges = of_truth + of_prediction
    judged = edges > 0
    if not judged.any():
        return None
    return float(np.average(2.0 * of_both[judged] / edges[judged], weights=THRESHOLDS[judged]))


@compiled()
def _count_levels(p, g, valid, offsets, radius, factors, steep, candidate, levels):
    """Count the pairs of pixels by how many factors they exceed, in rows: in the truth, the prediction, both."""
    height, width = g.shape
    for y in range(radius, height - radius):
        near_g, near_p, near_valid = g[y, radius:], p[y, radius:], valid[y, radius:]
        for i in range(offsets.shape[0]):
            far_y, far_x = y + offsets[i, 0], radius + offsets[i, 1]
            far_g, far_p, far_valid = g[far_y, far_x:], p[far_y, far_x:], valid[far_y, far_x:]
            # Few pairs are edges. A loop without branches, which the compiler vectorises, finds them first.
            for x in range(width - 2 * radius):
                is_steep = (far_g[x] > steep * near_g[x]) | (far_p[x] > steep * near_p[x])
                candidate[x] = is_steep & near_valid[x] & far_valid[x]
            for x in range(width - 2 * radius):
                if candidate[x]:
                    truth = predicted = 0
                    ratio = far_g[x] / near_g[x]
                    while truth < factors.size and ratio > factors[truth]:
                        truth += 1
                    ratio = far_p[x] / near_p[x]
                    while predicted < factors.size and ratio > factors[predicted]:
                        predicted += 1
                    levels[0, truth] += 1
                    levels[1, predicted] += 1
                    levels[2, min(truth, predicted)] += 1
