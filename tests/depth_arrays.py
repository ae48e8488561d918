"""Depth of a simple room as arrays, a fair prediction of it, and its scores."""

import numpy as np

from plumb.depthmap import DepthMap
from plumb.scoring import prepare, score


def scene(seed=0, shape=(32, 40)):
    """(H, W) smooth true depth in metres: a floor that recedes and a box on it."""
    rng = np.random.default_rng(seed)
    depth = np.linspace(5.5, 1.0, shape[0])[:, None] + np.linspace(0, 0.7, shape[1])[None]
    depth[shape[0] // 2 :, shape[1] // 3 : shape[1] // 2] = rng.uniform(0.8, 1.2)
    return depth


def noisy(depth, seed=0, spread=0.05):
    return depth * np.exp(np.random.default_rng(seed).normal(0, spread, depth.shape))


def score_by(protocol, prediction, truth, quantity, alignment="auto"):
    return score(DepthMap(prediction, quantity), prepare(truth, protocol), alignment)
