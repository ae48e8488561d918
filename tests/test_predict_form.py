"""What the form of predict_depth says of a model before it runs, and what it asks for which kind of model."""

from __future__ import annotations

import pytest

from plumb.models import CATALOG, Sampling
from plumb.models.replicate_catalog import MIDAS

SAMPLING = ("steps", "ensemble", "seed", "processing_resolution", "scheduler", "tiny_vae", "uncertainty")


@pytest.mark.parametrize("name", CATALOG)
def test_the_form_says_licence_quantity_and_needs_of_every_model_of_the_catalog(resolve, ready, name):
    spec = CATALOG[name]
    _, valid, text = resolve("predict_depth", ready, model=name)
    assert valid and f"licence {spec.licence}" in text
    assert {"depth": "metres"}.get(spec.quantity, spec.quantity.replace("_", " ")) in text
    assert all(need in text for need in spec.needs)


def test_the_form_says_what_this_machine_lacks_and_how_to_get_it(resolve, ready):
    from importlib.util import find_spec

    _, valid, text = resolve("predict_depth", ready, model="depth-pro")
    assert valid  # the worker may have it
    assert ("This machine lacks torchvision: pip install torchvision" in text) == (find_spec("torchvision") is None)


@pytest.mark.parametrize("name, asked", [
    ("dpt-tiny", ()),
    ("marigold-lcm", SAMPLING),
    ("marigold-replicate", ("steps", "ensemble", "seed", "processing_resolution")),
])  # fmt: skip
def test_only_diffusion_models_are_asked_for_steps_and_ensemble(resolve, ready, name, asked):
    form, _, _ = resolve("predict_depth", ready, model=name)
    assert tuple(setting for setting in SAMPLING if setting in form.type.properties) == asked
    defaults = Sampling()
    for setting in asked:
        assert form.type.properties[setting].default == getattr(defaults, setting)


def test_settings_that_do_not_go_together_are_refused_in_the_form_with_the_mend(resolve, ready):
    _, valid, text = resolve("predict_depth", ready, model="marigold-lcm", uncertainty=True)
    assert not valid and "set ensemble to 3 or more, not 1" in text
    _, valid, text = resolve("predict_depth", ready, model="marigold-lcm", uncertainty=True, ensemble=3)
    assert valid and "set ensemble" not in text


def test_what_was_typed_for_a_diffusion_model_does_not_follow_to_another_kind(execute, ready, model):
    left_over = {"steps": 4, "ensemble": 10, "uncertainty": True}
    result = execute("predict_depth", {"dataset": ready}, model=model, field="left_over", **left_over).result
    assert result["predicted"] == len(ready)
    assert "steps" not in ready.get_run_info(result["run"]).config.settings


def test_a_caller_in_python_is_told_that_a_model_has_no_such_setting(fo, ready, model):
    from plumb.datasets.predicting import predict_depth
    from plumb.jobs import finish

    with pytest.raises(ValueError, match="steps: only diffusion models have this"):
        finish(predict_depth(ready, model, "stepped", steps=4))


# Replicate


def test_the_form_says_before_it_starts_how_many_predictions_are_paid_for_and_about_how_much(resolve, ready):
    _, valid, text = resolve("predict_depth", ready, model="midas-replicate")
    assert valid and f"{len(ready)} predictions on Replicate, billed to the token's account: about $" in text
    _, _, text = resolve("predict_depth", ready, model="midas-replicate", field="dpt")  # all have a map
    assert "0 predictions on Replicate" in text
    _, _, text = resolve("predict_depth", ready, model="midas-replicate", field="dpt", skip_existing=False)
    assert f"{len(ready)} predictions on Replicate" in text


def test_what_was_typed_for_marigold_here_does_not_block_the_form_of_a_model_on_replicate(resolve, ready):
    left_over = {"uncertainty": True, "scheduler": "lcm", "tiny_vae": True, "engine": "ray", "precision": "float16"}
    _, valid, text = resolve("predict_depth", ready, model="marigold-replicate", **left_over)
    assert valid and "set ensemble" not in text and "has no setting" not in text
    assert f"{len(ready)} predictions on Replicate" in text


def test_a_model_on_replicate_has_no_precision_batch_size_or_engine_to_choose(resolve, ready):
    form, _, _ = resolve("predict_depth", ready, model="midas-replicate")
    assert not {"precision", "batch_size", "engine"} & set(form.type.properties)


def test_without_a_token_the_form_says_so_and_the_run_stops_with_what_to_do(resolve, execute, ready, monkeypatch):
    monkeypatch.delenv("REPLICATE_API_TOKEN", raising=False)
    _, valid, text = resolve("predict_depth", ready, model=MIDAS)
    assert valid and "REPLICATE_API_TOKEN is not set here" in text
    with pytest.raises(Exception, match="REPLICATE_API_TOKEN"):
        execute("predict_depth", {"dataset": ready}, model=MIDAS, field="paid")
    assert not ready.has_field("paid")


def test_the_token_of_the_plugins_secret_is_in_no_form(resolve, ready, monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_do_not_tell")
    _, _, text = resolve("predict_depth", ready, model="midas-replicate")
    assert "is not set here" not in text and "r8_do_not_tell" not in text


def test_replicate_cannot_be_run_on_ray(fo, ready):
    from plumb.datasets.predicting import predict_depth
    from plumb.jobs import finish

    with pytest.raises(ValueError, match='choose engine="local"'):
        finish(predict_depth(ready, "midas-replicate", "far", engine="ray"))
