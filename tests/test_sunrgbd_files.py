"""SUN RGB-D's small files: camera, label, polygons and split, whole and broken."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.io import savemat

from plumb.sunrgbd import find_scenes
from plumb.sunrgbd_files import (
    find_split_file,
    read_intrinsics,
    read_label,
    read_polygons,
    read_split,
    read_tilt,
)

SAMPLES = Path(__file__).parents[1] / "samples"
SAMPLE_SPLIT = SAMPLES / "SUNRGBDtoolbox" / "traintestSUNRGBD" / "allsplit.mat"
SAMPLE_FOLDERS = sorted(path for path in (SAMPLES, *(SAMPLES / "SUNRGBD").rglob("*")) if path.is_dir())

TRIANGLE = {"x": [1, 5, 5], "y": [1, 1, 7], "object": 0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One folder for all examples of a hypothesis test."""
    return tmp_path_factory.mktemp("files")


# Camera and label


@pytest.mark.parametrize(
    "text",
    [
        "529.5 0 365 0 529.5 265 0 0 1",
        "529.5 0 365\n0 529.5 265\n0 0 1\n",
        "529.5\t0 365\r\n0 5.295e2 265 \r\n\r\n0 0 1",
    ],
)
def test_intrinsics_lie_on_one_line_or_on_three(tmp_path, text):
    (tmp_path / "intrinsics.txt").write_text(text)
    np.testing.assert_array_equal(
        read_intrinsics(tmp_path / "intrinsics.txt"), [[529.5, 0, 365], [0, 529.5, 265], [0, 0, 1]]
    )


@given(axis=st.tuples(*[st.floats(-1, 1)] * 3), angle=st.floats(-3, 3))
def test_a_rotation_of_six_digits_becomes_the_nearest_true_rotation(folder, axis, angle):
    assume(np.linalg.norm(axis) > 1e-3)
    cross = np.cross(np.eye(3), np.array(axis) / np.linalg.norm(axis))
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross  # Rodrigues
    np.savetxt(folder / "tilt.txt", np.column_stack([rotation, np.zeros(3)]), fmt="%.6f")
    found = read_tilt(folder / "tilt.txt")
    np.testing.assert_allclose(found, rotation, atol=2e-6)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(found) == pytest.approx(1)


@pytest.mark.parametrize("text", ["living_room", "living_room\n", "  living_room\r\n"])
def test_a_label_is_one_token_without_the_white_space_around_it(tmp_path, text):
    (tmp_path / "scene.txt").write_text(text)
    assert read_label(tmp_path / "scene.txt") == "living_room"


# Polygons


def read_index(tmp_path: Path, index: object) -> tuple[list[str], int]:
    """Labels of the polygons read, and how many were left out."""
    path = tmp_path / "index.json"
    path.write_bytes(index if isinstance(index, bytes) else json.dumps(index).encode())
    polygons, left_out = read_polygons(path)
    return [polygon.label for polygon in polygons], left_out


def index_of(*outlines: object, names: tuple[object, ...] = ("chair",)) -> dict:
    return {"objects": [{"name": name} for name in names], "frames": [{"polygon": list(outlines)}]}


def test_points_are_x_y_pairs_and_may_leave_the_picture(tmp_path):
    (tmp_path / "index.json").write_text(json.dumps(index_of({"x": [-3, 900.5, 7], "y": [0, 1, 9999], "object": 0})))
    ((polygon,), left_out) = read_polygons(tmp_path / "index.json")
    assert left_out == 0
    assert polygon.points.dtype == np.float64
    assert polygon.points.tolist() == [[-3, 0], [900.5, 1], [7, 9999]]


@pytest.mark.parametrize(
    "index",
    [
        {},
        {"objects": None, "frames": None},
        {"objects": [], "frames": []},
        {"objects": [{"name": "chair"}], "frames": [{}]},
        {"objects": [{"name": "chair"}], "frames": [None]},
        {"objects": [{"name": "chair"}], "frames": [{"polygon": None}]},
        {"objects": [{"name": "chair"}], "frames": [{"polygon": []}]},
    ],
)
def test_an_index_without_outlines_is_empty_and_no_error(tmp_path, index):
    assert read_index(tmp_path, index) == ([], 0)


