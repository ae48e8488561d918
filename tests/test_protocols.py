"""The named protocols and the rules that a protocol must keep."""

import dataclasses
import json

import numpy as np
import pytest

from plumb.alignment import ALIGNMENTS
from plumb.metrics import DEFAULT_METRICS, EIGHT_BIT_METRICS, METRICS
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
    assert protocol.metrics == DEFAULT_METRICS


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


def test_the_cap_on_predictions_is_the_valid_ranges_end_unless_it_is_given():
    assert PROTOCOLS["nyuv2"].clip_range == (1e-3, 10.0)
    wider = dataclasses.replace(PROTOCOLS["nyuv2"], name="mine", cap=80)
    assert wider.clip_range == (1e-3, 80.0)
    assert "0.001 < g < 10 m" in wider.describe() and "predictions clipped to [0.001, 80] m" in wider.describe()
    assert Protocol("mine", max_depth=10, cap=5).clip_range == (1e-3, 5.0), "a cap inside the valid range is allowed"
    assert dataclasses.replace(PROTOCOLS["sunrgbd"], max_depth=20.0).clip_range == (1e-3, 20.0)


def test_the_line_says_which_ground_truth_maps_count_where_not_all_do():
    assert all(protocol.source == "any" and "maps only" not in protocol.describe() for protocol in PROTOCOLS.values())
    assert "ground truth lidar (measured maps only), " in Protocol("mine", "lidar", source="raw").describe()
    assert "ground truth lidar (filled maps only), " in Protocol("mine", "lidar", source="filled").describe()


def test_the_line_rounds_no_number_that_decides_a_score():
    line = Protocol("mine", min_depth=0.12345678, max_depth=8.0000001, cap=100.25).describe()
    assert "0.12345678 < g < 8.0000001 m" in line and "[0.12345678, 100.25] m" in line
    assert "rows 0.40810811:0.99189189" in GARG_CROP.describe()


def test_the_line_names_the_alignment_that_was_asked_for_instead():
    assert "scaled to the median of the ground truth" in PROTOCOLS["sunrgbd"].describe(alignment="median")
    own = dataclasses.replace(PROTOCOLS["sunrgbd"], alignment="median")
    assert own.describe() == PROTOCOLS["sunrgbd"].describe(alignment="median")
    with pytest.raises(ValueError, match="unknown alignment"):
        own.describe(alignment="mean")


@pytest.mark.parametrize("quantity", ["depth", "affine_depth", "inverse_depth"])
def test_the_mode_is_what_was_asked_for_else_the_protocols_own_else_what_the_quantity_needs(quantity):
    robust = Protocol("mine", alignment="robust")
    expected = {"depth": "robust_scale", "affine_depth": "robust_depth", "inverse_depth": "robust_disparity"}[quantity]
    assert robust.mode(quantity) == PROTOCOLS["sunrgbd"].mode(quantity, "robust") == expected
    assert robust.mode(quantity, "median") == "median"
    assert "robust alignment by the prediction's quantity" in robust.describe()
    assert ALIGNMENTS[expected] in robust.describe(expected)
    automatic = {"depth": "none", "affine_depth": "lsq_depth", "inverse_depth": "lsq_disparity"}[quantity]
    assert PROTOCOLS["sunrgbd"].mode(quantity) == automatic


def test_no_metrics_are_the_default_ones_and_the_word_all_means_every_one_of_the_space():
    assert Protocol("mine", metrics="all").metrics == tuple(METRICS)
    assert Protocol("mine", metrics=["rmse", "abs_rel", "rmse"]).metrics == ("rmse", "abs_rel")
    assert Protocol("mine").metrics == Protocol("mine", metrics=[]).metrics == DEFAULT_METRICS
    eight = PROTOCOLS["relative8"]
    assert dataclasses.replace(eight, metrics="all").metrics == eight.metrics == tuple(EIGHT_BIT_METRICS)


def test_numbers_of_numpy_become_plain_ones_that_a_run_can_store():
    mine = Protocol("mine", min_depth=np.float64(0.5), max_depth=np.int64(9), cap=np.float32(9.5))
    own = dataclasses.replace(mine, crop=Crop("own", np.int16(1), 4.0, 0, np.uint8(6), frame=[np.int64(4), 6]))
    stored = json.loads(json.dumps(dataclasses.asdict(own)))
    assert (stored["min_depth"], stored["max_depth"], stored["cap"]) == (0.5, 9.0, 9.5)
    assert stored["crop"] == {"name": "own", "top": 1, "bottom": 4, "left": 0, "right": 6, "frame": [4, 6]}
    assert "rows 1:4, columns 0:6) of 6x4 frames" in own.describe()


