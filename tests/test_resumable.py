"""Scoring that is stopped anywhere goes on where it was, whatever its journal holds: real files, no database."""

from __future__ import annotations

import gc
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumb import resumable
from plumb.camera import Camera
from plumb.depthmap import DepthMap, encode, encode_millimetres, write_codes
from plumb.evaluation import Comparison
from plumb.jobs import finish
from plumb.journal import Journal
from plumb.parallel import core_count
from plumb.protocols import PROTOCOLS, Protocol
from plumb.resumable import score_all
from plumb.scores import Scores
from tests.map_datasets import guess, store, truth

SUNRGBD = PROTOCOLS["sunrgbd"]
IMAGES = 10
FIELDS = ("dpt", "metric")
POINTS = Protocol("points", metrics=("abs_rel", "point_error", "normal_error"))


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "evaluations" / "one.jsonl")


@pytest.fixture
def comparisons(tmp_path):
    """Ten images, each with a relative and a metric prediction."""
    return [
        Comparison(
            f"id{number}",
            store(tmp_path, encode_millimetres(truth(number))),
            (
                store(tmp_path, encode(DepthMap(guess(number), "inverse_depth"))),
                store(tmp_path, encode_millimetres(np.maximum(truth(number), 400))),
            ),
        )
        for number in range(IMAGES)
    ]


@pytest.fixture
def expected(comparisons, tmp_path):
    """What an evaluation finds that was not stopped."""
    return found_by(comparisons, Journal(tmp_path / "other.jsonl"))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """So that ten images are many batches."""
    monkeypatch.setattr(resumable, "_BATCH", 3)


def job(comparisons, journal, rules=SUNRGBD, alignment="auto"):
    return score_all(comparisons, FIELDS[: len(comparisons[0].predictions)], rules, alignment, journal)


def found_by(comparisons, journal, rules=SUNRGBD):
    return as_plain(finish(job(comparisons, journal, rules)))


def as_plain(found):
    """Columns as values that can be compared, NaN with NaN."""
    return {field: {name: repr(_plain(value)) for name, value in vars(c).items()} for field, c in found.items()}


def _plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    return {name: _plain(item) for name, item in sorted(value.items())} if isinstance(value, dict) else value


def stop_after(batches, comparisons, journal, rules=SUNRGBD):
    """Run until so many batches are scored; give how many images they held."""
    with closing(job(comparisons, journal, rules)) as running:
        for _ in range(1 + batches):
            step = next(running)
    return step.done


def held_scores():
    return sum(type(thing) is Scores for thing in gc.get_objects())


def spoil(maps):
    """What is read again after this cannot be scored."""
    for map_ in maps:
        Path(map_.path).write_bytes(b"spoilt")


# --- stopped and resumed ---


@pytest.mark.parametrize("batches", range(5))
def test_a_run_that_is_stopped_anywhere_goes_on_where_it_was_and_reads_no_map_twice(
    comparisons, journal, expected, batches
):
    done = stop_after(batches, comparisons, journal)
    assert done == min(3 * batches, IMAGES)
    spoil(map_ for comparison in comparisons[:done] for map_ in (comparison.ground_truth, *comparison.predictions))
    running = job(comparisons, journal)
    first = next(running)
    assert first.done == done and ("known from a stopped run" in first.label) == (done > 0)
    # Had one of the spoilt maps been read, its image would have no score.
    assert found_by(comparisons, journal) == expected


@given(stops=st.lists(st.integers(0, 3), max_size=6))
@settings(max_examples=10)
def test_however_often_a_run_is_stopped_the_scores_are_the_same(tmp_path_factory, stops):
    folder = tmp_path_factory.mktemp("maps")
    comparisons = [
        Comparison(
            f"id{number}",
            store(folder, encode_millimetres(truth(number))),
            (store(folder, encode(DepthMap(guess(number), "inverse_depth"))),),
        )
        for number in range(IMAGES)
    ]
    expected = found_by(comparisons, Journal(folder / "whole.jsonl"))
    journal, done = Journal(folder / "stopped.jsonl"), 0
    for batches in stops:
        if done + 3 * batches > IMAGES:
            break
        done = stop_after(batches, comparisons, journal)
    assert found_by(comparisons, journal) == expected
    assert len(list(journal.entries())) == IMAGES  # nothing was computed twice


