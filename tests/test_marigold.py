"""Marigold: every map is diffusers' own, of its image, its settings and its seed alone."""

import json
import logging
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from plumb.models import ModelError, ModelSpec, Prediction, Sampling, load_network, resolve
from tests import tiny_marigold

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from plumb.models.marigold import MarigoldModel  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

LYING, UPRIGHT, LONG = (41, 57), (57, 41), (19, 80)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("checkpoints")
    return {
        "ddim": tiny_marigold.save(folder / "ddim", tiny_vae=True),
        "lcm": tiny_marigold.save(folder / "lcm", scheduler="LCMScheduler"),
    }


@pytest.fixture
def copied(checkpoints, tmp_path) -> Path:
    """A checkpoint that may be spoilt."""
    return Path(shutil.copytree(checkpoints["ddim"], tmp_path / "checkpoint"))


@cache
def load(folder: Path, quantity: str = "auto", precision: str = "float32", **sampling) -> MarigoldModel:
    return MarigoldModel.load(ModelSpec("tiny", str(folder), "marigold"), quantity, precision, Sampling(**sampling))


@cache
def diffusers_pipeline(folder: Path):
    from diffusers import MarigoldDepthPipeline

    pipeline = MarigoldDepthPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.vae.enable_slicing()
    return pipeline


def by_hand(pipeline, image: np.ndarray, sampling: Sampling):
    """What diffusers makes of one image, as the documentation of `MarigoldModel` says."""
    return pipeline(
        image,
        num_inference_steps=sampling.steps,
        ensemble_size=sampling.ensemble,
        processing_resolution=sampling.processing_resolution,
        batch_size=sampling.ensemble,
        generator=[torch.Generator().manual_seed(sampling.seed + k) for k in range(sampling.ensemble)],
        output_uncertainty=sampling.uncertainty,
    )


def pictures(count: int, size: tuple[int, int]) -> list[np.ndarray]:
    """Different coloured waves of (height, width)."""
    y, x = np.mgrid[: size[0], : size[1]] / max(size)
    waves = np.random.default_rng(0).uniform(1, 9, (count, 3, 3))
    return [
        np.stack([127 + 127 * np.sin(a * x + b * y + c) for a, b, c in channels], axis=2).astype(np.uint8)
        for channels in waves
    ]


def assert_equal_to_diffusers(predictions: list[Prediction], images: list[np.ndarray], pipeline, sampling: Sampling):
    for prediction, image in zip(predictions, images, strict=True):
        expected = by_hand(pipeline, image, sampling)
        np.testing.assert_allclose(prediction.depth.values, expected.prediction[0, :, :, 0], rtol=0, atol=1e-5)
        if sampling.uncertainty:
            np.testing.assert_allclose(prediction.uncertainty, expected.uncertainty[0, :, :, 0], rtol=0, atol=1e-5)
        else:
            assert prediction.uncertainty is None


def refused(folder: Path, quantity: str = "auto", precision: str = "auto", **sampling) -> str:
    with pytest.raises(ModelError) as caught:
        MarigoldModel.load(ModelSpec("tiny", str(folder), "marigold"), quantity, precision, Sampling(**sampling))
    message = str(caught.value)
    assert "\n" not in message
    return message


# Equal to diffusers, image by image