@pytest.mark.parametrize(
    "outline",
    [
        None,
        7,
        "chair",
        [TRIANGLE],
        {},
        {"x": [1, 5, 5], "y": [1, 1, 7]},
        {"y": [1, 1, 7], "object": 0},
        {"x": 3, "y": 4, "object": 0},
        {"x": [1, 5], "y": [1, 1], "object": 0},
        {"x": [1, 5, 5], "y": [1, 1], "object": 0},
        {"x": [1, 5, None], "y": [1, 1, 7], "object": 0},
        {"x": [1, 5, "left"], "y": [1, 1, 7], "object": 0},
        {"x": [[1], [5], [5]], "y": [[1], [1], [7]], "object": 0},
        {"x": [1, 5, [5]], "y": [1, 1, 7], "object": 0},
        {"x": [1, 5, float("nan")], "y": [1, 1, 7], "object": 0},
        {"x": [1, 5, 10**400], "y": [1, 1, 7], "object": 0},
        TRIANGLE | {"object": 1},
        TRIANGLE | {"object": -1},
        TRIANGLE | {"object": None},
        TRIANGLE | {"object": "0"},
    ],
    ids=lambda outline: str(outline)[:60],
)
def test_an_outline_that_cannot_be_used_is_counted_and_the_next_one_kept(tmp_path, outline):
    assert read_index(tmp_path, index_of(outline, TRIANGLE)) == (["chair"], 1)


@pytest.mark.parametrize("entry", [None, {}, {"name": None}, {"name": 7}, {"name": ""}, {"name": " "}, "chair", []])
def test_an_outline_of_an_object_without_a_name_is_left_out(tmp_path, entry):
    index = {"objects": [entry, {"name": "table"}], "frames": [{"polygon": [TRIANGLE, TRIANGLE | {"object": 1}]}]}
    assert read_index(tmp_path, index) == (["table"], 1)


@pytest.mark.parametrize(
    "name, label",
    [
        ("chair", "chair"),
        (" office chair ", "office chair"),
        ("chair:truncated", "chair"),
        ("chair2", "chair2"),
        ("chair\\", "chair"),
        ("Büro", "Büro"),
    ],
)
def test_labels_are_kept_as_written_but_for_attributes_and_stray_backslashes(tmp_path, name, label):
    assert read_index(tmp_path, index_of(TRIANGLE, names=(name,))) == ([label], 0)


@pytest.mark.parametrize(
    "written, label",
    [
        (rb"cha\ir", "chair"),
        (rb"a\umbrella", "aumbrella"),
        (rb"a\\b \c", "ab c"),  # a true escape beside a stray one
        (rb"B\u00fcro\s", "Büros"),
        (rb"say \"hi\" \x", 'say "hi" x'),
    ],
)
def test_stray_backslashes_do_not_break_the_file_and_true_escapes_stay(tmp_path, written, label):
    data = json.dumps(index_of(TRIANGLE, names=("NAME",))).encode().replace(b"NAME", written)
    with pytest.raises(json.JSONDecodeError):
        json.loads(data)
    assert read_index(tmp_path, data) == ([label], 0)


def test_bytes_that_are_not_utf8_are_read_as_latin_1(tmp_path):
    data = json.dumps(index_of(TRIANGLE, names=("NAME",))).encode().replace(b"NAME", b"B\xfcro")
    assert read_index(tmp_path, data) == (["Büro"], 0)


def test_half_a_surrogate_pair_does_not_get_into_a_label(tmp_path):
    labels, left_out = read_index(tmp_path, index_of(TRIANGLE, names=("cha\ud83dir",)))
    assert (labels, left_out) == (["chair"], 0)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)
outlines = st.fixed_dictionaries(
    {},
    optional={
        "x": st.lists(st.integers(-9, 9999), min_size=3, max_size=3) | json_values,
        "y": st.lists(st.integers(-9, 9999), min_size=3, max_size=3) | json_values,
        "object": st.integers(-1, 3) | json_values,
    },
)
indices = st.fixed_dictionaries(
    {},
    optional={
        "objects": st.lists(st.fixed_dictionaries({"name": st.text(max_size=5)}) | json_values, max_size=4)
        | json_values,
        "frames": st.lists(
            st.fixed_dictionaries({"polygon": st.lists(outlines | json_values, max_size=4) | json_values})
            | json_values,
            max_size=2,
        )
        | json_values,
    },
)


@given(index=indices | json_values)
def test_any_json_is_polygons_fit_for_a_database_or_a_value_error(folder, index):
    path = folder / "any.json"
    path.write_text(json.dumps(index))
    try:
        polygons, left_out = read_polygons(path)
    except ValueError as error:
        assert "not an annotation index" in str(error)
        return
    assert left_out >= 0
    for polygon in polygons:
        assert polygon.label and polygon.label.encode()
        assert polygon.points.shape[1:] == (2,) and len(polygon.points) >= 3
        assert np.isfinite(polygon.points).all()


@given(data=st.binary(max_size=60))
def test_any_bytes_are_polygons_or_a_value_error(folder, data):
    (folder / "bytes.json").write_bytes(data)
    try:
        assert read_polygons(folder / "bytes.json") == ((), 0)
    except ValueError as error:
        assert "not JSON" in str(error) or "not an annotation index" in str(error)


