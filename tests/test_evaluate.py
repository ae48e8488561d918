"""What `evaluate_depth` writes on samples and into its run, from real map files."""

from __future__ import annotations

import json
import math
import uuid
from pathlib import Path

import numpy as np
import pytest

import plumb
from plumb.depthmap import DepthMap, MapFile, encode, encode_millimetres, write_codes
from plumb.jobs import finish
from plumb.protocols import PROTOCOLS
from plumb.scoring import prepare, score

SAMPLES = 4
HEIGHT, WIDTH = 16, 20  # room for windows of 7x7 px
ALIGNMENT = ("align_scale", "align_shift", "n_valid", "flipped")


def truth(number: int) -> np.ndarray:
    """(H, W) uint16 millimetres, 1 m to 12 m, a corner without measurement."""
    depth = np.random.default_rng(100 + number).uniform(1000, 7000, (HEIGHT, WIDTH))
    depth[:, 15:] += 5000
    depth[:3, :4] = 0
    return depth.astype(np.uint16)


def guess(number: int) -> np.ndarray:
    """(H, W) float inverse depth: the truth's, scaled, shifted and noisy."""
    metres = np.maximum(truth(number), 500) / 1000
    return 3 / metres + 0.2 + np.random.default_rng(number).normal(0, 0.05, metres.shape)


@pytest.fixture
def write(fo, tmp_path):
    """Write a map file and give its label."""
    from plumb.datasets.fields import to_heatmap

    def run(encoded, source=None):
        path = tmp_path / "maps" / f"{uuid.uuid4().hex}.png"
        write_codes(path, encoded.codes)
        stored = MapFile(str(path), encoded.quantity, encoded.scale, encoded.offset, encoded.unit)
        return to_heatmap(stored, encoded.range, "by_hand", source)

    return run


@pytest.fixture
def dataset(fo, dataset_name, write):
    """Samples with a ground truth `gt_depth` and a noisy inverse depth `dpt`."""
    from plumb.datasets.fields import declare_map_field

    dataset = fo.Dataset(dataset_name)
    for field in ("gt_depth", "dpt"):
        declare_map_field(dataset, field)
    dataset.add_samples(
        fo.Sample(
            filepath=f"/nowhere/{number}.png",
            gt_depth=write(encode_millimetres(truth(number)), "raw"),
            dpt=write(encode(DepthMap(guess(number), "inverse_depth"))),
        )
        for number in range(SAMPLES)
    )
    return dataset


@pytest.fixture
def evaluate(fo):
    from plumb.datasets.evaluating import evaluate_depth

    def run(collection, pred_fields=("dpt",), **options):
        return finish(evaluate_depth(collection, pred_fields, **options))

    return run


def decoded(label) -> np.ndarray:
    return MapFile(label.map_path, label.quantity, label.scale, label.offset, label.unit).read()


def metric_fields(dataset, field="dpt"):
    """Names of the fields below a prediction that an evaluation has made."""
    own = {"id", "tags", "map", "map_path", "range", "quantity", "scale", "offset", "unit", "run", "source"}
    return {name.split(".")[1] for name in dataset.get_field_schema(flat=True) if name.startswith(f"{field}.")} - own


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
    from plumb.datasets.fields import declare_map_field

    declare_map_field(dataset, "metric")
    labels = [write(encode_millimetres(np.maximum(truth(number), 400))) for number in range(SAMPLES)]
    dataset.set_values("metric", labels)
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


def test_an_empty_view_scores_nothing_and_says_so(evaluate, dataset):
    result = evaluate(dataset.limit(0))["dpt"]
    assert (result["scored"], result["unscored"], result["abs_rel"]) == (0, 0, None)


# The schema


def test_metrics_are_fields_that_can_be_filtered_by(fo, evaluate, dataset):
    from fiftyone import ViewField as F

    evaluate(dataset)
    values = dataset.values("dpt.abs_rel")
    middle = float(np.median(values))
    assert dataset.match(F("dpt.abs_rel") < middle).count() == sum(value < middle for value in values) == 2
    low, high = dataset.bounds("dpt.delta1")
    assert 0 <= low <= high <= 1


