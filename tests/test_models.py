"""Models: found by name, refused in one line, and equal to what transformers computes by hand."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import plumb
from plumb.images import read_rgb
from plumb.models import BACKENDS, CATALOG, OFFLINE_MODEL, ModelError, load_network, resolve
from plumb.sunrgbd import find_scenes, read_depth, read_scene
from tests import tiny_models

ROOT = Path(__file__).parents[1]

torch = pytest.importorskip("torch")

needs_no_torchvision = pytest.mark.skipif(find_spec("torchvision") is not None, reason="torchvision is installed")

# Sizes on both sides of the networks' own, upright and lying, odd and even.
SIZES = [(48, 64), (65, 33), (120, 90)]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Networks this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory) -> dict[str, str]:
    """A folder with a small random checkpoint for each architecture."""
    folder = tmp_path_factory.mktemp("checkpoints")
    return {name: str(tiny_models.save(name, folder / name)) for name in tiny_models.ARCHITECTURES}


@pytest.fixture
def config_only(tmp_path):
    """Make a folder that holds nothing but a configuration of this architecture."""

    def make(model_type: str, **more: object) -> str:
        (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type, **more}))
        return str(tmp_path)

    return make


def pictures(count: int, size: tuple[int, int] = (48, 64)) -> list[np.ndarray]:
    """Random coloured blobs: not noise, which networks flatten."""
    height, width = size
    y, x = np.mgrid[:height, :width] / max(size)
    waves = np.random.default_rng(0).uniform(1, 9, (count, 3, 3))
    return [
        np.stack([127 + 127 * np.sin(a * x + b * y + c) for a, b, c in channels], axis=2).astype(np.uint8)
        for channels in waves
    ]


def by_hand(checkpoint: str, images: list[np.ndarray]) -> np.ndarray:
    """The network's maps by transformers' own parts and torch's bilinear interpolation: (N, H, W)."""
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    processor = AutoImageProcessor.from_pretrained(checkpoint, backend="pil")
    network = AutoModelForDepthEstimation.from_pretrained(checkpoint).eval()
    with torch.no_grad():
        depth = network(**processor(images=images, return_tensors="pt")).predicted_depth
    resize = torch.nn.Upsample(size=images[0].shape[:2], mode="bilinear", align_corners=False)
    return resize(depth.unsqueeze(1)).squeeze(1).numpy()


def refused(model: str, **options: str) -> str:
    """The message with which loading is refused: one line."""
    with pytest.raises(ModelError) as caught:
        load_network(model, **options)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 400
    return message


# Names


@pytest.mark.parametrize("name", CATALOG)
def test_every_name_of_the_catalog_is_found(name):
    spec = resolve(name)
    assert replace(spec, weights=None) == CATALOG[name]
    assert (spec.weights is not None) == Path(spec.source).is_dir()
    assert spec.name == name and spec.backend in BACKENDS
    assert spec.source.count("/") == 1 or Path(spec.source).is_absolute()


def test_the_offline_model_is_in_the_catalog_and_lies_in_the_repository():
    assert Path(CATALOG[OFFLINE_MODEL].source) == ROOT / "samples" / OFFLINE_MODEL


def test_a_hub_id_is_taken_as_it_is():
    spec = resolve("somebody/some-model")
    assert (spec.name, spec.source) == ("somebody/some-model", "somebody/some-model")


def test_a_folder_is_found_by_any_path_to_it(tmp_path, config_only, monkeypatch):
    folder = config_only("dpt")
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path.parent)
    for name in (folder, tmp_path.name, f"./{tmp_path.name}", f"~/{tmp_path.name}"):
        assert resolve(name).source == folder
        assert resolve(name).name == name


def test_a_folder_comes_before_a_hub_id_of_the_same_name(tmp_path, config_only, monkeypatch):
    config_only("dpt")
    monkeypatch.chdir(tmp_path.parents[1])
    name = f"{tmp_path.parent.name}/{tmp_path.name}"
    assert resolve(name).source == str(tmp_path)


