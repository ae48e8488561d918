"""The three jobs on a real `fiftyone delegated launch` process, queued from Python."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

import pytest

from plumb.depthmap import read_codes
from tests.small_scenes import write_scene

PLUGIN = "@plumb/depth"
SCENES = 4
PATIENCE = 600  # seconds that a loaded machine may need for one small operation


@pytest.fixture(scope="module")
def name(fo):
    name = f"worked-{uuid.uuid4().hex[:8]}"
    yield name
    if fo.dataset_exists(name):
        fo.delete_dataset(name)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    root = tmp_path_factory.mktemp("scenes")
    for number in range(SCENES):
        write_scene(root, f"kv2/kinect2data/{number}", seed=number)
    return str(root)


@pytest.fixture(scope="module")
def work(fo, worker):
    """Queue an operation and wait for the worker to end it; the operation as the database has it then."""
    import fiftyone.operators as foo
    from fiftyone.operators.delegated import DelegatedOperationService

    service = DelegatedOperationService()

    def run(operator, ctx=None, **params):
        uri = f"{PLUGIN}/{operator}"
        queued = foo.execute_operator(uri, ctx or {}, params=params, request_delegation=True)
        assert queued.delegated
        seen, until = [], time.monotonic() + PATIENCE
        while time.monotonic() < until:
            operation = service.get(queued.result["id"])
            if operation.status is not None:
                seen.append((operation.status.progress, operation.status.label))
            if operation.run_state in ("completed", "failed"):
                return operation, seen
            assert worker.poll() is None, "the worker has ended"
            time.sleep(0.1)
        raise AssertionError(f"{uri} was still {operation.run_state} after {PATIENCE} s")

    return run


@dataclass(frozen=True)
class Worked:
    """The three jobs, one after the other: each operation, and the progress that was seen of it."""

    imported: tuple
    predicted: tuple
    again: tuple  # the same prediction into another field
    evaluated: tuple


@pytest.fixture(scope="module")
def worked(fo, work, name, scenes, model):
    imported = work("import_sunrgbd", root=scenes, dataset_name=name)
    dataset = fo.load_dataset(name)
    predicted = work("predict_depth", {"view": dataset.limit(3)}, model=model, field="dpt")
    again = work("predict_depth", {"dataset": dataset}, model=model, field="again")
    evaluated = work("evaluate_depth", {"dataset": dataset}, pred_fields=["dpt"])
    dataset.reload()
    return Worked(imported, predicted, again, evaluated)


def test_a_queued_import_is_run_and_its_result_stored(fo, worked, name):
    operation, _ = worked.imported
    assert operation.run_state == "completed"
    assert operation.result.result == {"dataset": name, "imported": SCENES, "existing": 0, "skipped": []}
    assert len(fo.load_dataset(name).exists("gt_depth")) == SCENES


def test_a_queued_prediction_is_run_on_its_view_and_its_maps_are_whole(fo, worked, name):
    operation, _ = worked.predicted
    assert operation.run_state == "completed"
    assert operation.result.result == {
        "field": "dpt", "run": "plumb_predict_dpt_1", "predicted": 3, "existing": 0, "failed": [],
    }  # fmt: skip
    labels = fo.load_dataset(name).values("dpt")
    assert [label is not None for label in labels] == [True, True, True, False]
    for label in labels[:3]:
        read_codes(label.map_path)


def test_a_queued_evaluation_is_run_and_says_what_could_not_be_scored(fo, worked, name):
    operation, _ = worked.evaluated
    assert operation.run_state == "completed"
    row = operation.result.result["dpt"]
    assert (row["scored"], row["unscored"], row["reasons"]) == (3, 1, {"no prediction in dpt": 1})
    assert row["abs_rel"] == pytest.approx(fo.load_dataset(name).mean("dpt.abs_rel"))


@pytest.mark.parametrize("job", ["imported", "predicted", "evaluated"])
def test_the_worker_reports_progress_with_a_label_up_to_the_end(worked, job):
    _, seen = getattr(worked, job)
    assert all(0 <= progress <= 1 and label for progress, label in seen)
    assert seen[-1] == (1.0, "done")


def test_the_model_stays_loaded_between_two_operations(worked, sandbox):
    assert worked.again[0].result.result["predicted"] == SCENES
    logs = [path.read_text() for path in sandbox.folder.glob("worker-*.log")]
    (log,) = (log for log in logs if str(worked.again[0].id) in log)
    assert log.count("Loading weights: 100%") == 1  # what transformers says each time


def test_an_operation_that_cannot_be_done_is_marked_failed_with_its_clear_error(fo, worked, work, name):
    operation, _ = work("evaluate_depth", {"dataset": fo.load_dataset(name)}, pred_fields=["midas"])
    assert operation.run_state == "failed"
    last = operation.result.error.strip().splitlines()[-1]
    assert last.startswith("ValueError: 'midas' holds no depth maps of Plumb's; the fields that do: ")


def test_after_a_failure_the_worker_goes_on(worked, work, scenes, name):
    failed, _ = work("import_sunrgbd", root="/nowhere", dataset_name=name)
    assert "FileNotFoundError: /nowhere is not a folder" in failed.result.error
    operation, _ = work("import_sunrgbd", root=scenes, dataset_name=name)
    assert operation.result.result["existing"] == SCENES