def test_metric_fields_have_types_and_say_metric_unit_protocol_and_alignment(fo, evaluate, dataset):
    evaluate(dataset)
    for name in PROTOCOLS["sunrgbd"].metrics:
        assert isinstance(dataset.get_field(f"dpt.{name}"), fo.FloatField)
    assert isinstance(dataset.get_field("dpt.n_valid"), fo.IntField)
    assert isinstance(dataset.get_field("dpt.flipped"), fo.BooleanField)
    said = dataset.get_field("dpt.rmse").description
    for part in (
        "root mean squared error",
        "[m]",
        "sunrgbd",
        "0.001 < g < 8 m",
        "least-squares scale and shift in inverse depth",
    ):
        assert part in said
    assert "sunrgbd" in dataset.get_field("dpt.align_scale").description


def test_the_description_follows_the_alignment(evaluate, dataset):
    from plumb.alignment import ALIGNMENTS

    evaluate(dataset, alignment="none")
    assert ALIGNMENTS["none"] in dataset.get_field("dpt.rmse").description


# What cannot be scored


def _no_prediction(dataset, write):
    dataset.set_values("dpt", {dataset.first().id: None}, key_field="id")


def _no_truth(dataset, write):
    dataset.set_values("gt_depth", {dataset.first().id: None}, key_field="id")


def _deleted(dataset, write):
    Path(dataset.first().dpt.map_path).unlink()


def _cut_off(dataset, write):
    path = Path(dataset.first().gt_depth.map_path)
    path.write_bytes(path.read_bytes()[:100])


def _other_size(dataset, write):
    label = write(encode(DepthMap(np.random.default_rng(0).random((5, 5)), "inverse_depth")))
    dataset.set_values("dpt", {dataset.first().id: label}, key_field="id")


def _empty_truth(dataset, write):
    label = write(encode_millimetres(np.zeros((HEIGHT, WIDTH), np.uint16)), "raw")
    dataset.set_values("gt_depth", {dataset.first().id: label}, key_field="id")


def _foreign(dataset, write):
    import fiftyone as fo

    dataset.set_values("dpt", {dataset.first().id: fo.Heatmap(map=np.ones((HEIGHT, WIDTH)))}, key_field="id")


def _foreign_file(dataset, write):
    import fiftyone as fo

    label = fo.Heatmap(map_path=dataset.first().dpt.map_path)
    dataset.set_values("dpt", {dataset.first().id: label}, key_field="id")


UNSCORABLE = {
    "no prediction": (_no_prediction, "no prediction in dpt"),
    "no ground truth": (_no_truth, "no ground truth in gt_depth"),
    "deleted map file": (_deleted, "No such file"),
    "cut-off map file": (_cut_off, "damaged, cut off"),
    "maps of two sizes": (_other_size, "(5, 5)"),
    "ground truth without a measurement": (_empty_truth, "no pixel of the ground truth"),
    "a map that is not Plumb's": (_foreign, "not written by Plumb"),
    "a map file that is not Plumb's": (_foreign_file, "does not say what its codes mean"),
}


@pytest.mark.parametrize("spoil, reason", UNSCORABLE.values(), ids=UNSCORABLE)
def test_a_sample_that_cannot_be_scored_has_no_values_is_counted_and_explained_and_in_no_mean(
    evaluate, dataset, write, spoil, reason
):
    spoil(dataset, write)
    dataset.reload()
    result = evaluate(dataset)["dpt"]
    assert (result["scored"], result["unscored"]) == (SAMPLES - 1, 1)
    ((said, count),) = result["reasons"].items()
    assert count == 1 and reason in said
    names = (*PROTOCOLS["sunrgbd"].metrics, "align_scale", "align_shift")
    assert all(dataset.values(f"dpt.{name}")[0] is None for name in names)
    assert all(value is not None for name in names for value in dataset.values(f"dpt.{name}")[1:])
    assert result["abs_rel"] == pytest.approx(np.mean(dataset.values("dpt.abs_rel")[1:]), rel=1e-12)
    results = dataset.load_run_results(result["run"])
    assert results.failures == {dataset.first().id: said}