def test_a_folder_without_a_configuration_is_refused(tmp_path):
    with pytest.raises(ModelError, match="no config.json.*save_pretrained"):
        resolve(str(tmp_path))


@pytest.mark.parametrize("name", ["", "nonsense", "a/b/c", "/no/such/folder", "./no/folder", "~/model", "../model"])
def test_any_other_name_is_refused_with_the_names_that_there_are(name):
    with pytest.raises(ModelError) as caught:
        resolve(name)
    assert repr(name) in str(caught.value)
    assert all(known in str(caught.value) for known in CATALOG)


def test_an_unknown_backend_is_refused_with_the_ones_that_there_are():
    with pytest.raises(ModelError, match="'tensorflow'.*auto.*transformers"):
        resolve(OFFLINE_MODEL, "tensorflow")


# What the output means


@pytest.mark.parametrize(
    "architecture, quantity",
    [
        ("dpt", "inverse_depth"),
        ("dpt_dinov2", "depth"),
        ("depth_anything", "inverse_depth"),
        ("metric_depth_anything", "depth"),
        ("glpn", "depth"),
    ],
)
def test_the_quantity_is_read_from_the_configuration(checkpoints, architecture, quantity):
    model = load_network(checkpoints[architecture])
    assert model.quantity == quantity
    assert {found.depth.quantity for found in model.infer(pictures(2))} == {quantity}


@pytest.mark.parametrize("quantity", ["depth", "affine_depth", "inverse_depth"])
def test_the_users_word_on_the_quantity_counts_more(checkpoints, quantity):
    model = load_network(checkpoints["dpt"], quantity=quantity)
    assert model.quantity == quantity == model.infer(pictures(1))[0].depth.quantity


def test_an_unknown_quantity_is_refused_with_the_ones_that_there_are(checkpoints):
    assert "inverse_depth" in refused(checkpoints["dpt"], quantity="disparity")