@pytest.mark.parametrize(
    ("checkpoint", "size", "settings"),
    [
        ("ddim", LYING, {}),
        ("ddim", UPRIGHT, {"steps": 1, "seed": 7}),
        ("ddim", LONG, {"steps": 3, "processing_resolution": 0}),
        ("ddim", LYING, {"processing_resolution": 64}),
        ("ddim", UPRIGHT, {"steps": 1, "ensemble": 3, "uncertainty": True}),
        ("ddim", LONG, {"steps": 2, "ensemble": 3, "seed": 5}),
        ("lcm", UPRIGHT, {"steps": 1}),
        ("lcm", LONG, {"steps": 3, "seed": 2}),
        ("lcm", LYING, {"steps": 1, "ensemble": 2, "processing_resolution": 0}),
        ("lcm", UPRIGHT, {"steps": 3, "ensemble": 3, "uncertainty": True}),
    ],
)
def test_every_map_of_a_batch_is_what_diffusers_makes_of_the_image_alone(checkpoints, checkpoint, size, settings):
    model, images = load(checkpoints[checkpoint], **settings), pictures(3, size)
    pipeline = diffusers_pipeline(checkpoints[checkpoint])
    assert_equal_to_diffusers(model.infer(images), images, pipeline, Sampling(**settings))


@pytest.mark.parametrize("settings", [{"steps": 3}, {"steps": 3, "ensemble": 3, "uncertainty": True}])
def test_the_map_of_an_image_is_the_same_in_every_batch(checkpoints, settings):
    model, images = load(checkpoints["lcm"], **settings), pictures(3, LYING)
    together, alone = model.infer(images), [model.infer([image])[0] for image in images]
    # To the bit with an ensemble, whose alignment is chaotic: the least difference grows to a tenth of the map.
    tolerance = 0 if model.sampling.ensemble > 1 else 1e-5
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.depth.values, other.depth.values, rtol=0, atol=tolerance)
    assert np.abs(together[0].depth.values - together[1].depth.values).max() > 1e-3


def test_the_seed_alone_decides_over_the_noise_and_nothing_is_drawn_from_the_programs_own_generator(checkpoints):
    (image,), before = pictures(1, LYING), torch.get_rng_state()
    maps = [load(checkpoints["lcm"], steps=2, seed=seed).infer([image])[0].depth.values for seed in (1, 1, 2)]
    np.testing.assert_array_equal(maps[0], maps[1])
    assert np.abs(maps[0] - maps[2]).max() > 0.01
    assert torch.equal(torch.get_rng_state(), before)


def test_threads_that_share_a_model_do_not_count_each_others_steps(checkpoints):
    model, images = load(checkpoints["lcm"], steps=3), pictures(8, (16, 16))
    alone = [model.infer([image])[0].depth.values for image in images]
    with ThreadPoolExecutor(4) as pool:
        at_once = [running[0].depth.values for running in pool.map(lambda image: model.infer([image]), images)]
    np.testing.assert_array_equal(at_once, alone)


# Settings


@pytest.mark.parametrize(("checkpoint", "asked", "kind"), [("ddim", "lcm", "LCM"), ("lcm", "ddim", "DDIM")])
def test_another_scheduler_is_made_of_the_checkpoints_own(checkpoints, checkpoint, asked, kind):
    import diffusers

    sampling, images = Sampling(steps=2, scheduler=asked), pictures(2, LYING)
    model = load(checkpoints[checkpoint], steps=2, scheduler=asked)
    pipeline = diffusers_pipeline(checkpoints[checkpoint])
    own = pipeline.scheduler
    try:
        pipeline.scheduler = getattr(diffusers, f"{kind}Scheduler").from_config(own.config)
        assert_equal_to_diffusers(model.infer(images), images, pipeline, sampling)
    finally:
        pipeline.scheduler = own


def test_the_tiny_autoencoder_takes_the_place_of_the_large_one(checkpoints):
    from diffusers import AutoencoderTiny

    model, images = load(checkpoints["ddim"], tiny_vae=True), pictures(2, UPRIGHT)
    pipeline = diffusers_pipeline(checkpoints["ddim"])
    own = pipeline.vae
    try:
        pipeline.vae = AutoencoderTiny.from_pretrained(checkpoints["ddim"] / "tiny_vae")
        assert_equal_to_diffusers(model.infer(images), images, pipeline, Sampling())
    finally:
        pipeline.vae = own


