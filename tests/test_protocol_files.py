"""A user's own protocol: as a TOML file, as a table, as an object, or one of the named ones."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plumb.protocol_files import load_protocol
from plumb.protocols import NYU_CROP, PROTOCOLS, Crop, Protocol
from tests.own_protocols import protocols

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


# -- what is accepted --------------------------------------------------------------------------------------------


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


# -- what is refused ---------------------------------------------------------------------------------------------


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