def test_when_nothing_can_be_scored_every_mean_is_none_never_nan(evaluate, dataset):
    for path in dataset.values("dpt.map_path"):
        Path(path).unlink()
    result = evaluate(dataset)["dpt"]
    assert all(result[name] is None for name in PROTOCOLS["sunrgbd"].metrics)
    assert (result["scored"], result["unscored"]) == (0, SAMPLES)
    assert dataset.count("dpt.abs_rel") == 0


def test_a_score_of_before_does_not_outlive_its_map(evaluate, dataset):
    evaluate(dataset)
    Path(dataset.first().dpt.map_path).unlink()
    evaluate(dataset)
    assert dataset.first().dpt.abs_rel is None


def test_scores_on_filled_depth_are_counted(evaluate, dataset):
    sources = ["raw", "filled", "filled", "raw"]
    dataset.set_values("gt_depth.source", sources)
    result = evaluate(dataset)["dpt"]
    assert (result["on_filled"], result["scored"]) == (2, SAMPLES)
    assert dataset.load_run_results(result["run"]).on_filled == 2


def test_predictions_with_near_and_far_swapped_are_scored_marked_and_counted(evaluate, dataset, write):
    upside_down = write(encode(DepthMap(10 - guess(0), "inverse_depth")))
    dataset.set_values("dpt", {dataset.first().id: upside_down}, key_field="id")
    result = evaluate(dataset)["dpt"]
    assert (result["flipped"], result["scored"]) == (1, SAMPLES)
    assert dataset.values("dpt.flipped") == [True, False, False, False]
    assert dataset.first().dpt.align_scale <= 0


# The record


def test_the_run_says_fields_protocol_alignment_units_means_and_counts(evaluate, dataset):
    result = evaluate(dataset, eval_key="key", alignment="none")["dpt"]
    config = dataset.get_run_info(result["run"]).config
    assert config.method == "plumb/evaluate_depth"
    settings = config.settings
    assert (settings["pred_field"], settings["gt_field"], settings["eval_key"]) == ("dpt", "gt_depth", "key")
    assert (settings["protocol"]["name"], settings["protocol"]["max_depth"]) == ("sunrgbd", 8.0)
    assert settings["alignment"] == "none"
    assert settings["description"] == PROTOCOLS["sunrgbd"].describe("none")
    assert settings["units"]["rmse"] == "m"
    assert all(dataset.has_field(path) for path in settings["attributes"])
    assert {"plumb", "scikit-image", "numpy"} <= set(config.versions)
    results = dataset.load_run_results(result["run"])
    assert results.mean == {name: result[name] for name in PROTOCOLS["sunrgbd"].metrics}
    assert (results.scored, results.unscored, results.failures) == (SAMPLES, 0, {})
    assert {name: of_metric["n"] for name, of_metric in results.statistics.items()} == dict.fromkeys(
        results.mean, SAMPLES
    )
    assert results.sample_ids == dataset.values("id")


def test_results_and_run_are_plain_json_without_nan(evaluate, dataset):
    Path(dataset.first().dpt.map_path).unlink()
    result = evaluate(dataset, protocol="relative8")
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    json.dumps(dataset.get_run_info("plumb_evaluate_dpt").config.serialize(), allow_nan=False)


def test_the_run_of_a_view_remembers_which_samples_it_scored(evaluate, dataset):
    ids = dataset.values("id")[1:3]
    result = evaluate(dataset.select(ids))["dpt"]
    assert dataset.load_run_view(result["run"]).values("id") == ids


def test_progress_runs_from_zero_to_all_images_and_names_the_predictions(fo, dataset):
    from plumb.datasets.evaluating import evaluate_depth

    dataset.clone_sample_field("dpt", "other")
    steps = list(evaluate_depth(dataset, ["dpt", "other"]))
    assert [step.done for step in steps] == [0, SAMPLES, SAMPLES, SAMPLES]
    assert {step.total for step in steps} == {SAMPLES}
    assert "dpt, other: 4 of 4 images scored" in steps[1].label


