"""The named protocols and the rules that a protocol must keep."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.alignment import ALIGNMENTS
from plumb.metrics import DEFAULT_METRICS, EIGHT_BIT_METRICS, METRICS
from plumb.protocols import GARG_CROP, NYU_CROP, PROTOCOLS, SOURCES, Crop, Protocol
from tests.own_protocols import protocols


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


# -- tables ------------------------------------------------------------------------------------------------------


@given(protocols())
def test_every_protocol_comes_back_from_its_table_and_from_what_a_run_stores_of_it(protocol):
    assert Protocol.from_dict(protocol.to_dict()) == protocol
    assert json.loads(json.dumps(protocol.to_dict())) == protocol.to_dict(), "of plain types alone"
    assert Protocol.from_dict(dataclasses.asdict(protocol)) == protocol
    assert Protocol.from_dict(json.loads(json.dumps(dataclasses.asdict(protocol)))) == protocol


@given(protocols())
def test_every_protocols_line_is_one_line_that_tells_its_limits_crop_and_alignment_apart(protocol):
    line = protocol.describe()
    assert line.startswith(f"{protocol.name}: ") and line.isprintable()
    assert SOURCES[protocol.source] in line
    if protocol.space == "metres":
        assert [float(number) for number in line.split("clipped to [")[1].split("]")[0].split(", ")] == [
            *protocol.clip_range
        ]


def test_a_table_of_a_name_alone_is_the_default_protocol():
    assert Protocol.from_dict({"name": "mine"}) == Protocol("mine")


def test_a_base_gives_the_rules_that_the_table_leaves_out_but_not_its_name():
    found = Protocol.from_dict({"name": "mine", "base": "nyuv2", "cap": 80, "metrics": ["abs_rel"]})
    assert found == dataclasses.replace(PROTOCOLS["nyuv2"], name="mine", cap=80.0, metrics=("abs_rel",))
    with pytest.raises(ValueError, match="name is missing"):
        Protocol.from_dict({"base": "nyuv2"})
    with pytest.raises(ValueError, match="base is 'nyu'; choose from sunrgbd, nyuv2, kitti, relative8"):
        Protocol.from_dict({"name": "mine", "base": "nyu"})


def test_a_table_names_a_crop_or_gives_its_edges_or_takes_the_bases_away():
    edges = {"name": "own", "top": 0.1, "bottom": 0.9, "left": 0, "right": 1}
    for given_crop, expected in [("nyu", NYU_CROP), ("garg", GARG_CROP), ("none", None), (edges, Crop(**edges))]:
        assert Protocol.from_dict({"name": "mine", "base": "kitti", "crop": given_crop}).crop == expected
    assert Protocol.from_dict({"name": "mine", "base": "kitti"}).crop == GARG_CROP


def test_the_8_bit_space_needs_no_limits_in_a_table_and_takes_none_from_a_base():
    eight = Protocol.from_dict({"name": "mine", "space": "8-bit"})
    assert eight == dataclasses.replace(PROTOCOLS["relative8"], name="mine")
    cropped = Protocol.from_dict({"name": "mine", "base": "nyuv2", "space": "8-bit"})
    assert (cropped.crop, cropped.min_depth, cropped.metrics) == (NYU_CROP, None, tuple(EIGHT_BIT_METRICS))
    metres = Protocol.from_dict({"name": "mine", "base": "relative8", "space": "metres"})
    assert (metres.min_depth, metres.max_depth, metres.metrics) == (1e-3, 8.0, DEFAULT_METRICS)


_NO_NUMBER = ["5", True, [], {}, float("nan"), float("inf"), -float("inf"), 10**400, -(10**400), -1.0]
_NO_TEXT = [5, 0.5, True, None, ["raw"], {"raw": 1}, "", "two\nlines", "\ud800"]
_WRONG = {
    "name": _NO_TEXT,
    "base": _NO_TEXT,
    "ground_truth": _NO_TEXT,
    "source": [*_NO_TEXT, "Raw"],
    "space": [*_NO_TEXT, "meters"],
    "alignment": [*_NO_TEXT, "Auto"],
    "min_depth": [*_NO_NUMBER, 0, 1e9],
    "max_depth": [*_NO_NUMBER, 0],
    "cap": [*_NO_NUMBER, 0],
    "metrics": [5, True, None, {}, "every", [5], [["rmse"]], ["RMSE"], [None], {"rmse": 1}],
    "crop": [5, True, [], {}, "eigen", {"name": "own"}, "none, garg"],
}


@given(protocols(), st.data())
def test_every_wrong_value_is_refused_by_the_name_of_its_key(protocol, data):
    key = data.draw(st.sampled_from(sorted(_WRONG)))
    wrong = data.draw(st.sampled_from(_WRONG[key]))
    with pytest.raises(ValueError, match=key):
        Protocol.from_dict({**protocol.to_dict(), key: wrong})


@pytest.mark.parametrize("key", ["top", "bottom", "left", "right", "frame", "name"])
def test_every_wrong_or_missing_value_of_a_crop_is_refused_by_the_name_of_its_key(key):
    table = {"name": "own", "top": 1, "bottom": 4, "left": 0, "right": 6, "frame": [4, 6]}
    for wrong in [*_NO_NUMBER, ["5", 6]] if key != "name" else _NO_TEXT:
        with pytest.raises(ValueError, match=f"crop.*{key}"):
            Protocol.from_dict({"name": "mine", "crop": {**table, key: wrong}})
    if key != "frame":
        del table[key]
        with pytest.raises(ValueError, match=f"crop: {key} is missing; a crop has name, top"):
            Protocol.from_dict({"name": "mine", "crop": table})


def test_an_unknown_key_is_named_beside_the_known_ones():
    with pytest.raises(ValueError, match="unknown key 'max_dept'; a protocol has base, name, .*max_depth, cap"):
        Protocol.from_dict({"name": "mine", "max_dept": 5})
    edges = {"name": "own", "top": 0, "bottom": 1, "left": 0, "right": 1}
    with pytest.raises(
        ValueError, match="crop: unknown key 'width'; a crop has name, top, bottom, left, right, frame$"
    ):
        Protocol.from_dict({"name": "mine", "crop": {**edges, "width": 3}})
    # In TOML, whatever stands below the line [crop] belongs to the crop.
    with pytest.raises(ValueError, match=r"crop: unknown key 'cap'.*; cap belongs to the protocol, above \[crop\]"):
        Protocol.from_dict({"name": "mine", "crop": {**edges, "cap": 3}})


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["raw", "nyu"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*sorted(_WRONG), "", "colour"]), _ANYTHING))
def test_whatever_a_table_holds_it_is_a_protocol_or_a_value_error(table):
    try:
        found = Protocol.from_dict({"name": "mine", **table})
    except ValueError:
        return
    assert Protocol.from_dict(found.to_dict()) == found