@pytest.mark.parametrize("tiny_vae", [False, True])
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_takes_the_same_noise_and_its_map_has_no_bands(checkpoints, precision, tiny_vae):
    images = pictures(2, (36, 52))  # float16's generator draws other noise where latents hold no multiple of 16 values
    settings = {"processing_resolution": 0, "tiny_vae": tiny_vae, "seed": 3}
    exact = load(checkpoints["ddim"], **settings).infer(images)
    for half, whole in zip(load(checkpoints["ddim"], "auto", precision, **settings).infer(images), exact, strict=True):
        assert half.depth.values.dtype == np.float32
        np.testing.assert_allclose(half.depth.values, whole.depth.values, rtol=0, atol=0.02)
        assert len(np.unique(half.depth.values)) > 0.9 * len(np.unique(whole.depth.values))


def test_the_settings_in_force_are_recorded_with_the_checkpoints_own_where_none_was_asked_for(checkpoints):
    assert load(checkpoints["ddim"]).details() == {
        "quantity": "affine_depth",
        "precision": "float32",
        "device": load(checkpoints["ddim"]).device,
        "weights": None,
        "steps": 2,
        "ensemble": 1,
        "seed": 0,
        "processing_resolution": 32,
        "scheduler": "ddim",
        "tiny_vae": False,
        "uncertainty": False,
    }
    asked = {"steps": 1, "ensemble": 3, "seed": 4, "processing_resolution": 0, "tiny_vae": True, "uncertainty": True}
    details = load(checkpoints["ddim"], scheduler="lcm", **asked).details()
    assert details.items() >= {**asked, "scheduler": "lcm"}.items()
    assert json.loads(json.dumps(details)) == details


@pytest.mark.parametrize(
    ("prediction_type", "asked", "quantity"),
    [
        ("depth", "auto", "affine_depth"),
        ("disparity", "auto", "inverse_depth"),
        ("depth", "inverse_depth", "inverse_depth"),
    ],
)
def test_the_quantity_is_affine_depth_unless_the_checkpoint_or_the_user_says_otherwise(
    copied, prediction_type, asked, quantity
):
    amend(copied / "model_index.json", prediction_type=prediction_type)
    model = load(copied, asked)
    assert model.quantity == quantity == model.infer(pictures(1, (8, 8)))[0].depth.quantity


def test_weights_in_half_precision_are_enough_for_half_precision(checkpoints, tmp_path):
    diffusers_pipeline(checkpoints["ddim"]).save_pretrained(tmp_path, variant="fp16")
    assert not list(tmp_path.rglob("diffusion_pytorch_model.safetensors"))
    images = pictures(1, LYING)
    expected = load(checkpoints["ddim"], "auto", "float16").infer(images)[0].depth.values
    np.testing.assert_allclose(load(tmp_path, "auto", "float16").infer(images)[0].depth.values, expected, atol=1e-3)


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_nothing_is_said_on_the_way_and_the_text_encoder_is_dropped(checkpoints, precision, capfd, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("diffusers"), "handlers", [caplog.handler])
    model = load.__wrapped__(checkpoints["ddim"], "auto", precision, steps=2, ensemble=2)
    model.infer(pictures(2, (16, 16)))
    assert capfd.readouterr() == ("", "") and not caplog.records
    assert model.pipeline.text_encoder is None


# One checkpoint in memory


def test_every_seed_and_number_of_steps_samples_from_one_checkpoint_in_memory(checkpoints):
    folder, (image,) = str(checkpoints["lcm"]), pictures(1, LYING)
    first = load_network(folder, precision="float32", sampling=Sampling(steps=1))
    asked = Sampling(steps=3, ensemble=3, seed=5, processing_resolution=0, uncertainty=True)
    other = load_network(folder, quantity="inverse_depth", precision="float32", sampling=asked)
    assert other.pipeline is first.pipeline
    assert (first.sampling.steps, first.sampling.processing_resolution, first.quantity) == (1, 32, "affine_depth")
    assert (other.sampling, other.quantity) == (replace(asked, scheduler="lcm"), "inverse_depth")
    for model, settings in ((first, {"steps": 1}), (other, asdict(asked))):
        expected = load(checkpoints["lcm"], **settings).infer([image])[0].depth.values
        np.testing.assert_array_equal(model.infer([image])[0].depth.values, expected)
    with pytest.raises(ModelError, match="51 steps are more"):
        load_network(folder, precision="float32", sampling=Sampling(steps=51))
    assert load_network(folder, precision="float32").pipeline is first.pipeline  # what was refused loaded nothing


