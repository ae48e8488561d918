"""The stored map against the float map: what 16-bit codes change of every score, on real scenes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from plumb.camera import Camera
from plumb.depthmap import QUANTITIES, DepthMap, MapFile, encode, write_codes
from plumb.ordinal import PAIRS
from plumb.parallel import map_ahead
from plumb.protocols import PROTOCOLS, Protocol
from plumb.scoring import prepare, score
from plumb.sunrgbd import find_scenes, read_depth, read_scene

ALL = Protocol("everything", metrics="all")
# These count: a neighbour pair is an edge or not, a pair's order is right or wrong. Rounding turns a pair round where
# it lies at the threshold, one among the few edges of a smooth prediction, a few among ten thousand pairs.
COUNTS = {"boundary_f1": 0.003, "ordinal_error": 6 / PAIRS}


@dataclass(frozen=True)
class Real:
    """A real scene.

    Attributes:
        name: for messages
        truth: (H, W) metres, 0 where nothing was measured
        filled: (H, W) metres without a hole
        camera: None where it is not known
    """

    name: str
    truth: np.ndarray
    filled: np.ndarray
    camera: Camera | None


def without_holes(depth):
    """Each hole takes the depth of the nearest pixel that has one."""
    places = distance_transform_edt(depth == 0, return_distances=False, return_indices=True)
    return depth[tuple(places)]


@pytest.fixture(scope="module")
def scenes(shared) -> list[Real]:
    """All scenes of the shared SUN RGB-D tree: measured truth where there is one, else filled."""
    folders = list(find_scenes(shared / "data" / "SUNRGBD"))
    assert len(folders) == 32
    return [real for _, real in map_ahead(_read, folders)]


def _read(folder):
    raw, filled = (read_scene(folder, source, annotations=False) for source in ("raw", "filled"))
    camera = Camera(*raw.intrinsics[[0, 1, 0, 1], [0, 1, 2, 2]].tolist()) if raw.intrinsics is not None else None
    truth = read_depth(raw.depth) * 0.001
    return Real(folder.scene_id, truth, without_holes(read_depth(filled.depth) * 0.001), camera)


def distorted(depth, seed):
    """(H, W) metres as a fair model sees them: softer, too far in places, too near in others, a little noisy."""
    random = np.random.default_rng(seed)
    coarse = cv2.resize(random.normal(0, 0.06, (6, 8)), depth.shape[::-1], interpolation=cv2.INTER_CUBIC)
    softened = cv2.GaussianBlur(depth, (0, 0), 1.5)
    return softened**1.05 * np.exp(coarse + random.normal(0, 0.005, depth.shape))


def in_quantity(metres, quantity):
    if quantity == "depth":
        return metres
    return (metres - metres.min()) / np.ptp(metres) if quantity == "affine_depth" else 20 / metres + 3


def through_storage(folder, values, quantity):
    path, encoded = folder / f"{np.random.default_rng().integers(2**60)}.png", encode(DepthMap(values, quantity))
    write_codes(path, encoded.codes)
    return MapFile(str(path), quantity, encoded.scale, encoded.offset, encoded.unit).read()


def float_and_stored(folder, reals, quantity, rules, alignment="auto") -> Iterator[tuple[Real, dict, dict]]:
    def of_one(numbered):
        number, real = numbered
        truth = prepare(real.truth, rules, real.camera)
        values = in_quantity(distorted(real.filled, number), quantity)
        as_float = score(DepthMap(values, quantity), truth, alignment)
        as_stored = score(DepthMap(through_storage(folder, values, quantity), quantity), truth, alignment)
        assert as_float.reason is None and as_stored.n_valid == as_float.n_valid
        return as_float.metrics, as_stored.metrics

    for (_, real), (as_float, as_stored) in map_ahead(of_one, enumerate(reals)):
        yield real, as_float, as_stored


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_metric_of_every_scene_is_that_of_the_float_map_within_a_thousandth(tmp_path, scenes, quantity):
    sums = {name: np.zeros(2) for name in ALL.metrics}
    for real, as_float, as_stored in float_and_stored(tmp_path, scenes, quantity, ALL):
        for name, value in as_float.items():
            assert value is not None, (real.name, name)
            if name in COUNTS:
                assert as_stored[name] == pytest.approx(value, abs=COUNTS[name]), (real.name, name)
            else:
                assert as_stored[name] == pytest.approx(value, rel=1e-3), (real.name, name)
            sums[name] += value, as_stored[name]
    for name, (of_float, of_stored) in sums.items():  # what counts within an image evens out over the images
        assert of_stored == pytest.approx(of_float, rel=1e-3), name


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_robust_alignment_finds_the_same_in_stored_maps_within_a_thousandth(tmp_path, scenes, quantity):
    default = Protocol("default")
    for real, as_float, as_stored in float_and_stored(tmp_path, scenes[::3], quantity, default, "robust"):
        for name, value in as_float.items():
            assert as_stored[name] == pytest.approx(value, rel=1e-3), (real.name, name)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize(
    ("pattern", "metres", "protocol"),
    [
        ("nyu/**/*depth*.png", 1e-3, "nyuv2"),
        ("kitti/**/*.png", 1 / 256, "kitti"),
        ("tum/**/*depth*.png", 1 / 5000, "nyuv2"),
    ],
)
def test_other_data_and_caps_too(tmp_path, shared, quantity, pattern, metres, protocol):
    maps = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted((shared / "data" / "pairs").glob(pattern))]
    truths = [map_ * metres for map_ in maps if map_.dtype == np.uint16 and map_.ndim == 2]
    assert truths
    reals = [Real(pattern, truth, without_holes(truth), None) for truth in truths]
    for _, as_float, as_stored in float_and_stored(tmp_path, reals, quantity, PROTOCOLS[protocol]):
        for name, value in as_float.items():
            if value is None:  # among the points of a lidar no window of ssim is without a hole
                assert (protocol, name, as_stored[name]) == ("kitti", "masked_ssim", None)
            else:
                assert as_stored[name] == pytest.approx(value, rel=1e-3), name


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_8_bit_metrics_of_stored_maps_are_those_of_float_maps(tmp_path, scenes, quantity):
    rules = PROTOCOLS["relative8"]
    for real, as_float, as_stored in float_and_stored(tmp_path, scenes[::4], quantity, rules):
        for name, value in as_float.items():
            assert as_stored[name] == pytest.approx(value, rel=1e-3), (real.name, name)


# --- where the float map scores 0, nothing is relative to it ---


def test_silog_of_an_exactly_rescaled_truth_is_what_rounding_to_millimetres_makes_of_zero(tmp_path, scenes):
    for real in scenes[::2]:
        rescaled = 0.9 * real.filled  # not more than the truth, for what lies beyond the cap is clipped
        truth = prepare(np.where(real.truth > 0, real.filled, 0), Protocol("silog", metrics=("silog",)))
        as_float = score(DepthMap(rescaled, "depth"), truth).metrics["silog"]
        as_stored = score(DepthMap(through_storage(tmp_path, rescaled, "depth"), "depth"), truth).metrics["silog"]
        assert as_float < 1e-6
        # No pixel is off by more than half a millimetre, so none of its logarithms by more than that over its depth;
        # the errors of rounding spread evenly, and the standard deviation of such a spread is 1 / sqrt(3) of its half.
        counted = rescaled[(truth.depth > 1e-3) & (truth.depth < 8)]
        expected = 100 * math.sqrt(np.mean((0.0005 / counted) ** 2) / 3)  # some 0.01 to 0.02
        assert as_stored == pytest.approx(expected, rel=0.1), real.name
        assert as_stored < 100 * 0.0005 / counted.min()
        assert expected < 0.03


@pytest.mark.parametrize("quantity", ["affine_depth", "inverse_depth"])
def test_a_perfect_relative_map_of_a_real_scene_is_perfect_to_a_fraction_of_a_code(tmp_path, scenes, quantity):
    for real in scenes[::4]:
        truth = prepare(np.where(real.truth > 0, real.filled, 0), Protocol("perfect"))
        values = in_quantity(real.filled, quantity)
        as_float = score(DepthMap(values, quantity), truth).metrics
        found = score(DepthMap(through_storage(tmp_path, values, quantity), quantity), truth).metrics
        assert as_float["abs_rel"] < 1e-9
        # Of 65534 steps between nearest and farthest a pixel is off by half a one at most: in metres, or in 1/m.
        measured = truth.depth[(truth.depth > 1e-3) & (truth.depth < 8)]
        low, high = real.filled.min(), real.filled.max()
        step = (high - low) / 65534 if quantity == "affine_depth" else (1 / low - 1 / high) / 65534
        off = step / 2 / measured if quantity == "affine_depth" else measured * step / 2
        assert found["abs_rel"] <= 1.1 * np.mean(off), real.name
        assert found["silog"] <= 110 * math.sqrt(np.mean(off**2)), real.name
        assert [found["delta1"], found["masked_ssim"]] == pytest.approx([1, 1], abs=1e-5)
        assert found["masked_psnr"] > 70, real.name
