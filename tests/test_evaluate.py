"""What `evaluate_depth` writes on samples, from real map files."""

from __future__ import annotations

import numpy as np
import pytest

import plumb
from plumb.depthmap import DepthMap
from plumb.protocols import PROTOCOLS
from plumb.scoring import prepare, score
from tests.map_datasets import (
    ALIGNMENT,
    HEIGHT,
    SAMPLES,
    WIDTH,
    add_metric_field,
    decoded,
    make_dataset,
    metric_fields,
    run_evaluation,
)


@pytest.fixture
def dataset(dataset_name, write):
    """Samples with a ground truth `gt_depth` and a noisy inverse depth `dpt`."""
    return make_dataset(dataset_name, write)


@pytest.fixture
def evaluate(fo):
    return run_evaluation


# Values


def test_the_values_on_a_sample_are_those_of_the_library_on_its_decoded_maps(evaluate, dataset):
    evaluate(dataset)
    for sample in dataset:
        expected = plumb.evaluate(decoded(sample.dpt), decoded(sample.gt_depth), quantity="inverse_depth")
        for name, value in expected.metrics.items():
            assert sample.dpt[name] == value
        assert (sample.dpt.align_scale, sample.dpt.align_shift) == (expected.scale, expected.shift)
        assert (sample.dpt.n_valid, sample.dpt.flipped) == (expected.n_valid, False)
        assert 0 < expected.metrics["abs_rel"] < 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_writes_exactly_its_metrics_and_what_the_alignment_found(evaluate, dataset, protocol):
    result = evaluate(dataset, protocol=protocol)["dpt"]
    rules = PROTOCOLS[protocol]
    assert metric_fields(dataset) == {*rules.metrics, *ALIGNMENT}
    sample = dataset.first()
    expected = score(DepthMap(decoded(sample.dpt), "inverse_depth"), prepare(decoded(sample.gt_depth), rules))
    assert {name: sample.dpt[name] for name in rules.metrics} == expected.metrics
    assert result["protocol"] == rules.describe("lsq_disparity")
    assert result["units"] == {name: rules.metric(name).unit for name in rules.metrics}


def test_the_alignment_that_is_asked_for_is_used(evaluate, dataset):
    evaluate(dataset, alignment="lsq_depth")
    sample = dataset.first()
    maps = decoded(sample.dpt), decoded(sample.gt_depth)
    asked = plumb.evaluate(*maps, quantity="inverse_depth", alignment="lsq_depth")
    assert sample.dpt.abs_rel == asked.metrics["abs_rel"]
    assert sample.dpt.abs_rel != plumb.evaluate(*maps, quantity="inverse_depth").metrics["abs_rel"]


def test_means_are_the_means_of_the_values_on_the_samples(evaluate, dataset):
    result = evaluate(dataset)["dpt"]
    for name in PROTOCOLS["sunrgbd"].metrics:
        assert result[name] == pytest.approx(np.mean(dataset.values(f"dpt.{name}")), rel=1e-12)
        assert result[name] == pytest.approx(dataset.mean(f"dpt.{name}"), rel=1e-12)
    assert (result["scored"], result["unscored"], result["reasons"]) == (SAMPLES, 0, {})


def test_the_tutorials_three_metrics_are_there_under_relative8(evaluate, dataset):
    result = evaluate(dataset, protocol="relative8")["dpt"]
    assert result["rmse"] > 0 and result["psnr"] > 0 and 0 < result["ssim"] < 1
    assert result["units"] == {"rmse": "8-bit levels", "psnr": "dB", "ssim": ""}


# Several evaluations


def test_an_evaluation_replaces_the_former_one_so_that_no_metric_of_it_remains(evaluate, dataset):
    evaluate(dataset, protocol="sunrgbd")
    assert "abs_rel" in metric_fields(dataset)
    evaluate(dataset, protocol="relative8")
    dataset.reload()
    assert metric_fields(dataset) == {"rmse", "psnr", "ssim", *ALIGNMENT}
    assert "abs_rel" not in dataset.first().dpt.to_dict()
    assert dataset.list_runs() == ["plumb_evaluate_dpt"]
    assert dataset.get_run_info("plumb_evaluate_dpt").config.settings["protocol"]["name"] == "relative8"


def test_metrics_whose_run_was_deleted_are_replaced_too(evaluate, dataset):
    evaluate(dataset, protocol="sunrgbd")
    dataset.delete_run("plumb_evaluate_dpt")
    evaluate(dataset, protocol="relative8")
    assert metric_fields(dataset) == {"rmse", "psnr", "ssim", *ALIGNMENT}
    assert "relative8" in dataset.get_field("dpt.rmse").description


def test_evaluations_with_different_keys_live_side_by_side(evaluate, dataset):
    plain = evaluate(dataset)["dpt"]
    keyed = evaluate(dataset, protocol="relative8", eval_key="eight")["dpt"]
    sample = dataset.first()
    assert sample.dpt.rmse != sample.dpt.eight_rmse
    assert sample.dpt.eight_ssim is not None
    assert sample.dpt.eight_n_valid == HEIGHT * WIDTH
    assert plain["run"] != keyed["run"]
    assert set(dataset.list_runs()) == {plain["run"], keyed["run"]}