def test_a_protocol_cannot_be_changed_after_it_was_named():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PROTOCOLS["sunrgbd"].max_depth = 10.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"min_depth": 0.0}, "0 < min_depth < max_depth"),
        ({"min_depth": 9.0}, "0 < min_depth < max_depth, got 9 and 8"),
        ({"max_depth": float("inf")}, "max_depth must be a finite number, not inf"),
        ({"max_depth": float("nan")}, "max_depth must be a finite number, not nan"),
        ({"max_depth": None}, "max_depth must be a number, not None"),
        ({"min_depth": True}, "min_depth must be a number, not true or false"),
        ({"cap": "80"}, "cap must be a number, not '80'"),
        ({"cap": "8" * 10**6}, "cap must be a number, not a text"),
        ({"cap": 10**400}, "cap must be a finite number"),
        ({"cap": 1e-3}, "cap must be above min_depth, which is 0.001, got 0.001"),
        ({"space": "8-bit"}, "min_depth, max_depth and cap must be None"),
        ({"space": "8-bit", "min_depth": None, "max_depth": None, "cap": 8}, "max_depth and cap must be None"),
        ({"space": "feet"}, "space is 'feet'; choose from metres, 8-bit"),
        ({"source": "measured"}, "source is 'measured'; choose from any, raw, filled"),
        ({"source": ["raw"]}, "source is a list; choose from any, raw, filled"),
        ({"ground_truth": "two\nlines"}, "ground_truth must be one line of text"),
        ({"alignment": "mean"}, "unknown alignment 'mean'; choose from auto, none"),
        ({"alignment": {}}, "alignment must be text, not a table"),
        ({"metrics": ("abs_rel", "psnr")}, "unknown metrics 'psnr' in metres; choose from abs_rel"),
        ({"metrics": "abs_rel"}, 'metrics must be a list of names, or the word "all"'),
        ({"metrics": [3]}, "metrics must be a list of names"),
        ({"crop": "garg"}, "crop must be a Crop or None, not 'garg'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_protocol_that_makes_no_sense_is_refused_with_the_mend(wrong, message):
    with pytest.raises(ValueError, match=message) as caught:
        Protocol(**{"name": "mine", **wrong})
    assert str(caught.value).startswith("protocol 'mine': ") and len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["", " mine", "mine.", "a/b", "two\nlines", "mine\n", "x" * 61, "Küche", None, 8])
def test_a_name_that_does_not_fit_into_tables_settings_and_file_names_is_refused(name):
    with pytest.raises(ValueError, match="a protocol's name must be up to 60 letters, digits"):
        Protocol(name)
    assert Protocol("NYU v2 - cap_80.1").name == "NYU v2 - cap_80.1"


@pytest.mark.parametrize("edges", [(0.5, 0.5, 0, 1), (0, 1, 0.6, 0.4), (-0.1, 1, 0, 1), (0, 1.1, 0, 1)], ids=str)
def test_a_crop_outside_its_frame_or_empty_is_refused(edges):
    with pytest.raises(ValueError, match="top < bottom and left < right within fractions"):
        Crop("mine", *edges)
    with pytest.raises(ValueError, match="within a frame of 640x480"):
        Crop("mine", 0, 481, 0, 640, frame=(480, 640))


@pytest.mark.parametrize(
    ("edges", "frame", "message"),
    [
        ((0, "1", 0, 1), None, "crop 'mine': bottom must be a number, not '1'"),
        ((0, 1, False, 1), None, "crop 'mine': left must be a number, not true or false"),
        ((0, float("nan"), 0, 1), None, "crop 'mine': bottom must be a finite number, not nan"),
        ((0, 45.5, 0, 640), (480, 640), "crop 'mine': bottom must be a whole number of pixels, not 45.5"),
        ((0, 1, 0, 1), 480, "crop 'mine': frame must be a height and a width"),
        ((0, 1, 0, 1), (480, 640, 3), "crop 'mine': frame must be a height and a width"),
        ((0, 1, 0, 1), (480, None), "crop 'mine': frame must be a number, not None"),
        ((0, 0, 0, 1), (0, 640), "need top < bottom"),
    ],
    ids=str,
)
def test_a_crop_of_wrong_numbers_is_refused_by_the_name_of_the_edge(edges, frame, message):
    with pytest.raises(ValueError, match=message):
        Crop("mine", *edges, frame=frame)
