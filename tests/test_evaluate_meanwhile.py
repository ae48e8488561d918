"""Evaluations of a part, and what happens to a dataset while its maps are scored."""

from __future__ import annotations

import pytest

from plumb.depthmap import DepthMap, encode
from plumb.jobs import finish
from tests.map_datasets import SAMPLES, guess, make_dataset


@pytest.fixture(autouse=True)
def own_journals(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMB_MAPS_DIR", str(tmp_path))


@pytest.fixture
def dataset(dataset_name, write):
    """Samples with a ground truth `gt_depth` and a prediction `dpt`."""
    return make_dataset(dataset_name, write)


def job(dataset, **options):
    from plumb.datasets.evaluating import evaluate_depth

    return evaluate_depth(dataset, ["dpt"], **options)


def test_an_evaluation_of_one_more_sample_keeps_what_its_run_knows_of_the_others(fo, dataset):
    ids = dataset.values("id")
    dataset.set_values("dpt", {ids[1]: None}, key_field="id")
    whole = finish(job(dataset, group_by=["tags"]))["dpt"]
    first = finish(job(dataset.limit(1), group_by=["tags"]))["dpt"]
    assert (first["scored"], first["abs_rel"]) == (1, dataset.first().dpt.abs_rel)
    results = dataset.load_run_results(first["run"])
    assert sorted(results.sample_ids) == sorted(ids) and set(results.failures) == {ids[1]}
    assert (results.scored, results.unscored) == (whole["scored"], whole["unscored"]) == (SAMPLES - 1, 1)
    assert results.mean == pytest.approx({name: whole[name] for name in results.mean}, rel=1e-12)
    assert len(dataset.load_run_view(first["run"])) == SAMPLES
    dataset.delete_samples([ids[3]])
    finish(job(dataset.limit(1)))
    results = dataset.load_run_results(first["run"])
    assert sorted(results.sample_ids) == sorted(ids[:3]) and results.scored == SAMPLES - 2


def test_beside_scores_whose_run_was_killed_while_it_stored_a_part_is_refused_and_the_whole_is_not(
    dataset, monkeypatch
):
    from plumb.datasets import runs

    def killed(*args, **results):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(runs, "finish", killed)
        finish(job(dataset))
    with pytest.raises(ValueError, match="not enough is known: its run is gone, or was stopped"):
        finish(job(dataset.limit(1)))
    assert finish(job(dataset))["dpt"]["scored"] == SAMPLES


def test_a_map_that_is_replaced_while_it_is_scored_keeps_no_score_of_the_former_one(dataset, write):
    running = job(dataset)
    while next(running).done < SAMPLES:
        pass
    replaced = write(encode(DepthMap(5 - guess(0), "inverse_depth")))
    dataset.set_values("dpt", {dataset.first().id: replaced}, key_field="id")
    result = finish(running)["dpt"]
    assert (result["scored"], result["reasons"]) == (
        SAMPLES - 1, {"the prediction in dpt was replaced while it was scored": 1}
    )  # fmt: skip
    assert dataset.values("dpt.abs_rel")[0] is None and dataset.values("dpt.flipped")[0] is None


def test_of_two_evaluations_at_once_under_one_key_the_first_says_so_instead_of_telling_of_a_mixture(
    dataset, monkeypatch
):
    from plumb.datasets import scored

    write_scores = scored.write

    def written_beside_another(*args):
        monkeypatch.setattr(scored, "write", write_scores)
        finish(job(dataset, protocol="nyuv2"))
        write_scores(*args)

    monkeypatch.setattr(scored, "write", written_beside_another)
    with pytest.raises(ValueError, match="another evaluation of dpt under the same key has begun"):
        finish(job(dataset))


def test_objects_cannot_name_a_group(fo, dataset):
    dataset.add_sample_field("scene", fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification)
    with pytest.raises(ValueError, match="cannot group by 'scene', which holds objects; name one of their values"):
        finish(job(dataset, group_by=["scene"]))
