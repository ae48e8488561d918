"""A user's own protocol: as a plain table, as a TOML file, as an object, or one of the named ones."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plumb.alignment import ALIGNMENTS
from plumb.metrics import DEFAULT_METRICS, EIGHT_BIT_METRICS, METRICS
from plumb.protocol_files import load_protocol
from plumb.protocols import GARG_CROP, NYU_CROP, PROTOCOLS, SOURCES, Crop, Protocol

# -- every valid protocol ----------------------------------------------------------------------------------------

_NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9 ._-]{0,58}[A-Za-z0-9])?", fullmatch=True)
_LINES = st.text(max_size=30).filter(lambda words: words.isprintable() and words.strip())


@st.composite
def crops(draw: st.DrawFn) -> Crop:
    """Crops in pixels of a frame, and as fractions of any."""
    frame = draw(st.none() | st.tuples(st.integers(1, 9999), st.integers(1, 9999)))
    edges = []
    for side in frame or (1.0, 1.0):
        numbers = st.integers(0, side) if frame else st.floats(0, side)
        edges += sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
    return Crop(draw(_LINES), *edges, frame=frame)


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    """Protocols of both spaces."""
    space, table = draw(st.sampled_from([("metres", METRICS), ("8-bit", EIGHT_BIT_METRICS)]))
    low = high = cap = None
    if space == "metres":
        depths = st.floats(1e-6, 1e6, exclude_max=True)
        low, high = sorted(draw(st.lists(depths, min_size=2, max_size=2, unique=True)))
        cap = draw(st.none() | st.floats(low, 1e6, exclude_min=True))
    return Protocol(
        draw(_NAMES),
        ground_truth=draw(_LINES),
        source=draw(st.sampled_from(sorted(SOURCES))),
        space=space,
        min_depth=low,
        max_depth=high,
        cap=cap,
        crop=draw(st.none() | crops()),
        alignment=draw(st.sampled_from(["auto", "robust", *ALIGNMENTS])),
        metrics=draw(st.lists(st.sampled_from(list(table)), unique=True).map(tuple) | st.just("all")),
    )


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


# -- files that are accepted -------------------------------------------------------------------------------------

_ONE_FILE_FOR_ALL_EXAMPLES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def toml(table: dict) -> str:
    """A table as TOML text; its strings are JSON's, its inline tables differ by their equals signs."""

    def value(of: object) -> str:
        if isinstance(of, dict):
            return "{" + ", ".join(f"{key} = {value(inner)}" for key, inner in of.items()) + "}"
        if isinstance(of, list):
            return f"[{', '.join(map(value, of))}]"
        return json.dumps(of, ensure_ascii=False)

    return "".join(f"{key} = {value(of)}\n" for key, of in table.items())


