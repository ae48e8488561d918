"""The families of transformers' depth models: checked against the library's own tables and post-processing."""

from itertools import product

import numpy as np
import pytest

from plumb.models import load_network
from plumb.models.families import FAMILIES, family
from plumb.models.preprocessing import Preprocessing, at_image_size
from tests import tiny_models
from tests.tiny_models import pictures

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

# ZoeDepth's own post-processing needs torchvision: see test_models_torchvision.py.
WITH_OWN_POST_PROCESSING = [name for name in tiny_models.ARCHITECTURES if name != "zoedepth"]


def processor_of(folder: str):
    from transformers import AutoImageProcessor

    return AutoImageProcessor.from_pretrained(folder, backend="pil")


def test_every_family_that_transformers_knows_is_in_the_table():
    from transformers.models.auto.modeling_auto import MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES as families

    assert set(FAMILIES) == set(families)


def test_torchvision_is_needed_exactly_where_there_is_no_pillow_processor():
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES as processors

    for name, kind in FAMILIES.items():
        assert kind.processor == ("pil" if "pil" in processors[name] else "torchvision"), name


def test_of_a_family_that_is_newer_than_the_table_nothing_is_assumed():
    unknown = family("depth_from_the_future")
    assert unknown.quantity(None) is None and unknown.exact == () and unknown.processor == "pil"


@pytest.mark.parametrize("architecture", tiny_models.ARCHITECTURES)
def test_the_layers_that_stay_exact_are_there_and_make_the_last_values(checkpoint, architecture):
    model = load_network(checkpoint(architecture), precision="float32")
    modules, called = dict(model.network.named_modules()), []
    for path, module in modules.items():
        if not list(module.children()) and list(module.parameters(recurse=False)):
            module.register_forward_hook(lambda *_, path=path: called.append(path))
    model.infer(pictures(1))
    assert model.family.exact and all(path in modules for path in model.family.exact)
    assert called[-1].startswith(model.family.exact)


@pytest.mark.parametrize("architecture", WITH_OWN_POST_PROCESSING)
def test_maps_are_those_of_the_librarys_own_post_processing_but_for_its_bicubic_resize(checkpoint, architecture):
    """Bicubic overshoots at edges, below 0 too: the maps differ there, and nowhere else by much."""
    size = (56, 70)  # a multiple of every padding, which the library squeezes into the map
    model, images = load_network(checkpoint(architecture), precision="float32"), pictures(2, size)
    found = np.stack([prediction.depth.values for prediction in model.infer(images)])
    processor = processor_of(checkpoint(architecture))
    with torch.no_grad():
        outputs = model.network(**processor(images=images, return_tensors="pt"))
    results = processor.post_process_depth_estimation(outputs, target_sizes=[size] * 2)
    expected = np.stack([result["predicted_depth"].numpy() for result in results])
    assert np.abs(found - expected).mean() < 0.01 * np.ptp(expected)


# Preprocessing


@pytest.mark.parametrize("architecture, size", product(tiny_models.ARCHITECTURES, [(48, 64), (65, 33)]))
def test_what_the_network_sees_is_what_the_image_processor_gives(checkpoint, architecture, size):
    processor, (image,) = processor_of(checkpoint(architecture)), pictures(1, size)
    preprocessing = Preprocessing.of(processor, "cpu")
    found = preprocessing.normalized(preprocessing.prepare(image).pixels)
    expected = processor(images=image, return_tensors="pt")["pixel_values"]
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_a_prepared_image_is_bytes_where_normalizing_can_wait(checkpoint):
    prepared = Preprocessing.of(processor_of(checkpoint("dpt")), "cpu").prepare(pictures(1)[0])
    assert prepared.pixels.dtype == torch.uint8 and prepared.pixels.shape == (1, 3, 64, 64)
    assert prepared.size == (48, 64)


def test_a_processor_that_resizes_rescaled_values_does_all_of_it_beforehand(checkpoint):
    prepared = Preprocessing.of(processor_of(checkpoint("zoedepth")), "cpu").prepare(pictures(1)[0])
    assert prepared.pixels.dtype == torch.float32


@pytest.mark.parametrize(
    "options",
    [
        {"do_normalize": False},
        {"do_rescale": False},
        {"rescale_factor": 1 / 127},
        {"image_mean": 0.3, "image_std": 2.0},
    ],
    ids=str,
)
def test_a_processor_with_other_settings_is_cut_in_two_just_as_well(options):
    from transformers import DPTImageProcessorPil

    processor, (image,) = DPTImageProcessorPil(size={"height": 32, "width": 48}, **options), pictures(1)
    preprocessing = Preprocessing.of(processor, "cpu")
    assert preprocessing.prepare(image).pixels.dtype == torch.uint8
    expected = processor(images=image, return_tensors="pt")["pixel_values"].float()
    torch.testing.assert_close(preprocessing.normalized(preprocessing.prepare(image).pixels), expected)


def test_margins_are_cut_off_the_map_where_they_were_added():
    frame = torch.arange(12.0 * 10).view(1, 12, 10)
    found = at_image_size(frame, (12, 10), (1, 2, 3, 4), (9, 3))
    np.testing.assert_array_equal(found, frame[:, 1:10, 3:6])
    smaller = torch.nn.functional.avg_pool2d(frame, 2)  # as a network that sees half of it gives it
    found = at_image_size(smaller, (12, 10), (2, 2, 2, 2), (8, 6))
    np.testing.assert_allclose(found, frame[:, 2:10, 2:8], atol=1e-4)
