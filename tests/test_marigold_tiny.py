"""The offline Marigold: the folder is what its card promises, and its script still trains one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
sys.path.insert(0, str(SAMPLES))

import diffusion_parts as parts  # noqa: E402
import scene_set  # noqa: E402
import score  # noqa: E402
import train_marigold  # noqa: E402
from diffusers import MarigoldDepthPipeline  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from training import Training, ahead  # noqa: E402

MODEL = SAMPLES / "marigold-tiny"


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small gain nothing from more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def pipeline() -> MarigoldDepthPipeline:
    loaded = MarigoldDepthPipeline.from_pretrained(MODEL, local_files_only=True)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def random_scenes(count: int) -> scene_set.SceneSet:
    rng = np.random.default_rng(0)
    shape = (count, scene_set.HEIGHT, scene_set.WIDTH)
    ramp = np.linspace(0.2, 1, scene_set.HEIGHT)[:, None] * rng.uniform(0.5, 1, (count, 1, 1))
    disparity = np.broadcast_to(ramp, shape).astype(np.float16)
    return scene_set.SceneSet(rng.integers(0, 256, (*shape, 3), dtype=np.uint8), disparity)


def test_the_folder_is_small_and_holds_what_a_published_checkpoint_holds() -> None:
    files = {p.relative_to(MODEL).as_posix(): p.stat().st_size for p in MODEL.rglob("*") if p.is_file()}
    assert sum(files.values()) < 20e6
    assert {p for p in files if p.endswith(".safetensors")} == {
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
    }
    assert {"model_index.json", "README.md", "scheduler/scheduler_config.json"} <= files.keys()
    assert {p.split("/")[0] for p in files} == {
        "model_index.json", "README.md", "scheduler", "text_encoder", "tokenizer", "unet", "vae",
    }  # fmt: skip


def test_it_is_set_up_as_the_published_marigold_is(pipeline: MarigoldDepthPipeline) -> None:
    assert pipeline.config.prediction_type == "depth"
    assert pipeline.config.scale_invariant and pipeline.config.shift_invariant
    assert (pipeline.config.default_denoising_steps, pipeline.config.default_processing_resolution) == (1, 128)
    schedule = pipeline.scheduler.config
    assert (schedule.prediction_type, schedule.timestep_spacing) == ("v_prediction", "trailing")
    assert schedule.rescale_betas_zero_snr and not schedule.clip_sample
    assert (pipeline.unet.config.in_channels, pipeline.unet.config.out_channels) == (8, 4)
    assert pipeline.vae.config.latent_channels == 4
    # A full-precision run must not find half a network in half precision.
    assert {p.dtype for part in (pipeline.unet, pipeline.vae) for p in part.parameters()} == {torch.float32}


@pytest.mark.parametrize("steps", [1, 4])
def test_it_sees_more_than_a_constant_does_in_few_steps(steps: int) -> None:
    predict = score.marigold(MODEL, steps)
    scores, constant, order = [], [], []
    for rgb, depth in list(score.sunrgbd(SAMPLES / "SUNRGBD"))[::4]:
        prediction = predict(rgb)
        assert prediction.shape == depth.shape and prediction.min() >= 0 and prediction.max() <= 1
        scores.append(score.abs_rel_and_delta1(prediction, depth, "affine_depth"))
        constant.append(score.abs_rel_and_delta1(np.ones(depth.shape), depth, "affine_depth"))
        there = depth > 0
        order.append(np.corrcoef(prediction[there], depth[there])[0, 1])
    (abs_rel, delta1), (constant_abs_rel, constant_delta1) = np.mean(scores, 0), np.mean(constant, 0)
    assert abs_rel < 0.6 * constant_abs_rel and delta1 > constant_delta1 + 0.15
    assert min(order) > 0.5  # larger is farther, in every scene


def test_the_noise_is_of_the_generator_alone(pipeline: MarigoldDepthPipeline) -> None:
    """It samples: another seed is another map, the same seed the same, also in an ensemble with its spread."""
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)

    def sample(seed: int, **settings: object) -> object:
        return pipeline(image, generator=torch.Generator().manual_seed(seed), processing_resolution=80, **settings)

    assert np.array_equal(sample(0).prediction, sample(0).prediction)
    assert not np.array_equal(sample(0).prediction, sample(1).prediction)
    spread = sample(0, ensemble_size=3, output_uncertainty=True, num_inference_steps=1).uncertainty
    assert spread.shape == (1, 60, 80, 1) and spread.max() > 0


@given(st.floats(0.1, 10), st.floats(0, 5), st.integers(0, 9))
def test_normalised_depth_forgets_scale_and_shift_and_keeps_near_at_minus_one(a: float, b: float, seed: int) -> None:
    depth = torch.rand(2, 12, 16, generator=torch.Generator().manual_seed(seed)) * 3 + 0.5
    flat = parts.normalised(depth)
    assert flat.shape == (2, 3, 12, 16) and torch.equal(flat[:, 0], flat[:, 2])
    assert torch.allclose(parts.normalised(a * depth + b), flat, atol=1e-3)
    for map_, metres in zip(flat[:, 0], depth, strict=True):
        assert (
            map_.min() == -1 == map_.flatten()[metres.argmin()] and map_.max() == 1 == map_.flatten()[metres.argmax()]
        )
        assert 0.02 <= (map_ == -1).float().mean() < 0.04 and 0.02 <= (map_ == 1).float().mean() < 0.04


def test_at_the_last_timestep_nothing_of_the_clean_latent_is_left_and_the_velocity_is_it_turned() -> None:
    scheduler, last = parts.build_scheduler(), torch.tensor([999])
    clean, noise = torch.randn(2, 1, 4, 3, 4).unbind()
    assert torch.equal(scheduler.add_noise(clean, noise, last), noise)
    assert torch.equal(scheduler.get_velocity(clean, noise, last), -clean)
    scheduler.set_timesteps(1)
    assert scheduler.timesteps.tolist() == [999]


def test_learning_one_batch_lowers_both_losses() -> None:
    pair = train_marigold.batch(random_scenes(4), 4, (64, 64), (0, 0))
    torch.manual_seed(0)
    vae, unet = parts.build_vae(), parts.build_unet()
    scheduler, text = parts.build_scheduler(), parts.empty_text()

    def of_vae() -> torch.Tensor:
        torch.manual_seed(0)
        return train_marigold.vae_loss(vae, pair)

    def of_unet() -> torch.Tensor:
        torch.manual_seed(0)
        return train_marigold.unet_loss(unet, vae, scheduler, text, pair, decoded=True)

    for network, loss in ((vae, of_vae), (unet, of_unet)):
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
        before = loss()
        for _ in range(3):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        assert loss().item() < 0.95 * before.item()


def test_a_training_of_two_steps_writes_a_folder_that_loads_and_predicts(tmp_path: Path) -> None:
    args = argparse.Namespace(out=tmp_path, vae_steps=1, steps=2, batch=4, lr=1e-3)
    scenes = random_scenes(4)
    train_marigold.train_unet(scenes, train_marigold.train_vae(scenes, args), args)
    made = MarigoldDepthPipeline.from_pretrained(tmp_path, local_files_only=True)
    made.set_progress_bar_config(disable=True)
    prediction = made(np.zeros((60, 80, 3), np.uint8), processing_resolution=80).prediction
    assert prediction.shape == (1, 60, 80, 1) and np.isfinite(prediction).all()
    clean = parts.encode(made.vae, parts.normalised(train_marigold.batch(scenes, 32, train_marigold.SIZE, (0, 8))[1]))
    assert abs(clean.std().item() - 1) < 0.02
    weights = load_file(tmp_path / "unet" / "diffusion_pytorch_model.safetensors")
    assert {w.dtype for w in weights.values()} == {torch.float16}


def test_a_stopped_training_resumes_to_what_an_unbroken_one_makes(tmp_path: Path) -> None:
    def run(checkpoint: Path, until: int) -> Training:
        torch.manual_seed(0)
        training = Training(torch.nn.Linear(3, 1), checkpoint, steps=8, lr=0.1)
        draw = lambda step: torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(step)).unbind()  # noqa: E731
        for x, y in ahead(draw, training):
            training.learn((training.model(x) - y.sum(1, keepdim=True)).square().mean())
            if training.step == until:
                training.save()
                break
        return training

    unbroken = run(tmp_path / "unbroken.pt", 8)
    run(tmp_path / "stopped.pt", 3)
    resumed = run(tmp_path / "stopped.pt", 8)
    assert resumed.step == unbroken.step == 8 and resumed.finished
    for a, b in ((resumed.model, unbroken.model), (resumed.average, unbroken.average)):
        assert torch.equal(a.weight, b.weight) and torch.equal(a.bias, b.bias)
    assert not torch.equal(unbroken.model.weight, unbroken.average.weight)
