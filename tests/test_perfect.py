"""What a perfect prediction scores: badly by the well-known tutorial's code, perfectly by ours; the README's table."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from benchmarks import perfect, tutorial
from plumb.metrics import eight_bit
from plumb.sunrgbd import find_scenes, read_depth
from tools.sandbox import ROOT

NUMBER = r"\d+(?:\.\d+)?"


@pytest.fixture(scope="module")
def scenes(samples):
    return perfect.score_scenes(samples)


def mean(scenes, name, truth):
    found = [scores["tutorial"][name, truth] for scores in scenes.values()]
    return {metric: np.mean([scores[metric] for scores in found]) for metric in ("rmse", "psnr", "ssim")}


# --- the tutorial's code ---


@pytest.mark.parametrize(
    ("name", "truth", "rmse", "psnr", "ssim"),
    [
        ("DPT", "its own", 141.2, 5.36, 0.010),
        ("DPT", "right", 42.1, 16.86, 0.895),
        ("Marigold", "its own", 88.1, 9.43, 0.209),
        ("Marigold", "right", 108.5, 7.61, 0.443),
    ],
)
def test_the_tutorials_code_finds_a_perfect_prediction_bad(scenes, name, truth, rmse, psnr, ssim):
    found = mean(scenes, name, truth)
    assert found["rmse"] == pytest.approx(rmse, abs=0.1)
    assert found["psnr"] == pytest.approx(psnr, abs=0.01)
    assert found["ssim"] == pytest.approx(ssim, abs=1e-3)


def test_on_a_real_scene_the_tutorials_code_gives_the_numbers_that_are_known_of_it(shared):
    (scores,) = perfect.score_scenes(shared / "data" / "SUNRGBD" / "kv2" / "align_kv2").values()
    assert scores["tutorial"]["DPT", "right"] == pytest.approx({"rmse": 29.4, "psnr": 18.8, "ssim": 0.948}, rel=2e-3)
    assert scores["tutorial"]["Marigold", "right"] == pytest.approx(
        {"rmse": 112.9, "psnr": 7.1, "ssim": 0.36}, rel=5e-3
    )


def test_its_ground_truth_overflows_into_noise_that_knows_nothing_of_depth(samples):
    for scene in find_scenes(samples):
        (path,) = (scene.path / "depth_bfx").glob("*.png")
        found = tutorial.read_ground_truth(path)
        assert found.max() <= 2
        if found.any():  # where depth reaches beyond 8.191 m, everything is 0
            assert abs(np.corrcoef(found.ravel(), read_depth(path).ravel())[0, 1]) < 0.2


def test_without_the_overflow_its_ground_truth_is_right_up_to_8_metres_and_wrong_beyond(samples):
    for scene in find_scenes(samples):
        (path,) = (scene.path / "depth_bfx").glob("*.png")
        depth = read_depth(path)
        found = tutorial.read_ground_truth(path, wraps=False)
        assert np.array_equal(found, eight_bit(depth * 0.001)) == (depth.max() < 8192)


def test_its_ground_truth_is_the_stored_number_times_255_over_the_maximum_in_16_bits(tmp_path):
    stored = np.array([[100, 200], [300, 20000]], np.uint16)
    Image.fromarray(stored).save(tmp_path / "depth.png")
    assert tutorial.read_ground_truth(tmp_path / "depth.png", wraps=False).tolist() == [[1, 2], [3, 255]]
    # 300 x 255 = 76500 = 65536 + 10964, and 20000 x 255 = 5100000 = 77 x 65536 + 53728
    assert tutorial.read_ground_truth(tmp_path / "depth.png").tolist() == [[1, 2], [0, 2]]


def test_its_dpt_map_negates_inverse_depth_and_wraps_where_resizing_overshoots():
    inverse = np.array([[1.0, 0.5], [0.25, 0.125]])
    assert tutorial.dpt_map(inverse, (2, 2)).tolist() == [[0, 127], [191, 223]]
    step = np.repeat([[0.0, 0.0, 1.0, 1.0]], 4, axis=0)
    enlarged = tutorial.dpt_map(step, (16, 16))
    assert (enlarged[:, 0] == 255).all()
    assert (enlarged[:, 4:7] < 30).any(), "far pixels beside the edge overshoot, and become the nearest of all"


def test_its_marigold_map_is_the_inverted_red_of_the_spectral_colours_which_tells_near_from_far_nowhere():
    found = tutorial.marigold_map(np.linspace(0, 1, 256)[None])[0]
    assert (found[0], found[-1]) == (255 - 158, 255 - 94)  # Spectral runs from (158, 1, 66) to (94, 79, 162)
    assert found.min() < 10 and 0 < found.argmin() < 255, "brightest red lies between near and far"


# --- ours ---


def test_relative8_finds_the_same_maps_identical_to_the_truth_to_within_rounding_at_a_level(scenes):
    for scores in scenes.values():
        for kept, allowed in (("memory", 0.05), ("stored", 0.15)):
            for name in ("DPT", "Marigold"):
                found = scores[kept][name, "relative8"]
                assert found["rmse"] <= allowed
                assert found["ssim"] >= 0.9999
                assert found["psnr"] is None if found["rmse"] == 0 else found["psnr"] > 60


def test_sunrgbd_finds_the_same_maps_perfect_stored_or_not(scenes):
    for scores in scenes.values():
        for kept, allowed in (("memory", 1e-12), ("stored", 2e-5)):
            for name in ("DPT", "Marigold"):
                found = scores[kept][name, "sunrgbd"]
                assert found["abs_rel"] <= allowed
                assert found["delta1"] == 1


def test_a_scene_whose_filled_depth_has_holes_is_refused(tmp_path):
    Image.fromarray(np.array([[8000, 0], [8000, 8000]], np.uint16)).save(tmp_path / "depth.png")
    with pytest.raises(ValueError, match=r"depth\.png: the filled depth has holes"):
        perfect.score_scene(tmp_path / "depth.png")


# --- the README's table ---


def test_the_table_in_the_readme_is_the_one_that_the_benchmark_prints(scenes):
    marked = re.search(r"<!-- perfect -->\n(.*?)\n<!-- /perfect -->", (ROOT / "README.md").read_text(), re.DOTALL)
    assert marked, "README.md has no table between <!-- perfect --> and <!-- /perfect -->"
    found, printed = marked.group(1).strip(), perfect.table(scenes.values())
    assert re.sub(NUMBER, "N", found) == re.sub(NUMBER, "N", printed)
    for ours, theirs in zip(re.findall(NUMBER, found), re.findall(NUMBER, printed), strict=True):
        last_digit = 10.0 ** -len(theirs.partition(".")[2])
        assert float(ours) == pytest.approx(float(theirs), abs=1.01 * last_digit)
