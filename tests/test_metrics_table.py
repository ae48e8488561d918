"""What the table of metrics says of pooling is true: an image that is cut in two pools to what it was as a whole."""

from __future__ import annotations

import math

import numpy as np
import pytest

from plumb.camera import Camera
from plumb.evaluation import evaluate
from plumb.metrics import EIGHT_BIT_METRICS, METRICS, eight_bit_metrics
from plumb.statistics import aggregate

POOLS = [name for name, metric in METRICS.items() if metric.pooling]
CAMERA = Camera(40.0, 42.0, 25.0, 14.0)
CUT = 17  # columns of the left part of 48: the parts count differently


def maps():
    """(H, W) metres of a prediction and its truth; the left part is far worse than the right one."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(1.0, 4.0, (30, 48))
    spread = np.where(np.arange(48) < CUT, 0.4, 0.1)
    return truth * np.exp(rng.normal(0.1, spread, truth.shape)).clip(0.3, 1.9), truth


def part(array, side):
    return np.ascontiguousarray(array[:, :CUT] if side == "left" else array[:, CUT:])


def pooled(name, values, n_pixels, metrics=METRICS):
    return aggregate({name: np.array(values)}, np.array(n_pixels), metrics)[name].pooled


def scores(prediction, truth, camera=CAMERA):
    return evaluate(prediction, truth, quantity="depth", metrics=tuple(METRICS), camera=camera)


def both_parts(prediction, truth):
    cameras = {"left": CAMERA, "right": CAMERA.cropped(CUT, 0)}
    return [scores(part(prediction, side), part(truth, side), camera) for side, camera in cameras.items()]


@pytest.mark.parametrize("name", [name for name in POOLS if name != "silog"])
def test_the_parts_of_an_image_pool_to_the_value_of_the_whole(name):
    found = both_parts(*maps())
    expected = scores(*maps()).metrics[name]
    values = [of_part.metrics[name] for of_part in found]
    assert pooled(name, values, [of_part.n_valid for of_part in found]) == pytest.approx(expected, rel=1e-9)
    assert values[0] != pytest.approx(values[1], rel=0.01)  # else any way of pooling would do


def test_silog_pools_to_that_of_the_whole_once_each_part_is_brought_to_its_own_scale():
    prediction, truth = maps()
    found = both_parts(prediction, truth)
    own = prediction.copy()
    for columns in (slice(None, CUT), slice(CUT, None)):
        own[:, columns] /= math.exp(np.mean(np.log(prediction[:, columns] / truth[:, columns])))
    expected = scores(own, truth).metrics["silog"]
    values = [of_part.metrics["silog"] for of_part in found]
    assert pooled("silog", values, [of_part.n_valid for of_part in found]) == pytest.approx(expected, rel=1e-9)
    assert scores(prediction, truth).metrics["silog"] != pytest.approx(expected, rel=1e-4)


def test_8_bit_rmse_pools_to_that_of_the_whole_map():
    levels = np.random.default_rng(0).integers(0, 256, (2, 30, 48), dtype=np.uint8)
    levels[1, :, CUT:] = levels[0, :, CUT:] // 2
    values = [eight_bit_metrics(part(levels[0], side), part(levels[1], side))[0]["rmse"] for side in ("left", "right")]
    n_pixels = [30 * CUT, 30 * (48 - CUT)]
    expected = eight_bit_metrics(*levels)[0]["rmse"]
    assert pooled("rmse", values, n_pixels, EIGHT_BIT_METRICS) == pytest.approx(expected, rel=1e-12)


def test_what_is_no_mean_over_the_scored_pixels_does_not_pool():
    # Logarithms of means, windows, edges, pairs and normals: none counts each scored pixel once.
    without = {name for name in METRICS if name not in POOLS}
    assert without == {"masked_psnr", "masked_ssim", "boundary_f1", "ordinal_error", "normal_error"}
    assert {name for name, metric in EIGHT_BIT_METRICS.items() if not metric.pooling} == {"psnr", "ssim"}
    assert pooled("normal_error", [10.0, 20.0], [5, 5]) is None