# Split


def write_split(path: Path, train: list[str], test: list[str]) -> Path:
    """Write MATLAB cells of paths, as the official file has them."""

    def cells(paths: list[str]) -> np.ndarray:
        array = np.empty((1, len(paths)), object)
        array[0] = paths
        return array

    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"alltrain": cells(train), "alltest": cells(test)})
    return path


def test_the_samples_split_names_every_sample_scene():
    split = read_split(SAMPLE_SPLIT)
    assert set(split) == {scene.scene_id for scene in find_scenes(SAMPLES)}
    assert set(split.values()) == {"train", "test"}


@pytest.mark.parametrize(
    "written",
    [
        "/n/fs/sun3d/data/SUNRGBD/kv2/kinect2data/a",
        "/n/fs/sun3d/data/SUNRGBD/kv2/kinect2data/a/",
        "/n/fs/sun3d/data/SUNRGBD//kv2/kinect2data//a//",
        "SUNRGBD/kv2/kinect2data/a",
        r"C:\data\SUNRGBD\kv2\kinect2data\a",
        "/SUNRGBD/old/SUNRGBD/kv2/kinect2data/a",
    ],
)
def test_the_key_is_the_path_below_sunrgbd_with_single_slashes(tmp_path, written):
    path = write_split(tmp_path / "allsplit.mat", [written], ["/x/SUNRGBD/kv1/NYUdata/NYU0001"])
    assert read_split(path) == {"kv2/kinect2data/a": "train", "kv1/NYUdata/NYU0001": "test"}


def test_the_official_number_of_frames_is_read(tmp_path):
    train = [f"/n/fs/sun3d/data/SUNRGBD/kv1/NYUdata/NYU{i:04}/" for i in range(5285)]
    test = [f"/n/fs/sun3d/data/SUNRGBD/kv2/kinect2data/{i:06}" for i in range(5050)]
    split = read_split(write_split(tmp_path / "allsplit.mat", train, test))
    assert len(split) == 10335 and sum(name == "train" for name in split.values()) == 5285


@pytest.mark.parametrize("root", SAMPLE_FOLDERS, ids=lambda path: str(path.relative_to(SAMPLES)))
def test_the_split_file_is_found_from_any_root_of_the_tree(root):
    assert find_split_file(root) == SAMPLE_SPLIT


@pytest.mark.parametrize("place", ["SUNRGBDtoolbox/traintestSUNRGBD", "traintestSUNRGBD", "."])
def test_the_split_file_may_lie_beside_the_tree_in_fewer_folders(tmp_path, place):
    path = write_split(tmp_path / place / "allsplit.mat", ["/x/SUNRGBD/a/b"], ["/x/SUNRGBD/c/d"])
    (tmp_path / "SUNRGBD" / "kv1").mkdir(parents=True)
    for root in (tmp_path, tmp_path / "SUNRGBD", tmp_path / "SUNRGBD" / "kv1"):
        assert find_split_file(root) == path


def test_a_split_file_above_the_folder_that_holds_sunrgbd_belongs_to_something_else(tmp_path):
    write_split(tmp_path / "allsplit.mat", ["/x/SUNRGBD/a/b"], ["/x/SUNRGBD/c/d"])
    (tmp_path / "data" / "SUNRGBD" / "kv1").mkdir(parents=True)
    assert find_split_file(tmp_path / "data" / "SUNRGBD" / "kv1") is None


@pytest.mark.parametrize("content", [b"", b"not a MATLAB file", b"\0" * 500])
def test_a_file_that_is_no_matlab_file_is_an_error_that_names_it_and_the_mend(tmp_path, content):
    (tmp_path / "allsplit.mat").write_bytes(content)
    with pytest.raises(ValueError, match=r"allsplit.mat: not the official split file.*SUNRGBDtoolbox.zip"):
        read_split(tmp_path / "allsplit.mat")


def test_another_matlab_file_is_refused(tmp_path):
    savemat(tmp_path / "other.mat", {"K": np.eye(3)})
    with pytest.raises(ValueError, match="other.mat: not the official split file"):
        read_split(tmp_path / "other.mat")


def test_a_split_file_without_any_path_below_sunrgbd_is_refused(tmp_path):
    path = write_split(tmp_path / "allsplit.mat", ["/data/kv1/a"], ["/data/kv1/b"])
    with pytest.raises(ValueError, match="not the official split file.*SUNRGBD/"):
        read_split(path)


@given(data=st.data())
def test_a_split_file_that_is_cut_off_is_an_error_and_never_half_a_split(folder, data):
    whole = SAMPLE_SPLIT.read_bytes()
    path = folder / "cut.mat"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ValueError, match="cut.mat: not the official split file"):
        read_split(path)
