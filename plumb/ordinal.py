"""Ordinal error: how often a prediction gets the order of two pixels wrong, nearer for farther."""

from __future__ import annotations

import numpy as np

MARGIN = 1.02
"""Two pixels of a map are equally far while their depths differ by no more than this factor."""

PAIRS = 10_000
"""Pairs drawn from a sample. An error of 0.1 is then known to 0.003 (standard error) in one image."""

NO_PAIRS = "no two valid pixels with a predicted value were drawn, so there is no order to judge"
"""Why :func:`ordinal_error` has no value."""


def ordinal_error(
    p: np.ndarray, g: np.ndarray, valid: np.ndarray, seed: int, pairs: int = PAIRS, flipped: bool = False
) -> float | None:
    """Share of random pairs of pixels whose order the prediction gets wrong, from 0 to 1, lower is better.

    The order of a pair is farther, equal or nearer: first / second above 1.02, within, or below 1 / 1.02. A
    common factor on either map changes nothing, so a prediction in metres or up to scale is compared as it is.

    A prediction up to scale and shift has no ratios of its own, so it is compared as the depth that its alignment
    makes of it, inverse depth turned into depth with it. Scale and shift keep the order, so that which of two
    pixels is nearer does not depend on the alignment; only which pairs the prediction holds equal does. Ratios of
    the unaligned values would call most pairs equal, or none, by the accident of the shift, and a ratio of inverse
    depths has the order turned round. A fitted scale that is not positive has turned the prediction's own order
    round: pass ``flipped`` to judge the order that the model gave.

    Both maps are read at the same pixels, drawn with ``seed`` from ``valid`` alone: derive the seed from the
    sample and let ``valid`` be the truth's pixels, and all models are asked the same pairs of a sample, in
    whatever order or process it is scored. A pair where the prediction has no value is left out.

    Sources: "WHDR" of Xian et al., "Monocular Relative Depth Perception with Web Stereo Data Supervision", 2018,
    after Bell et al., "Intrinsic Images in the Wild", 2014. LeReS (Yin et al., 2021): 10,000 pairs of the aligned
    prediction without a margin. DIW (Chen et al., 2016) and DA-2K: pairs ordered by people, none of them equal.

    Args:
        p: (H, W) predicted depth, larger is farther, > 0 where ``valid``, NaN or infinite where it has no value
        g: (H, W) true depth, > 0 where ``valid``
        valid: (H, W) bool, the pixels that are drawn from; what the maps hold elsewhere changes nothing
        seed: >= 0, the same for every prediction of one sample
        pairs: how many to draw; a pixel may be drawn again, once in a great many times with itself
        flipped: the alignment has turned near and far round in ``p``

    Returns:
        None, by the reason :data:`NO_PAIRS`, where no pair has a predicted value at both of its pixels
    """
    return pair_error(p, g, draw_pairs(valid, seed, pairs), flipped)


def draw_pairs(valid: np.ndarray, seed: int, pairs: int = PAIRS) -> np.ndarray:
    """Draw pairs of valid pixels, each pixel with equal chance.

    Args:
        valid: (H, W) bool
        seed: of ``np.random.default_rng``
        pairs: how many

    Returns:
        (pairs, 2) integers, pixels of the raveled map; no row where fewer than two pixels are valid
    """
    pixels = np.flatnonzero(valid)
    if pixels.size < 2:
        return np.empty((0, 2), dtype=np.intp)
    return pixels[np.random.default_rng(seed).integers(0, pixels.size, (pairs, 2))]


def pair_error(p: np.ndarray, g: np.ndarray, pairs: np.ndarray, flipped: bool = False) -> float | None:
    """Score given pairs as :func:`ordinal_error` does.

    Args:
        p, g, flipped: as in :func:`ordinal_error`
        pairs: (N, 2) pixels of the raveled maps

    Returns:
        None where no pair has a predicted value at both of its pixels
    """
    predicted, true = np.ravel(p)[pairs], np.ravel(g)[pairs]
    known = np.isfinite(predicted).all(axis=1)
    if not known.any():
        return None
    order = _order(predicted[known])
    return float(np.mean((-order if flipped else order) != _order(true[known])))


def _order(depths: np.ndarray) -> np.ndarray:
    """1 where the first of a pair is farther, -1 where it is nearer, 0 where they are equal; pairs in rows."""
    first, second = depths.T
    return (first > MARGIN * second).astype(np.int8) - (second > MARGIN * first).astype(np.int8)
