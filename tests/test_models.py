"""Models of transformers: maps equal to what its own parts give by hand, in the right quantity, at the image's size."""

from functools import cache
from itertools import product
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

import plumb
from plumb.images import read_rgb
from plumb.models import OFFLINE_MODEL, load_network
from plumb.sunrgbd import find_scenes, read_depth, read_scene
from tests import tiny_models
from tests.tiny_models import pictures

ROOT = Path(__file__).parents[1]

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

# Sizes on both sides of the networks' own, upright and lying, odd and even.
SIZES = [(48, 64), (65, 33), (120, 90)]
ARCHITECTURES = list(tiny_models.ARCHITECTURES)


def exact(folder: str):
    """The model as it is wherever bfloat16 pays."""
    return load_network(folder, precision="float32")


def by_hand(folder: str, images: list[np.ndarray]) -> np.ndarray:
    """The network's maps by transformers' own parts and torch's bilinear interpolation: (N, H, W)."""
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    network = AutoModelForDepthEstimation.from_pretrained(folder).eval()
    pixels = processor(images=images, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        depth = network(pixel_values=pixels).predicted_depth
    height, width = images[0].shape[:2]
    frame = (height, width)
    if network.config.model_type == "zoedepth":  # what the processor mirrors around the image
        frame = (height + 2 * int(sqrt(height / 2) * 3), width + 2 * int(sqrt(width / 2) * 3))
    elif processor.do_pad:
        frame = tuple(pixels.shape[2:])
    maps = torch.nn.Upsample(size=frame, mode="bilinear", align_corners=False)(depth.unsqueeze(1)).squeeze(1).numpy()
    top, left = (frame[0] - height) // 2, (frame[1] - width) // 2
    return maps[:, top : top + height, left : left + width]


# What the output means


@pytest.mark.parametrize(
    "architecture, quantity",
    [
        ("dpt", "inverse_depth"),
        ("dpt_hybrid", "inverse_depth"),
        ("dpt_beit", "inverse_depth"),
        ("dpt_swinv2", "inverse_depth"),
        ("dpt_dinov2", "depth"),
        ("depth_anything", "inverse_depth"),
        ("metric_depth_anything", "depth"),
        ("prompt_depth_anything", "affine_depth"),
        ("glpn", "depth"),
        ("zoedepth", "depth"),
    ],
)
def test_the_quantity_is_read_from_the_configuration(checkpoint, architecture, quantity):
    model = exact(checkpoint(architecture))
    assert model.quantity == quantity
    assert {found.depth.quantity for found in model.infer(pictures(2))} == {quantity}


@pytest.mark.parametrize("quantity", ["depth", "affine_depth", "inverse_depth"])
def test_the_users_word_on_the_quantity_counts_more(checkpoint, quantity):
    model = load_network(checkpoint("dpt"), quantity=quantity)
    assert model.quantity == quantity == model.infer(pictures(1))[0].depth.quantity


def test_that_prompt_depth_anything_is_given_no_prompt_is_recorded(checkpoint):
    assert "without a depth prompt" in load_network(checkpoint("prompt_depth_anything")).details()["meaning"]


# Prediction


@pytest.mark.parametrize("architecture, size", product(ARCHITECTURES, SIZES))
def test_maps_equal_processor_network_and_bilinear_resize_by_hand_at_the_images_size(checkpoint, architecture, size):
    images = pictures(2, size)
    maps = [found.depth for found in exact(checkpoint(architecture)).infer(images)]
    assert [depth_map.values.shape for depth_map in maps] == [size, size]
    assert all(depth_map.values.dtype == np.float32 for depth_map in maps)
    found, expected = np.stack([depth_map.values for depth_map in maps]), by_hand(checkpoint(architecture), images)
    assert np.ptp(expected) > 0 and found.min() >= 0  # a bicubic resize falls below
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.ptp(expected))