@pytest.mark.parametrize("sampling", [Sampling(scheduler="lcm"), Sampling(tiny_vae=True)], ids=["lcm", "tiny_vae"])
def test_what_loading_depends_on_is_loaded_for_itself(checkpoints, sampling):
    own, other = (load_network(str(checkpoints["ddim"]), sampling=asked) for asked in (None, sampling))
    assert other.pipeline is not own.pipeline and other.sampling != own.sampling == load(checkpoints["ddim"]).sampling


def test_the_weights_are_told_by_the_folders_fingerprint_or_the_commits_of_the_hub(checkpoints, tmp_path, monkeypatch):
    from huggingface_hub import constants

    folder = str(checkpoints["ddim"])
    assert load_network(folder).details()["weights"] == resolve(folder).weights
    of_the_hub = [("prs-eth--marigold", "a" * 40, folder), ("madebyollin--taesd", "b" * 40, f"{folder}/tiny_vae")]
    for name, commit, source in of_the_hub:
        cached = tmp_path / f"models--{name}"
        shutil.copytree(source, cached / "snapshots" / commit, ignore=shutil.ignore_patterns("tiny_vae"))
        (cached / "refs").mkdir()
        (cached / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    large, small = (load_network("prs-eth/marigold", sampling=Sampling(tiny_vae=tiny)) for tiny in (False, True))
    assert large.details()["weights"] == "a" * 40
    assert small.details()["weights"] == f"{'a' * 40}, {'b' * 40}"


# Values that leave the range of 16 bits


@pytest.mark.parametrize("ensemble", [1, 3])
def test_holes_that_half_precision_makes_are_an_error_that_names_the_mend(checkpoints, tmp_path, ensemble):
    pipeline = diffusers_pipeline.__wrapped__(checkpoints["ddim"])
    with torch.no_grad():
        pipeline.vae.decoder.conv_in.weight *= 1e7  # infinite in float16; a norm follows, which takes it back
    pipeline.save_pretrained(tmp_path)
    (image,) = pictures(1, LYING)
    assert np.isfinite(load(tmp_path, ensemble=ensemble).infer([image])[0].depth.values).all()
    with pytest.raises(FloatingPointError, match='pixels in float16; choose precision="float32"'):
        load(tmp_path, "auto", "float16", ensemble=ensemble).infer([image])


# Extreme images


@pytest.mark.parametrize("resolution", [0, 32])
def test_a_single_pixel_is_a_map_too(checkpoints, resolution):
    model = load(checkpoints["ddim"], ensemble=3, uncertainty=True, processing_resolution=resolution)
    (prediction,) = model.infer([np.full((1, 1, 3), 200, np.uint8)])
    assert prediction.depth.values.shape == prediction.uncertainty.shape == (1, 1)
    assert 0 <= prediction.depth.values <= 1 and 0 <= prediction.uncertainty <= 1


@pytest.mark.parametrize("size", [(1, 65), (65, 1)])
def test_an_image_too_elongated_for_the_processing_resolution_is_refused_and_the_mend_works(checkpoints, size):
    (image,) = pictures(1, size)
    with pytest.raises(
        ValueError, match=f"{size[1]} x {size[0]} pixels .*resolution of 32.*processing_resolution to 0"
    ):
        load(checkpoints["ddim"]).prepare(image)
    (prediction,) = load(checkpoints["ddim"], processing_resolution=0).infer([image])
    assert prediction.depth.values.shape == size and np.ptp(prediction.depth.values) > 0


@pytest.mark.parametrize("size", [(1, 32), (32, 1), (1, 2), (2, 300)])
def test_other_elongated_images_are_equal_to_diffusers_too(checkpoints, size):
    settings = {"processing_resolution": 64 if max(size) < 300 else 0}
    (image,) = pictures(1, size)
    predictions = load(checkpoints["ddim"], **settings).infer([image])
    assert_equal_to_diffusers(predictions, [image], diffusers_pipeline(checkpoints["ddim"]), Sampling(**settings))


# Refused, in one line


def amend(file: Path, **more: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **more}))