def written(folder: Path, text: str | bytes, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@_ONE_FILE_FOR_ALL_EXAMPLES
@given(protocol=protocols().filter(lambda own: own.name.lower() not in PROTOCOLS))
def test_every_protocol_comes_back_from_the_toml_text_of_its_table(tmp_path, protocol):
    assert load_protocol(written(tmp_path, toml(protocol.to_dict()))) == protocol


def test_a_file_gives_what_differs_from_its_base(tmp_path):
    path = written(
        tmp_path,
        """
        name = "nyuv2-cap80"
        base = "nyuv2"
        ground_truth = "labelled depth"
        source = "filled"
        cap = 80                      # predictions may leave the valid range
        alignment = "median"
        metrics = ["abs_rel", "rmse", "delta1"]
        """,
    )
    expected = dataclasses.replace(
        PROTOCOLS["nyuv2"],
        name="nyuv2-cap80",
        ground_truth="labelled depth",
        source="filled",
        cap=80.0,
        alignment="median",
        metrics=("abs_rel", "rmse", "delta1"),
    )
    assert load_protocol(path) == load_protocol(str(path)) == expected
    assert load_protocol(path).crop == NYU_CROP
    assert load_protocol(path).describe() == (
        "nyuv2-cap80: ground truth labelled depth (filled maps only), 0.001 < g < 10 m, NYU crop (rows 45:471, columns "
        "41:601) of 640x480 frames, none on others, predictions clipped to [0.001, 80] m, scaled to the median of the "
        "ground truth, mean over images"
    )


def test_a_file_without_a_name_is_named_by_its_stem(tmp_path):
    assert load_protocol(written(tmp_path, "max_depth = 5", "near only.toml")) == Protocol("near only", max_depth=5.0)
    assert load_protocol(written(tmp_path, 'name = "own"\nmax_depth = 5', "near.TOML")).name == "own"
    with pytest.raises(ValueError, match=r"a\+b.toml: a protocol's name must be .* not 'a\+b'"):
        load_protocol(written(tmp_path, "max_depth = 5", "a+b.toml"))


def test_a_crop_is_a_table_below_all_else(tmp_path):
    text = 'max_depth = 80\n[crop]\nname = "Eigen"\ntop = 0.33\nbottom = 0.91\nleft = 0.03\nright = 0.96\n'
    assert load_protocol(written(tmp_path, text)).crop == Crop("Eigen", 0.33, 0.91, 0.03, 0.96)


def test_a_file_in_the_home_folder_and_one_that_windows_wrote_are_read(tmp_path, monkeypatch):
    written(tmp_path, b'\xef\xbb\xbfname = "own"\r\nmax_depth = 5\r\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_protocol("~/mine.toml") == Protocol("own", max_depth=5.0)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_named_protocol_is_found_by_its_name_its_table_and_itself(name):
    assert load_protocol(name) is PROTOCOLS[name]
    assert load_protocol(PROTOCOLS[name].to_dict()) == load_protocol(PROTOCOLS[name]) == PROTOCOLS[name]


# -- files that are refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sunrgbd", "SUNRGBD"])
def test_no_other_rules_may_stand_under_the_name_of_a_named_protocol(tmp_path, name):
    theirs = dataclasses.replace(PROTOCOLS["sunrgbd"], name=name, max_depth=10.0)
    table = {"name": name, "base": "sunrgbd", "max_depth": 10}
    for what in (theirs, table, written(tmp_path, "max_depth = 10", f"{name}.toml")):
        with pytest.raises(ValueError, match=f"the name '{name}' belongs to a protocol of other rules .sunrgbd: "):
            load_protocol(what)
    assert load_protocol({**table, "name": "sunrgbd-10"}).max_depth == 10.0


@pytest.mark.parametrize("what", ["best", "NYUV2", "mine.json", "", Path("mine"), None, 8, ["sunrgbd"]], ids=repr)
def test_what_names_no_protocol_is_refused_with_the_names_that_do(what):
    expected = re.escape(f"unknown protocol {what!r}; use one of sunrgbd, nyuv2, kitti, relative8, or the path of a")
    with pytest.raises(ValueError, match=expected):
        load_protocol(what)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'own'\nmax_depth 5\n", r"not valid TOML: .*line 2, column 11"),
        ("cap = 5\ncap = 6\n", r"not valid TOML: .*line 2"),
        ("cap = " + "9" * 5000, "not valid TOML"),
        ("cap = " + "[" * 100_000, "not valid TOML"),
        (b"name = 'K\xfcche'", "not UTF-8 text .*; save it as UTF-8"),
        ("max_dept = 5", "unknown key 'max_dept'; a protocol has base, name"),
        ("[protocol]\nmax_depth = 5", "unknown key 'protocol'"),
        ("cap = '5'", "protocol 'mine': cap must be a number, not '5'"),
        ("cap = 2026-01-01", "protocol 'mine': cap must be a number, not date"),
        ("max_depth = nan", "protocol 'mine': max_depth must be a finite number, not nan"),
        (f"max_depth = 0x{'f' * 5000}", "protocol 'mine': max_depth must be a finite number, not inf"),
        (f"name = 0x{'f' * 5000}", "a protocol's name must be .* not a number"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_wrong_file_is_refused_by_its_path_and_by_the_line_where_toml_itself_is_broken(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: {message}"):
        load_protocol(path)


def test_a_file_that_cannot_be_read_is_refused_by_its_path(tmp_path):
    with pytest.raises(ValueError, match=r"none.toml: there is no such file; give the path"):
        load_protocol(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ValueError, match=r"folder.toml: cannot be read: "):
        load_protocol(tmp_path / "folder.toml")
    with pytest.raises(ValueError, match=r"cannot be read: embedded null"):
        load_protocol("a\0b.toml")


@_ONE_FILE_FOR_ALL_EXAMPLES
@given(text=st.binary(max_size=60) | protocols().map(lambda own: toml(own.to_dict()).encode()), data=st.data())
def test_whatever_bytes_a_file_holds_it_is_a_protocol_or_a_value_error_that_names_it(tmp_path, text, data):
    cut = data.draw(st.integers(0, len(text)))
    path = written(tmp_path, text[:cut])
    try:
        assert isinstance(load_protocol(path), Protocol)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")