def test_an_evaluation_that_is_stopped_leaves_the_former_one_as_it_was(evaluate, dataset, monkeypatch):
    from plumb.datasets import evaluating

    evaluate(dataset)
    before, run = dataset.values("dpt.abs_rel"), dataset.load_run_results("plumb_evaluate_dpt").mean
    monkeypatch.setattr(evaluating, "_BATCH", 1)
    job = evaluating.evaluate_depth(dataset, ["dpt"], protocol="relative8")
    while next(job).done < 2:
        pass
    job.close()
    dataset.reload()
    assert metric_fields(dataset) == {*PROTOCOLS["sunrgbd"].metrics, *ALIGNMENT}
    assert dataset.values("dpt.abs_rel") == before
    assert dataset.load_run_results("plumb_evaluate_dpt", cache=False).mean == run


def test_scoring_a_view_again_by_the_same_settings_leaves_the_other_samples_scores_alone(evaluate, dataset):
    evaluate(dataset)
    before = dataset.values("dpt.abs_rel")
    assert evaluate(dataset[:1])["dpt"]["scored"] == 1
    assert dataset.values("dpt.abs_rel") == before


@pytest.mark.parametrize("other", [{"protocol": "relative8"}, {"protocol": "nyuv2"}, {"alignment": "median"}])
def test_scoring_a_view_by_other_settings_than_the_rest_is_refused_unless_it_has_a_key_of_its_own(
    evaluate, dataset, other
):
    evaluate(dataset)
    before = dataset.values("dpt.abs_rel")
    with pytest.raises(ValueError, match=f"{SAMPLES - 1} samples outside this view .* give an eval_key"):
        evaluate(dataset[:1], **other)
    assert dataset.values("dpt.abs_rel") == before
    assert evaluate(dataset[:1], eval_key="part", **other)["dpt"]["scored"] == 1


def test_a_view_scored_again_by_another_protocol_keeps_no_metric_of_the_first(evaluate, dataset):
    evaluate(dataset[:2])
    evaluate(dataset[:2], protocol="relative8")
    assert metric_fields(dataset) == {*PROTOCOLS["relative8"].metrics, *ALIGNMENT}
    assert dataset.count("dpt.ssim") == 2


def test_a_sample_of_a_view_that_has_lost_its_ground_truth_loses_its_scores(evaluate, dataset):
    evaluate(dataset)
    dataset.set_values("gt_depth", {dataset.first().id: None}, key_field="id")
    assert evaluate(dataset[:2])["dpt"]["unscored"] == 1
    assert dataset.values("dpt.abs_rel")[0] is None and dataset.count("dpt.abs_rel") == SAMPLES - 1


def test_scores_outside_a_view_whose_run_is_gone_are_not_mixed_with_new_ones(evaluate, dataset):
    dataset.delete_run(evaluate(dataset)["dpt"]["run"])
    with pytest.raises(ValueError, match=f"{SAMPLES - 1} samples outside this view .* nothing is known"):
        evaluate(dataset[:1])


# Wrong parameters


WRONG = {
    "unknown protocol": ({"protocol": "best"}, "unknown protocol 'best'; use one of sunrgbd, nyuv2, kitti, relative8"),
    "unknown alignment": ({"alignment": "magic"}, "magic"),
    "key with a space": ({"eval_key": "my key"}, "eval_key 'my key' must be letters and digits"),
    "upper-case key": ({"eval_key": "Key"}, "eval_key 'Key'"),
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


def test_values_are_never_nan_for_any_prediction_of_one_value(evaluate, dataset, write):
    flat = write(encode(DepthMap(np.full((HEIGHT, WIDTH), 0.5), "inverse_depth")))
    dataset.set_values("dpt", {dataset.first().id: flat}, key_field="id")
    result = evaluate(dataset)["dpt"]
    stored = [value for name in PROTOCOLS["sunrgbd"].metrics for value in dataset.values(f"dpt.{name}")]
    assert all(value is None or math.isfinite(value) for value in stored)
    assert all(math.isfinite(result[name]) for name in PROTOCOLS["sunrgbd"].metrics)