# Prediction


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("architecture", tiny_models.ARCHITECTURES)
def test_maps_equal_processor_network_and_bilinear_resize_by_hand_at_the_images_size(checkpoints, architecture, size):
    images = pictures(2, size)
    maps = [found.depth for found in load_network(checkpoints[architecture]).infer(images)]
    assert [depth_map.values.shape for depth_map in maps] == [size, size]
    assert all(depth_map.values.dtype == np.float32 for depth_map in maps)
    found = np.stack([depth_map.values for depth_map in maps])
    np.testing.assert_allclose(found, by_hand(checkpoints[architecture], images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("height", [1, 3])
def test_a_picture_of_1_or_3_rows_is_not_taken_for_one_that_lies_channels_first(checkpoints, height):
    (image,) = pictures(1, (height, 40))
    (found,) = load_network(checkpoints["dpt"]).infer([image])
    (taller,) = load_network(checkpoints["dpt"]).infer([np.repeat(image, 2, axis=0)])
    assert found.depth.values.shape == (height, 40)
    # Twice as high, every row doubled: much the same map, which it is not with colours and rows confused.
    assert np.corrcoef(found.depth.values.mean(0), taller.depth.values.mean(0))[0, 1] > 0.9


@pytest.mark.parametrize("architecture", tiny_models.ARCHITECTURES)
def test_a_map_does_not_depend_on_the_other_images_of_its_batch(checkpoints, architecture):
    model, images = load_network(checkpoints[architecture]), pictures(3)
    together = model.infer(images)
    assert not np.allclose(together[0].depth.values, together[1].depth.values)  # else the order could not be told
    for image, expected in zip(images, together, strict=True):
        (alone,) = model.infer([image])
        np.testing.assert_allclose(alone.depth.values, expected.depth.values, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("architecture", tiny_models.ARCHITECTURES)
def test_maps_do_not_fall_below_zero(checkpoints, architecture):
    for found in load_network(checkpoints[architecture]).infer(pictures(2, (120, 90))):
        assert found.depth.values.min() >= 0  # as a bicubic resize would


@pytest.mark.parametrize("architecture", tiny_models.ARCHITECTURES)
def test_bfloat16_runs_on_the_processor_too_and_is_close(checkpoints, architecture):
    images = pictures(2)
    model = load_network(checkpoints[architecture], precision="bfloat16")
    assert model.precision == "bfloat16"
    for exact, rough in zip(load_network(checkpoints[architecture]).infer(images), model.infer(images), strict=True):
        assert rough.depth.values.dtype == np.float32
        assert np.abs(rough.depth.values - exact.depth.values).mean() < 0.05 * exact.depth.values.std()
        assert len(np.unique(rough.depth.values)) > 0.5 * len(
            np.unique(exact.depth.values)
        )  # no bands: the head is exact
        assert not np.array_equal(rough.depth.values, exact.depth.values)


def test_an_unknown_precision_is_refused_with_the_ones_that_there_are(checkpoints):
    assert "bfloat16" in refused(checkpoints["dpt"], precision="int8")


def test_half_precision_weights_are_widened(checkpoints, tmp_path):
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    AutoModelForDepthEstimation.from_pretrained(checkpoints["dpt"]).half().save_pretrained(tmp_path)
    AutoImageProcessor.from_pretrained(checkpoints["dpt"], backend="pil").save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "float16"
    model = load_network(str(tmp_path))
    assert {weight.dtype for weight in model.network.parameters()} == {torch.float32}
    assert np.isfinite(model.infer(pictures(1))[0].depth.values).all()


def test_a_model_says_what_it_is(checkpoints):
    model = load_network(checkpoints["glpn"])
    assert model.name == checkpoints["glpn"]
    assert model.device in ("cpu", "cuda", "mps")
    assert model.precision in ("float32", "bfloat16", "float16")
    assert model.batch_size >= 1


def test_a_model_is_loaded_once_a_process_however_it_is_asked_for(checkpoints):
    model = load_network(checkpoints["dpt"])
    assert load_network(checkpoints["dpt"], "auto") is model
    assert load_network(model=checkpoints["dpt"], precision="auto", quantity="auto", backend="auto") is model
    assert load_network(checkpoints["dpt"], quantity="depth") is not model


@pytest.mark.parametrize(
    "root, worst, least",
    [(ROOT / "samples" / "SUNRGBD", 0.13, 0.84), (ROOT.parent / "shared" / "data" / "SUNRGBD" / "kv2", 0.17, 0.72)],
    ids=["samples", "real kv2"],
)
def test_the_offline_model_scores_what_its_card_says(root, worst, least):
    if not root.is_dir():
        pytest.skip(f"no folder `shared` beside the repository ({root})")
    scores = []
    for folder in find_scenes(root):
        scene = read_scene(folder, annotations=False)
        (predicted,) = load_network(OFFLINE_MODEL).infer([read_rgb(scene.image)])
        truth = read_depth(scene.depth) * 0.001
        scores.append(plumb.evaluate(predicted.depth.values, truth, quantity=predicted.depth.quantity).metrics)
    assert np.mean([score["abs_rel"] for score in scores]) < worst
    assert np.mean([score["delta1"] for score in scores]) > least


def test_the_offline_model_loads_and_predicts_from_the_repository():
    model = load_network(OFFLINE_MODEL)
    depth_map = model.infer(pictures(1, (120, 160)))[0].depth
    assert model.name == OFFLINE_MODEL and depth_map.quantity == "inverse_depth"
    assert depth_map.values.shape == (120, 160) and np.isfinite(depth_map.values).all()


# What cannot be loaded


def test_a_checkpoint_of_another_task_is_refused_by_its_kind(config_only):
    message = refused(config_only("vit"))
    assert "vit model, not a depth model" in message and "dpt" in message


@pytest.mark.parametrize("model_type", ["zoedepth", "depth_pro", "chmv2", "tipsv2_dpt"])
@needs_no_torchvision
def test_a_family_that_needs_torchvision_is_refused_before_anything_is_loaded(config_only, model_type):
    assert "needs torchvision: pip install torchvision" in refused(config_only(model_type))


@needs_no_torchvision
def test_exactly_the_families_without_a_processor_of_their_own_need_torchvision():
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES as processors
    from transformers.models.auto.modeling_auto import MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES as families

    from plumb.models.transformers_model import _NEEDS_TORCHVISION

    # ZoeDepth has a Pillow processor whose post-processing calls torchvision all the same.
    assert {f for f in families if "pil" not in processors[f]} | {"zoedepth"} == set(_NEEDS_TORCHVISION)


@pytest.mark.parametrize("spoilt", ["config.json", "preprocessor_config.json", "model.safetensors"])
@pytest.mark.parametrize("how", ["missing", "cut off", "empty"])
def test_a_damaged_checkpoint_is_one_clear_line(checkpoints, tmp_path, spoilt, how):
    for file in Path(checkpoints["dpt"]).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = (tmp_path / spoilt).read_bytes()
    if how == "missing":
        (tmp_path / spoilt).unlink()
    else:
        (tmp_path / spoilt).write_bytes(whole[: len(whole) // 2] if how == "cut off" else b"")
    assert str(tmp_path) in refused(str(tmp_path))


def test_an_architecture_that_transformers_does_not_know_is_one_clear_line(config_only):
    assert "depth_from_the_future" in refused(config_only("depth_from_the_future"))


# The hub


@pytest.fixture
def hub_out_of_reach(monkeypatch, tmp_path) -> None:
    """The hub's address leads to a port where nobody listens, and the cache is empty."""
    from huggingface_hub import constants

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "empty cache"))


@pytest.mark.parametrize("model", ["dpt-hybrid", "somebody/some-model"])
def test_with_the_hub_out_of_reach_one_line_names_the_offline_model(hub_out_of_reach, model):
    message = refused(model)
    assert "cannot reach the Hugging Face hub" in message and resolve(model).source in message
    assert OFFLINE_MODEL in message


def test_with_the_hub_out_of_reach_a_folder_loads_all_the_same(hub_out_of_reach, tmp_path):
    model = load_network(str(tiny_models.save("dpt", tmp_path / "model")))
    assert model.quantity == "inverse_depth"


def run_alone(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run code in a fresh process: huggingface_hub reads its settings when it is imported."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


PRINT_WHY_NOT = """
import sys
from plumb.models import ModelError, load_network
try:
    load_network(sys.argv[1])
except ModelError as error:
    print(error)
print("torch" in sys.modules)
"""


def test_in_offline_mode_the_one_line_is_all_that_is_said_and_torch_is_not_even_imported(tmp_path):
    done = run_alone(PRINT_WHY_NOT, "dpt-hybrid", HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    message, torch_imported = done.stdout.splitlines()
    assert "Intel/dpt-hybrid-midas" in message and OFFLINE_MODEL in message
    assert torch_imported == "False"


HUB_COMES_AND_GOES = """
import os, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Hub(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200 if self.path == "/" else 401)
        if self.path != "/":
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD


server = HTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"

from plumb.models import ModelError, load_network

try:
    load_network("somebody/missing-model")
except ModelError as error:
    print(error)
server.shutdown()
server.server_close()
print(load_network("somebody/cached-model").quantity)
"""


@pytest.fixture(scope="module")
def hub_story(tmp_path_factory) -> list[str]:
    """What is said with a hub that has no model, and then, with the hub gone, about a model in the cache."""
    cache, revision = tmp_path_factory.mktemp("cache"), "0" * 40
    tiny_models.save("glpn", cache / "models--somebody--cached-model" / "snapshots" / revision)
    refs = cache / "models--somebody--cached-model" / "refs"
    refs.mkdir()
    (refs / "main").write_text(revision)
    done = run_alone(HUB_COMES_AND_GOES, HF_HUB_CACHE=str(cache), HF_HUB_OFFLINE="0")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_model_that_the_hub_does_not_have_is_one_line_that_says_so(hub_story):
    assert hub_story[0].startswith("somebody/missing-model does not exist on the hub, or needs a token")


def test_with_the_hub_out_of_reach_a_checkpoint_of_the_cache_is_used(hub_story):
    assert hub_story[1:] == ["depth"]
