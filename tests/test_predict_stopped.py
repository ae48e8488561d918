"""Predictions that were stopped: the same call goes on in their run, and nothing is done twice or at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plumb.depthmap import read_codes
from plumb.jobs import finish
from plumb.models import StopRun
from tests.test_inference import BrightnessModel

PICTURES = 4  # of the fixture


@pytest.fixture
def dataset(fo, dataset_name, pictures):
    dataset = fo.Dataset(dataset_name)
    dataset.add_samples([fo.Sample(filepath=path) for path in pictures])
    return dataset


def stopped_after(images: int, collection, model, **options) -> None:
    from plumb.datasets.predicting import predict_depth

    job = predict_depth(collection, model, "dpt", batch_size=1, **options)
    while next(job).done < images:
        pass
    job.close()


def identities(folder: Path) -> dict[str, tuple[int, int]]:
    """What tells a file from one that was written in its place."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*.png")}


@pytest.mark.parametrize("skip_existing", [True, False])
def test_a_prediction_that_is_stopped_keeps_what_is_done_and_the_same_call_goes_on_in_its_run(
    predict, dataset, model, maps, skip_existing
):
    predict(dataset) if not skip_existing else None
    stopped_after(2, dataset, model, maps_dir=maps, skip_existing=skip_existing)
    run = f"plumb_predict_dpt_{1 if skip_existing else 2}"
    folder = maps / dataset.name / "dpt" / run
    before = identities(folder)
    dataset.reload()
    assert dataset.values("dpt.run").count(run) == 2
    report = predict(dataset, skip_existing=skip_existing)
    assert (report.run, report.predicted, report.existing) == (run, PICTURES - len(before), len(before))
    assert len(identities(folder)) == PICTURES and before.items() <= identities(folder).items()
    assert not list(maps.rglob("*.tmp"))
    assert set(dataset.values("dpt.run")) == {run}


def test_a_map_that_was_written_but_not_recorded_is_taken_up_as_it_is(predict, dataset, maps):
    stopped = predict(dataset)
    labels = {key: label.to_dict() for key, label in zip(*dataset.values(["id", "dpt"]), strict=True)}
    folder = maps / dataset.name / "dpt" / stopped.run
    before = identities(folder)
    lose_results(dataset, stopped.run)
    dataset.set_values("dpt", dict.fromkeys(list(labels)[1:]), key_field="id")
    report = predict(dataset)
    assert (report.run, report.predicted, report.existing) == (stopped.run, 0, PICTURES)
    assert identities(folder) == before
    for key, label in zip(*dataset.values(["id", "dpt"]), strict=True):
        assert {**label.to_dict(), "_id": None} == {**labels[key], "_id": None}


def test_of_a_map_that_is_damaged_none_is_made_but_by_predicting_it_anew(predict, dataset, maps):
    stopped = predict(dataset)
    paths = dataset.values("dpt.map_path")
    codes, whole = read_codes(paths[0]).astype(int), Path(paths[0]).read_bytes()
    lose_results(dataset, stopped.run)
    dataset.set_values("dpt", [None] * PICTURES)
    Path(paths[0]).write_bytes(whole[:-20])
    report = predict(dataset)
    assert (report.predicted, report.existing) == (1, PICTURES - 1)
    assert (
        np.abs(read_codes(paths[0]) - codes).max() < 100
    )  # alone in its batch, its network's sums differ in the last bits


def test_a_run_that_lacked_only_its_results_gets_them(predict, dataset):
    from plumb.datasets.runs import read

    run = predict(dataset).run
    lose_results(dataset, run)
    assert not read(dataset, run).finished
    assert predict(dataset).predicted == 0
    assert read(dataset, run).finished


def test_a_stopped_run_of_other_settings_is_not_taken_up(predict, dataset, model, maps):
    stopped_after(2, dataset, model, maps_dir=maps)
    report = predict(dataset, skip_existing=False, precision="bfloat16")
    assert (report.run, report.predicted) == ("plumb_predict_dpt_2", PICTURES)


def test_what_ended_a_run_is_told_although_the_database_fails_too(predict, dataset, monkeypatch, caplog):
    class OneImageOnly(BrightnessModel):
        def start(self, images):
            if self.batches:
                raise StopRun("no credit left: add some")
            return super().start(images)

    def write(*_):
        raise OSError("the database is gone")

    monkeypatch.setattr("plumb.datasets.predicting.load_network", lambda *_, **__: OneImageOnly())
    monkeypatch.setattr("plumb.datasets.predicting._write_labels", write)
    with pytest.raises(StopRun, match="^no credit left: add some$"):
        predict(dataset, batch_size=1)
    assert "1 images of field 'dpt' was not recorded (the database is gone)" in caplog.text


def lose_results(dataset, run: str) -> None:
    """As if the process had been killed in the moment before it stored them."""
    record = dataset._doc.runs[run]
    record.results = None
    record.save()
    dataset.reload()


# Two at once


def test_a_second_prediction_into_the_field_says_so_and_stops_and_the_first_goes_on(predict, dataset, model, maps):
    from plumb.datasets.predicting import predict_depth

    first = predict_depth(dataset, model, "dpt", batch_size=1, maps_dir=maps)
    next(first), next(first)
    with pytest.raises(ValueError, match="predict_depth into 'dpt' of dataset .* is at work already: process"):
        predict(dataset)
    assert predict(dataset, field="another").predicted == PICTURES
    assert finish(first).predicted == PICTURES
    assert predict(dataset).existing == PICTURES