def test_the_entries_of_one_image_twice_count_once(comparisons, journal, expected):
    finish(job(comparisons, journal))
    journal.append(list(journal.entries()))
    assert found_by(comparisons, journal) == expected
    assert next(job(comparisons, journal)).done == IMAGES


def test_a_part_of_the_images_may_be_asked_for_and_in_another_order(tmp_path, comparisons, journal):
    whole = finish(job(comparisons, Journal(tmp_path / "other.jsonl")))["dpt"]
    stop_after(2, comparisons, journal)
    part = [comparisons[number] for number in (7, 4, 1)]
    spoil([comparisons[number].ground_truth for number in (4, 1)])
    found = finish(job(part, journal))["dpt"]
    np.testing.assert_array_equal(found.metrics["abs_rel"], whole.metrics["abs_rel"][[7, 4, 1]])


def test_images_that_are_no_longer_asked_for_are_passed_over(comparisons, journal):
    finish(job(comparisons, journal))
    assert next(job(comparisons[:4], journal)).done == 4


def _anew(folder):
    return store(folder, encode_millimetres(truth(3) + 500))


def _with_first(comparison, map_):
    return replace(comparison, predictions=(map_, *comparison.predictions[1:]))


CHANGES = {
    "predicted anew": lambda c, folder: _with_first(c, _anew(folder)),
    "another ground truth": lambda c, folder: replace(c, ground_truth=_anew(folder)),
    "another scale": lambda c, folder: _with_first(c, replace(c.predictions[0], scale=0.001)),
    "another quantity": lambda c, folder: _with_first(c, replace(c.predictions[0], quantity="affine_depth")),
    "no prediction any more": lambda c, folder: _with_first(c, "no prediction in dpt"),
    "a ground truth that is refused": lambda c, folder: replace(c, ground_truth="gt_depth is filled, not raw"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_image_whose_maps_are_no_longer_those_of_the_journal_is_scored_again(tmp_path, comparisons, journal, change):
    finish(job(comparisons, journal))
    comparisons[3] = change(comparisons[3], tmp_path)
    assert next(job(comparisons, journal)).done == IMAGES - 1
    assert found_by(comparisons, journal) == found_by(comparisons, Journal(tmp_path / "fresh.jsonl"))


def test_a_camera_that_has_become_known_or_changed_is_used(tmp_path, comparisons, journal):
    comparisons = [replace(comparison, predictions=comparison.predictions[1:]) for comparison in comparisons]
    unknown = finish(job(comparisons, journal, POINTS))["dpt"]
    assert np.isnan(unknown.metrics["point_error"]).all()
    known = [replace(comparison, camera=Camera(20.0, 20.0, 10.0, 8.0)) for comparison in comparisons]
    found = finish(job(known, journal, POINTS))["dpt"]
    assert (found.metrics["point_error"] >= 0).all() and not unknown.reasons
    wider = [replace(comparison, camera=Camera(10.0, 10.0, 10.0, 8.0)) for comparison in comparisons]
    assert next(job(wider, journal, POINTS)).done == 0
    assert next(job(known, journal, POINTS)).done == IMAGES


@pytest.mark.parametrize("place", ["prediction", "ground truth"])
def test_a_file_that_could_not_be_read_is_tried_again_for_it_may_have_been_mended(
    comparisons, journal, expected, place
):
    broken = comparisons[1].predictions[0] if place == "prediction" else comparisons[1].ground_truth
    whole = Path(broken.path).read_bytes()
    spoil([broken])
    assert list(finish(job(comparisons, journal))["dpt"].reasons) == [1]
    Path(broken.path).write_bytes(whole)
    assert found_by(comparisons, journal) == expected


def test_an_image_without_a_prediction_of_one_field_is_known_for_the_others(comparisons, journal):
    comparisons[2] = replace(comparisons[2], predictions=("no prediction in dpt", comparisons[2].predictions[1]))
    found = finish(job(comparisons, journal))
    assert found["dpt"].reasons == {2: "no prediction in dpt"} and found["metric"].reasons == {}
    spoil(comparison.ground_truth for comparison in comparisons)
    assert found_by(comparisons, journal) == as_plain(found)


def _folder_is_a_file(path):
    path.parent.write_text("")


def _journal_is_a_folder(path):
    path.mkdir(parents=True)


def _parents_are_a_file(path):
    path.parent.parent.rmdir()
    path.parent.parent.write_text("")


@pytest.mark.parametrize("block", [_folder_is_a_file, _journal_is_a_folder, _parents_are_a_file])
def test_where_no_journal_can_be_written_nothing_is_kept_and_the_work_goes_on(tmp_path, comparisons, expected, block):
    (tmp_path / "maps").mkdir()
    path = tmp_path / "maps" / "evaluations" / "a.jsonl"
    block(path)
    journal = Journal(path)
    assert found_by(comparisons, journal) == expected
    journal.append([1])
    assert list(journal.entries()) == []
    journal.remove()


def test_only_the_scores_of_a_batch_are_held_as_objects_however_many_images_there_are(comparisons, journal):
    many = [replace(comparison, key=f"{comparison.key}-{turn}") for turn in range(4) for comparison in comparisons]
    before = held_scores()
    for _ in range(2):  # scored, then known
        for _ in job(many, journal):
            assert held_scores() - before <= (3 + 2 * core_count() + 1) * len(FIELDS)


# --- entries of another form ---


def _entry(comparisons, journal):
    """A right entry about the first image."""
    finish(job(comparisons[:1], journal))
    (entry,) = journal.entries()
    journal.remove()
    return entry


def _without(attribute):
    def change(entry):
        del entry[2][0][attribute]

    return change


def _with(attribute, value):
    def change(entry):
        entry[2][0][attribute] = value

    return change


def _metrics(change_of):
    def change(entry):
        change_of(entry[2][0]["metrics"])

    return change


ODD_ENTRIES = {
    **{f"without {name}": _without(name) for name in ("metrics", "reasons", "n_valid", "scale", "flipped", "bands")},
    "an attribute of later": _with("certainty", 0.5),
    "metrics of other names": _with("metrics", {"absrel": 0.1}),
    "no metrics": _with("metrics", {}),
    "metrics as a list": _with("metrics", [0.1, 0.2]),
    "one metric fewer": _metrics(lambda metrics: metrics.pop("rmse")),
    "a metric as a list": _metrics(lambda metrics: metrics.update(rmse=[1.0])),
    "a metric as a word": _metrics(lambda metrics: metrics.update(rmse="low")),
    "a metric that is not a number": _metrics(lambda metrics: metrics.update(rmse=float("nan"))),
    "a metric that is infinite": _metrics(lambda metrics: metrics.update(rmse=float("inf"))),
    "a metric too large for a number": _metrics(lambda metrics: metrics.update(rmse=10**400)),
    "fewer bands": _with("bands", [[1.0, 0.1, 1.0]]),
    "bands of another width": _with("bands", [[1.0, 0.1]] * 8),
    "bands that are none": _with("bands", None),
    "bands of words": _with("bands", [["a", "b", "c"]] * 8),
    "pixels that are none": _with("n_valid", None),
    "pixels as a list": _with("n_valid", [1]),
    "a scale that is a list": _with("scale", [1.0]),
    "reasons as a list": _with("reasons", ["none"]),
    "a reason that is a list": _with("reasons", {"rmse": ["none"]}),
    "scores of fewer fields": lambda entry: entry[2].pop(),
    "scores of more fields": lambda entry: entry[2].append(entry[2][0]),
    "scores as a table": lambda entry: entry.__setitem__(2, {"dpt": entry[2][0]}),
    "scores that are a list": lambda entry: entry[2].__setitem__(0, [1, 2]),
    "no scores": lambda entry: entry.__setitem__(2, None),
    "a key that is a list": lambda entry: entry.__setitem__(1, ["id0"]),
    "a key that is unknown": lambda entry: entry.__setitem__(1, "id77"),
    "files as a word": lambda entry: entry.__setitem__(0, "a.png"),
    "too few parts": lambda entry: entry.pop(),
    "too many parts": lambda entry: entry.append(1),
}


@pytest.mark.parametrize("change", ODD_ENTRIES.values(), ids=ODD_ENTRIES)
def test_an_entry_of_another_form_costs_one_image_and_no_more(comparisons, journal, expected, change):
    entry = _entry(comparisons, journal)
    assert found_by(comparisons[:1], journal) and next(job(comparisons, journal)).done == 1
    journal.remove()
    change(entry)
    journal.append([entry])
    assert next(job(comparisons, journal)).done == 0
    assert found_by(comparisons, journal) == expected


@pytest.mark.parametrize(
    "line", ["null", "3", '"abc"', "[]", "{}", "[1,2,3]", "[[],[],[]]", '{"a":1,"b":2,"c":3}', "NaN"]
)
def test_a_line_of_json_that_is_no_entry_changes_nothing(tmp_path, comparisons, journal, expected, line):
    path = tmp_path / "evaluations" / "one.jsonl"
    path.parent.mkdir()
    path.write_text(line + "\n")
    assert found_by(comparisons, journal) == expected


@given(cut=st.floats(0, 1), flip=st.integers(0, 255))
@settings(max_examples=30)
def test_a_journal_with_any_byte_wrong_and_cut_anywhere_never_stops_a_run(tmp_path_factory, cut, flip):
    folder = tmp_path_factory.mktemp("journal")
    comparisons = [
        Comparison(
            f"id{number}",
            store(folder, encode_millimetres(truth(number))),
            (store(folder, encode(DepthMap(guess(number), "inverse_depth"))),),
        )
        for number in range(2)
    ]
    journal = Journal(folder / "a.jsonl")
    finish(job(comparisons, journal))
    data = bytearray((folder / "a.jsonl").read_bytes())
    place = int(cut * (len(data) - 1))
    data[place] = flip
    (folder / "a.jsonl").write_bytes(data[: max(place + 1, len(data) // 2)])
    found = finish(job(comparisons, journal))["dpt"]
    assert found.scored.all() and np.isfinite(found.metrics["abs_rel"]).all()


# --- two at once ---


def test_two_evaluations_at_once_do_each_other_no_harm(tmp_path, comparisons, expected):
    found, path = {}, tmp_path / "evaluations" / "one.jsonl"

    def run(name):
        journal = Journal(path)
        found[name] = found_by(comparisons, journal)
        journal.remove()

    threads = [threading.Thread(target=run, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys(range(4), expected)
    assert not path.parent.exists()


def test_a_journal_that_another_run_removes_meanwhile_is_begun_anew(comparisons, journal, expected):
    running = job(comparisons, journal)
    for _ in range(3):
        next(running)
    journal.remove()
    assert as_plain(finish(running)) == expected
    assert 0 < len(list(journal.entries())) < IMAGES


def test_a_map_of_another_size_is_explained_and_not_kept(comparisons, journal):
    write_codes(comparisons[0].predictions[0].path, np.ones((5, 5), np.uint16))  # of another size
    found = finish(job(comparisons, journal))
    assert "resize" in found["dpt"].reasons[0] and found["metric"].reasons == {}
    assert len(list(journal.entries())) == IMAGES - 1