def test_replacing_one_evaluation_leaves_those_of_other_keys_alone(evaluate, dataset):
    evaluate(dataset, eval_key="a")
    evaluate(dataset, eval_key="b")
    before = dataset.values("dpt.a_abs_rel")
    evaluate(dataset, eval_key="b", protocol="relative8")
    assert dataset.values("dpt.a_abs_rel") == before
    assert not dataset.has_field("dpt.b_abs_rel")


def test_field_dpt_with_key_new_and_field_dpt_new_are_two_evaluations(evaluate, dataset):
    dataset.clone_sample_field("dpt", "dpt_new")
    evaluate(dataset, eval_key="new")
    evaluate(dataset, ["dpt_new"])
    assert None not in dataset.values("dpt.new_abs_rel")
    assert None not in dataset.values("dpt_new.abs_rel")
    assert len(dataset.list_runs()) == 2


def test_several_predictions_are_scored_at_once_each_with_its_own_run(evaluate, dataset, write):
    add_metric_field(dataset, write)
    results = evaluate(dataset, ["dpt", "metric"])
    assert list(results) == ["dpt", "metric"]
    assert results["metric"]["abs_rel"] == 0
    assert results["metric"]["delta1"] == 1
    assert results["dpt"]["abs_rel"] > 0
    assert dataset.values("metric.align_scale") == [1.0] * SAMPLES
    assert sorted(dataset.list_runs()) == ["plumb_evaluate_dpt", "plumb_evaluate_metric"]


# Views


def test_a_view_scores_its_samples_alone(evaluate, dataset):
    result = evaluate(dataset.limit(2))["dpt"]
    assert (result["scored"], result["unscored"]) == (2, 0)
    assert [value is None for value in dataset.values("dpt.abs_rel")] == [False, False, True, True]


def test_a_view_that_is_filtered_by_the_metric_itself_can_be_scored_again(fo, evaluate, dataset):
    from fiftyone import ViewField as F

    evaluate(dataset)
    worst = dataset.match(F("dpt.abs_rel") >= max(dataset.values("dpt.abs_rel")))
    assert len(worst) == 1
    result = evaluate(worst)["dpt"]
    assert result["scored"] == 1
    assert len(worst) == 1


def test_a_view_of_every_sample_by_the_metric_that_is_replaced_is_scored_whole(fo, evaluate, dataset):
    from fiftyone import ViewField as F

    evaluate(dataset)
    assert evaluate(dataset.match(F("dpt.abs_rel") > 0), protocol="relative8")["dpt"]["scored"] == SAMPLES
    assert None not in dataset.values("dpt.ssim") and not dataset.has_field("dpt.abs_rel")


def test_an_empty_view_scores_nothing_and_says_so(evaluate, dataset):
    result = evaluate(dataset.limit(0))["dpt"]
    assert (result["scored"], result["unscored"], result["abs_rel"]) == (0, 0, None)


# Wrong parameters


WRONG = {
    "unknown protocol": ({"protocol": "best"}, "unknown protocol 'best'; use one of sunrgbd, nyuv2, kitti, relative8"),
    "unknown alignment": ({"alignment": "magic"}, "magic"),
    "key with a space": ({"eval_key": "my key"}, "eval_key 'my key' must be letters and digits"),
    "upper-case key": ({"eval_key": "Key"}, "eval_key 'Key'"),
    "key that makes psnr a metric of others": ({"eval_key": "masked"}, "eval_key 'masked' must not end in 'masked'"),
    "key that ends so": ({"eval_key": "new_point"}, "eval_key 'new_point' must not end in 'point'"),
    "key of two words that would not tell where it ends": ({"eval_key": "a__b"}, "eval_key 'a__b'"),
    "empty key": ({"eval_key": ""}, "eval_key ''"),
    "no such ground truth": ({"gt_field": "truth"}, "'truth' holds no depth maps of Plumb's; the fields that do"),
    "no such prediction": ({"pred_fields": ["midas"]}, "'midas' holds no depth maps of Plumb's.*dpt"),
    "a field of something else": ({"pred_fields": ["filepath"]}, "'filepath' holds no depth maps"),
    "no prediction": ({"pred_fields": []}, "pred_fields is a list of fields"),
    "one prediction as a word": ({"pred_fields": "dpt"}, "pred_fields is a list of fields"),
    "ground truth against itself": ({"pred_fields": ["dpt", "gt_depth"]}, "cannot be scored against itself"),
}


@pytest.mark.parametrize("options, message", WRONG.values(), ids=WRONG)
def test_a_wrong_parameter_is_one_clear_error_and_nothing_is_written(evaluate, dataset, options, message):
    with pytest.raises(ValueError, match=message) as raised:
        evaluate(dataset, **options)
    assert "\n" not in str(raised.value)
    assert dataset.list_runs() == []
    assert metric_fields(dataset) == set()
