"""The named protocols and the rules that a protocol must keep."""

import dataclasses

import numpy as np
import pytest

from plumb.metrics import EIGHT_BIT_METRICS, METRICS
from plumb.protocols import GARG_CROP, NYU_CROP, PROTOCOLS, Crop, Protocol


def kept(crop, height, width):
    """Rows and columns of a frame that a crop keeps, counted on a real array."""
    frame = np.arange(height * width).reshape(height, width)
    part = frame[crop.slices(frame.shape)]
    top, left = divmod(int(part[0, 0]), width)
    bottom, right = divmod(int(part[-1, -1]), width)
    return top, bottom + 1, left, right + 1


@pytest.mark.parametrize(
    ("name", "low", "high"), [("sunrgbd", 1e-3, 8.0), ("nyuv2", 1e-3, 10.0), ("kitti", 1e-3, 80.0)]
)
def test_the_named_protocols_count_the_ranges_of_the_literature(name, low, high):
    protocol = PROTOCOLS[name]
    assert (protocol.name, protocol.min_depth, protocol.max_depth) == (name, low, high)
    assert protocol.alignment == "auto"
    assert set(protocol.metrics) == set(METRICS)


def test_relative8_counts_all_pixels_in_levels():
    protocol = PROTOCOLS["relative8"]
    assert (protocol.space, protocol.min_depth, protocol.max_depth, protocol.crop) == (
        "8-bit",
        None,
        None,
        None,
    )
    assert set(protocol.metrics) == set(EIGHT_BIT_METRICS)
    assert protocol.metric("rmse").unit == "8-bit levels"
    assert PROTOCOLS["sunrgbd"].metric("rmse").unit == "m"


def test_the_nyu_crop_cuts_a_640x480_frame_and_keeps_a_sun_frame_whole():
    assert kept(NYU_CROP, 480, 640) == (45, 471, 41, 601)
    assert kept(NYU_CROP, 427, 561) == (0, 427, 0, 561)


def test_the_garg_crop_is_a_share_of_any_frame_rounded_down():
    assert kept(GARG_CROP, 375, 1242) == (153, 371, 44, 1197)
    assert kept(GARG_CROP, 352, 1216) == (143, 349, 43, 1172)


def test_one_line_tells_what_a_number_was_computed_from():
    line = PROTOCOLS["sunrgbd"].describe()
    assert line.startswith("sunrgbd: ground truth raw depth, 0.001 < g < 8 m, no crop, predictions clipped to")
    assert "alignment by the prediction's quantity" in line and line.endswith("mean over images")
    assert "rows 45:471, columns 41:601) of 640x480 frames, none on others" in PROTOCOLS["nyuv2"].describe()
    assert "holes included as 0" in PROTOCOLS["relative8"].describe()
    assert "rmse in levels" in PROTOCOLS["relative8"].describe()
    assert all("\n" not in protocol.describe() for protocol in PROTOCOLS.values())


def test_the_line_names_the_alignment_that_was_asked_for_instead():
    assert "scaled to the median of the ground truth" in PROTOCOLS["sunrgbd"].describe(alignment="median")
    own = dataclasses.replace(PROTOCOLS["sunrgbd"], alignment="median")
    assert own.describe() == PROTOCOLS["sunrgbd"].describe(alignment="median")
    with pytest.raises(ValueError, match="unknown alignment"):
        own.describe(alignment="mean")


def test_a_protocol_cannot_be_changed_after_it_was_named():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PROTOCOLS["sunrgbd"].max_depth = 10.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"min_depth": 0.0}, "0 < min_depth < max_depth"),
        ({"min_depth": 9.0}, "0 < min_depth < max_depth"),
        ({"max_depth": float("inf")}, "0 < min_depth < max_depth"),
        ({"max_depth": float("nan")}, "0 < min_depth < max_depth"),
        ({"max_depth": None}, "0 < min_depth < max_depth"),
        ({"space": "8-bit"}, "set both depths to None"),
        ({"space": "feet"}, "choose metres or 8-bit"),
        ({"alignment": "mean"}, "unknown alignment 'mean'; choose from auto, none"),
        ({"metrics": ("abs_rel", "psnr")}, "unknown metrics 'psnr' in metres; choose from abs_rel"),
        ({"crop": "garg"}, "crop must be a Crop or None, not 'garg'"),
    ],
)
def test_a_protocol_that_makes_no_sense_is_refused_with_the_mend(wrong, message):
    with pytest.raises(ValueError, match=message) as caught:
        Protocol(**{"name": "mine", **wrong})
    assert "mine" in str(caught.value) or "alignment" in wrong


@pytest.mark.parametrize("edges", [(0.5, 0.5, 0, 1), (0, 1, 0.6, 0.4), (-0.1, 1, 0, 1), (0, 1.1, 0, 1)], ids=str)
def test_a_crop_outside_its_frame_or_empty_is_refused(edges):
    with pytest.raises(ValueError, match="top < bottom and left < right within fractions"):
        Crop("mine", *edges)
    with pytest.raises(ValueError, match="within a frame of 640x480"):
        Crop("mine", 0, 481, 0, 640, frame=(480, 640))