@pytest.mark.parametrize("kind", ["MarigoldNormalsPipeline", "MarigoldIntrinsicsPipeline", "StableDiffusionPipeline"])
def test_a_pipeline_of_another_kind_is_refused_by_its_name(copied, kind):
    amend(copied / "model_index.json", _class_name=kind)
    assert f"{copied} is a {kind}, not a MarigoldDepthPipeline" in refused(copied)


def test_a_folder_of_something_else_is_one_clear_line(tmp_path):
    assert str(tmp_path) in refused(tmp_path)


@pytest.mark.parametrize("part", ["model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
                                  "text_encoder/model.safetensors", "scheduler/scheduler_config.json"])  # fmt: skip
@pytest.mark.parametrize("how", ["missing", "cut off"])
def test_a_damaged_checkpoint_is_one_clear_line(copied, part, how):
    whole = (copied / part).read_bytes()
    if how == "missing":
        (copied / part).unlink()
    else:
        (copied / part).write_bytes(whole[: len(whole) // 2])
    assert str(copied) in refused(copied)


def test_another_scheduler_than_the_known_ones_is_refused_until_one_is_chosen(tmp_path):
    folder = tiny_marigold.save(tmp_path, scheduler="PNDMScheduler")
    assert "PNDMScheduler; set scheduler to ddim or lcm" in refused(folder)
    assert load(folder, scheduler="ddim").details()["scheduler"] == "ddim"


def test_settings_that_do_not_fit_the_checkpoint_are_refused_before_the_first_image(checkpoints, copied):
    assert "51 steps are more than the lcm scheduler" in refused(checkpoints["lcm"], steps=51)
    assert "a multiple of 4, not 30" in refused(checkpoints["lcm"], processing_resolution=30)
    assert "unknown quantity 'metres'" in refused(checkpoints["lcm"], quantity="metres")
    assert "unknown precision 'int8'" in refused(checkpoints["lcm"], precision="int8")
    amend(copied / "model_index.json", default_denoising_steps=None)
    assert "does not say which steps suits it; set steps" in refused(copied)
    assert load(copied, steps=1).sampling.steps == 1


def test_without_diffusers_one_line_says_what_to_install(checkpoints, monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    assert "needs diffusers: pip install diffusers" in refused(checkpoints["ddim"])


@pytest.fixture
def hub_out_of_reach(monkeypatch, tmp_path) -> None:
    """The hub's address leads to a port where nobody listens, and the cache is empty."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "empty cache"))


def test_with_the_hub_out_of_reach_one_line_names_what_was_to_be_fetched(hub_out_of_reach, checkpoints):
    spec = ModelSpec("marigold-lcm", "prs-eth/marigold-depth-lcm-v1-0", "marigold")
    with pytest.raises(ModelError, match="cannot reach .* to fetch prs-eth/marigold-depth-lcm-v1-0"):
        MarigoldModel.load(spec)
    assert "to fetch madebyollin/taesd" in refused(checkpoints["lcm"], tiny_vae=True)
    with pytest.raises(ModelError, match="to fetch prs-eth"):
        MarigoldModel.load(replace(spec, source="prs-eth/marigold-depth-v1-1"), sampling=Sampling(tiny_vae=True))
