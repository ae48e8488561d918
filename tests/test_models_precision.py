"""Models in 16 bits: close to float32, without bands, and taken unasked only where they pay."""

import json
import re

import numpy as np
import pytest

from plumb.models import OFFLINE_MODEL, load_network, transformers_model
from plumb.models.precision import bfloat16_speed, check_range
from tests import tiny_models
from tests.tiny_models import pictures

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("precision, tolerance", [("bfloat16", 0.05), ("float16", 0.01)])
@pytest.mark.parametrize("architecture", tiny_models.ARCHITECTURES)
def test_16_bits_are_close_to_32_and_leave_no_bands(checkpoint, architecture, precision, tolerance):
    """Bands are looked for in the network's own map, before a resize blurs them: in bfloat16 throughout, a map has some
    200 values."""
    found, own = {}, {}
    for kind in ("float32", precision):
        model = load_network(checkpoint(architecture), precision=kind)
        seen = model.network.register_forward_hook(lambda *call, kind=kind: own.update({kind: call[2].predicted_depth}))
        found[kind] = model.infer(pictures(1, (120, 90)))[0].depth.values
        seen.remove()
        assert model.precision == kind and found[kind].dtype == np.float32
    assert 0 < np.abs(found[precision] - found["float32"]).mean() < tolerance * found["float32"].std()
    assert own[precision].dtype == torch.float32
    assert len(own[precision].unique()) > 0.9 * len(own["float32"].unique())


def test_float16_narrows_all_but_the_last_layers(checkpoint):
    model = load_network(checkpoint("dpt_hybrid"), precision="float16")
    wide = {name for name, weights in model.network.named_parameters() if weights.dtype == torch.float32}
    assert wide == {"head.head.4.weight", "head.head.4.bias"}


def test_bfloat16_narrows_products_alone_and_keeps_sums_and_norms_in_32_bits(checkpoint):
    model = load_network(checkpoint("depth_anything"), precision="bfloat16")
    kinds = {name: weights.dtype for name, weights in model.network.named_parameters()}
    assert kinds["backbone.layernorm.weight"] == kinds["head.conv3.weight"] == torch.float32
    assert kinds["backbone.encoder.layer.0.mlp.fc1.weight"] == kinds["head.conv1.weight"] == torch.bfloat16


def test_half_precision_weights_are_widened(checkpoint, tmp_path):
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    AutoModelForDepthEstimation.from_pretrained(checkpoint("dpt")).half().save_pretrained(tmp_path)
    AutoImageProcessor.from_pretrained(checkpoint("dpt"), backend="pil").save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "float16"
    model = load_network(str(tmp_path), precision="float32")
    assert {weight.dtype for weight in model.network.parameters()} == {torch.float32}
    assert np.isfinite(model.infer(pictures(1))[0].depth.values).all()


# Values that leave the range of 16 bits


def test_holes_that_half_precision_makes_are_an_error_that_names_the_mend(checkpoint, tmp_path):
    beyond_float16 = tiny_models.save_beyond_float16(checkpoint("dpt"), tmp_path, "head.head.2", "head.head.4")
    (image,) = pictures(1)
    with pytest.raises(
        FloatingPointError, match=r"(\d+) of 3072 pixels in float16; choose precision=\"float32\""
    ) as caught:
        load_network(beyond_float16, precision="float16").infer([image])
    assert 0 < int(re.search(r"(\d+) of", str(caught.value))[1]) < 3072  # a hole, which would be stored
    for precision in ("float32", "bfloat16"):
        assert np.isfinite(load_network(beyond_float16, precision=precision).infer([image])[0].depth.values).all()


def test_holes_in_float32_are_the_networks_own_answer():
    maps = np.array([[[1.0, np.nan]]], np.float32)
    check_range(maps, "float32")
    with pytest.raises(FloatingPointError, match="1 of 2 pixels in bfloat16"):
        check_range(maps, "bfloat16")


# What "auto" is on a CPU


@pytest.fixture
def auto(checkpoint, monkeypatch):
    """The precision of "auto" on a CPU where bfloat16 is so many times as fast, for a network that counts as large."""

    def chosen(speed: float, architecture: str = "dpt", large: int = 1) -> str:
        monkeypatch.setattr(transformers_model, "bfloat16_speed", lambda: speed)
        monkeypatch.setattr(transformers_model, "_LARGE", large)
        monkeypatch.setattr(transformers_model, "best_device", lambda: "cpu")
        from plumb.models.catalog import resolve

        return transformers_model.TransformersModel.load(resolve(checkpoint(architecture))).precision

    return chosen


def test_a_processor_that_is_faster_with_bfloat16_computes_a_large_network_in_it(auto):
    assert auto(speed=3.0) == "bfloat16"


def test_a_processor_that_knows_bfloat16_and_is_slower_with_it_stays_at_float32(auto):
    assert auto(speed=0.5) == "float32"


def test_a_small_network_stays_at_float32_so_that_its_maps_are_the_same_everywhere(auto):
    assert auto(speed=3.0, large=20_000_000) == "float32"


def test_the_offline_model_is_small_in_this_sense():
    assert load_network(OFFLINE_MODEL).details()["parameters"] < transformers_model._LARGE


def test_the_speed_of_bfloat16_is_measured_once_a_process():
    assert 0 < bfloat16_speed() < 1000
    assert bfloat16_speed() is bfloat16_speed()