@pytest.mark.parametrize("height", [1, 3])
def test_a_picture_of_1_or_3_rows_is_not_taken_for_one_that_lies_channels_first(checkpoint, height):
    (image,) = pictures(1, (height, 40))
    (found,) = exact(checkpoint("dpt")).infer([image])
    (taller,) = exact(checkpoint("dpt")).infer([np.repeat(image, 2, axis=0)])
    assert found.depth.values.shape == (height, 40)
    # Twice as high, every row doubled: much the same map, which it is not with colours and rows confused.
    assert np.corrcoef(found.depth.values.mean(0), taller.depth.values.mean(0))[0, 1] > 0.9


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_map_does_not_depend_on_the_other_images_of_its_batch(checkpoint, architecture):
    model, images = exact(checkpoint(architecture)), pictures(3)
    together = model.infer(images)
    assert not np.allclose(together[0].depth.values, together[1].depth.values)  # else the order could not be told
    for image, expected in zip(images, together, strict=True):
        (alone,) = model.infer([image])
        reach = np.ptp(expected.depth.values)
        np.testing.assert_allclose(alone.depth.values, expected.depth.values, rtol=1e-4, atol=1e-5 * reach)


# What a model is


def test_a_model_says_what_it_is(checkpoint):
    model = load_network(checkpoint("glpn"))
    assert model.name == checkpoint("glpn")
    assert model.device in ("cpu", "cuda", "mps")
    assert model.precision in ("float32", "bfloat16", "float16")
    assert model.largest_batch >= model.batch_size >= 1


def test_a_model_records_how_it_computes(checkpoint):
    model = load_network(checkpoint("glpn"), precision="bfloat16")
    details = model.details()
    assert (details["quantity"], details["precision"], details["device"]) == ("depth", "bfloat16", model.device)
    assert details["parameters"] == sum(weights.numel() for weights in model.network.parameters())
    assert details["image_processor"] == "GLPNImageProcessorPil"
    assert details["float32_layers"] == ["head.head.2"]


def test_a_model_is_loaded_once_a_process_however_it_is_asked_for(checkpoint):
    model = load_network(checkpoint("dpt"))
    assert load_network(checkpoint("dpt"), "auto") is model
    assert load_network(model=checkpoint("dpt"), precision="auto", quantity="auto", backend="auto") is model
    assert load_network(checkpoint("dpt"), quantity="depth") is not model


# The offline model


@cache
def scores(root: Path, precision: str) -> dict[str, float]:
    """Means over the scenes below `root`."""
    model, found = load_network(OFFLINE_MODEL, precision=precision), []
    for folder in find_scenes(root):
        scene = read_scene(folder, annotations=False)
        (predicted,) = model.infer([read_rgb(scene.image)])
        truth = read_depth(scene.depth) * 0.001
        found.append(plumb.evaluate(predicted.depth.values, truth, quantity=predicted.depth.quantity).metrics)
    return {name: float(np.mean([score[name] for score in found])) for name in found[0]}


SAMPLES = ROOT / "samples" / "SUNRGBD"


@pytest.mark.parametrize(
    "root, worst, least",
    [(SAMPLES, 0.13, 0.84), (ROOT.parent / "shared" / "data" / "SUNRGBD" / "kv2", 0.17, 0.72)],
    ids=["samples", "real kv2"],
)
def test_the_offline_model_scores_what_its_card_says(root, worst, least):
    if not root.is_dir():
        pytest.skip(f"no folder `shared` beside the repository ({root})")
    assert scores(root, "float32")["abs_rel"] < worst
    assert scores(root, "float32")["delta1"] > least


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_in_16_bits_every_metric_stays_within_half_a_percent_of_float32s(precision):
    assert scores(SAMPLES, precision) == pytest.approx(scores(SAMPLES, "float32"), rel=0.005)
    assert scores(SAMPLES, precision) != scores(SAMPLES, "float32")


def test_the_offline_model_loads_and_predicts_from_the_repository():
    model = load_network(OFFLINE_MODEL)
    depth_map = model.infer(pictures(1, (120, 160)))[0].depth
    assert model.name == OFFLINE_MODEL and depth_map.quantity == "inverse_depth"
    assert depth_map.values.shape == (120, 160) and np.isfinite(depth_map.values).all()
