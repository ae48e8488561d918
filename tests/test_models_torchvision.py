"""The families whose image processors need torchvision, and ZoeDepth's own post-processing, which does too.

Skipped where torchvision cannot be imported. One that was made for another build of torch serves too, as after
`pip install --no-deps --target FOLDER torchvision`: run this file alone with PLUMB_TEST_TORCHVISION=FOLDER.
"""

import os
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from tests import tiny_models
from tests.tiny_models import pictures, save_beyond_float16

torch = pytest.importorskip("torch")

if find_spec("torchvision") is None and "PLUMB_TEST_TORCHVISION" in os.environ:
    # Its compiled operators do not load; what it says about two of them it says at import, so they are declared.
    _declared = torch.library.Library("torchvision", "DEF")
    for _name in ("nms", "qnms"):
        _declared.define(f"{_name}(Tensor boxes, Tensor scores, float iou_threshold) -> Tensor")
    sys.path.append(os.environ["PLUMB_TEST_TORCHVISION"])

pytest.importorskip("torchvision", reason="torchvision is not installed, and PLUMB_TEST_TORCHVISION names none")

from plumb.models import ModelError, load_network  # noqa: E402  (it looks for torchvision)

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = [(48, 64), (65, 33), (120, 90)]


def load(folder: str, precision: str = "float32", quantity: str = "auto"):
    return load_network(folder, precision=precision, quantity=quantity)


def by_the_library(model, folder: str, images: list[np.ndarray], **options) -> list[dict]:
    """The network's output by its own processor, before and after."""
    from transformers import AutoImageProcessor

    processor, size = AutoImageProcessor.from_pretrained(folder), images[0].shape[:2]
    with torch.no_grad():
        outputs = model.network(**processor(images=images, input_data_format="channels_last", return_tensors="pt"))
    options = {name: [size] * len(images) for name in options or ("target_sizes",)}
    return processor.post_process_depth_estimation(outputs, **options)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("architecture", ["depth_pro", "tipsv2_dpt"])
def test_maps_are_metres_equal_to_the_librarys_own_post_processing(checkpoint, architecture, size):
    model, images = load(checkpoint(architecture)), pictures(2, size)
    assert model.quantity == "depth"
    expected = by_the_library(model, checkpoint(architecture), images)
    for found, result in zip(model.infer(images), expected, strict=True):
        assert found.depth.quantity == "depth" and np.ptp(found.depth.values) > 0
        np.testing.assert_allclose(found.depth.values, result["predicted_depth"].reshape(size), rtol=1e-3)


def test_the_field_of_view_of_depth_pro_is_kept_in_degrees(checkpoint):
    model, images = load(checkpoint("depth_pro")), pictures(2)
    expected = by_the_library(model, checkpoint("depth_pro"), images)
    for found, result in zip(model.infer(images), expected, strict=True):
        assert type(found.depth.field_of_view) is float and 0 < found.depth.field_of_view < 180
        assert found.depth.field_of_view == pytest.approx(float(result["field_of_view"]), rel=1e-5)


def test_depth_pro_without_its_field_of_view_gives_inverse_depth_which_has_no_metres(checkpoint):
    model, images = load(checkpoint("depth_pro_without_field_of_view")), pictures(2)
    expected = by_the_library(model, checkpoint("depth_pro_without_field_of_view"), images)
    for found, result in zip(model.infer(images), expected, strict=True):
        assert found.depth.quantity == "inverse_depth" and found.depth.field_of_view is None
        np.testing.assert_allclose(1 / found.depth.values.clip(1e-4, 1e4), result["predicted_depth"], rtol=1e-3)


@pytest.mark.parametrize("size", SIZES)
def test_zoedepths_margins_are_cut_off_as_by_the_librarys_own_post_processing(checkpoint, size):
    """But for its bicubic resize, which overshoots at edges."""
    model, images = load(checkpoint("zoedepth")), pictures(2, size)
    expected = by_the_library(model, checkpoint("zoedepth"), images, target_sizes=1, source_sizes=1)
    for found, result in zip(model.infer(images), expected, strict=True):
        wanted = result["predicted_depth"].numpy()
        assert np.abs(found.depth.values - wanted).mean() < 0.01 * np.ptp(wanted)


def test_a_canopy_height_model_is_refused_unless_the_user_says_what_its_output_is_to_mean(checkpoint):
    with pytest.raises(ModelError, match="height of trees.*set quantity to one of"):
        load_network(checkpoint("chmv2"))


def test_canopy_heights_are_those_of_the_librarys_own_post_processing_but_for_aligned_corners(checkpoint):
    model, images = load(checkpoint("chmv2"), quantity="affine_depth"), pictures(2, (96, 64))
    expected = by_the_library(model, checkpoint("chmv2"), images)
    for found, result in zip(model.infer(images), expected, strict=True):
        wanted = result["predicted_depth"].numpy()
        assert np.abs(found.depth.values - wanted).mean() < 0.01 * np.ptp(wanted)


@pytest.mark.parametrize("size", SIZES)
def test_the_zeros_that_a_processor_adds_are_not_part_of_a_canopy_map(checkpoint, size):
    model, (image,) = load(checkpoint("chmv2"), quantity="affine_depth"), pictures(1, size)
    height, width = (-side % 16 + side for side in size)
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    pixels = model.preprocessing.normalized(model.preprocessing.prepare(image).pixels)
    assert pixels.shape[2:] == (height, width)
    with torch.no_grad():
        depth = model.network(pixel_values=pixels).predicted_depth
    whole = torch.nn.functional.interpolate(depth[None], (height, width), mode="bilinear")[0, 0].numpy()
    expected = whole[top : top + size[0], left : left + size[1]]
    np.testing.assert_allclose(model.infer([image])[0].depth.values, expected, rtol=1e-4)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize("architecture", tiny_models.WITH_TORCHVISION)
def test_16_bits_are_close_to_32_and_leave_no_bands(checkpoint, architecture, precision):
    (image,) = pictures(1)
    exact, rough = (
        load(checkpoint(architecture), kind, "affine_depth").infer([image])[0] for kind in ("float32", precision)
    )
    difference = np.abs(rough.depth.values - exact.depth.values).mean()
    assert 0 < difference < 0.05 * exact.depth.values.std()
    assert len(np.unique(rough.depth.values)) > 0.9 * len(np.unique(exact.depth.values))
    if exact.depth.field_of_view:
        assert rough.depth.field_of_view == pytest.approx(exact.depth.field_of_view, rel=0.01)


def test_depth_pros_limits_do_not_make_a_depth_of_what_half_precision_cannot_hold(checkpoint, tmp_path):
    beyond_float16 = save_beyond_float16(checkpoint("depth_pro"), tmp_path, "head.layers.2", "head.layers.4")
    (image,) = pictures(1)
    assert np.isfinite(load(beyond_float16).infer([image])[0].depth.values).all()
    with pytest.raises(FloatingPointError, match='in float16; choose precision="float32"'):
        load(beyond_float16, "float16").infer([image])


def test_pillow_processes_the_images_of_families_that_do_without_torchvision(checkpoint):
    assert load(checkpoint("dpt")).details()["image_processor"] == "DPTImageProcessorPil"
