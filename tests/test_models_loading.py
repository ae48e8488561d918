"""Models that cannot be loaded: one line that says why not and what to do, before anything heavy begins."""

import json
import os
import socket
import subprocess
import sys
import weakref
from importlib.util import find_spec
from pathlib import Path

import pytest

from plumb import models
from plumb.models import OFFLINE_MODEL, ModelError, ModelSpec, load_network, resolve
from tests import tiny_models

ROOT = Path(__file__).parents[1]

pytest.importorskip("torch")

REVISION = "0123456789" * 4


@pytest.fixture
def config_only(tmp_path):
    """Make a folder that holds nothing but a configuration of this architecture."""

    def make(model_type: str, **more: object) -> str:
        (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type, **more}))
        return str(tmp_path)

    return make


def refused(model: str, **options: str) -> str:
    """The message with which loading is refused: one line."""
    with pytest.raises(ModelError) as caught:
        load_network(model, **options)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 400
    return message


def test_an_unknown_quantity_is_refused_with_the_ones_that_there_are(config_only):
    assert "inverse_depth" in refused(config_only("dpt"), quantity="disparity")


def test_an_unknown_precision_is_refused_with_the_ones_that_there_are(config_only):
    assert "bfloat16" in refused(config_only("dpt"), precision="int8")


def test_a_checkpoint_of_another_task_is_refused_by_its_kind(config_only):
    message = refused(config_only("vit"))
    assert "vit model, not a depth model" in message and "dpt" in message


@pytest.mark.parametrize("model_type", ["depth_pro", "chmv2", "tipsv2_dpt"])
def test_a_family_that_needs_torchvision_is_refused_before_anything_is_loaded(config_only, model_type):
    if find_spec("torchvision"):
        pytest.skip("torchvision is installed")
    assert "needs torchvision: pip install torchvision" in refused(config_only(model_type))


@pytest.mark.parametrize("spoilt", ["config.json", "preprocessor_config.json", "model.safetensors"])
@pytest.mark.parametrize("how", ["missing", "cut off", "empty"])
def test_a_damaged_checkpoint_is_one_clear_line(checkpoint, tmp_path, spoilt, how):
    for file in Path(checkpoint("dpt")).iterdir():
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


@pytest.mark.program
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
model = load_network("somebody/cached-model")
print(model.quantity)
print(model.details()["weights"])
"""


@pytest.fixture(scope="module")
def hub_story(tmp_path_factory) -> list[str]:
    """What is said with a hub that has no model, and then, with the hub gone, about a model in the cache."""
    cache, revision = tmp_path_factory.mktemp("cache"), REVISION
    tiny_models.save("glpn", cache / "models--somebody--cached-model" / "snapshots" / revision)
    refs = cache / "models--somebody--cached-model" / "refs"
    refs.mkdir()
    (refs / "main").write_text(revision)
    done = run_alone(HUB_COMES_AND_GOES, HF_HUB_CACHE=str(cache), HF_HUB_OFFLINE="0")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.program
def test_a_model_that_the_hub_does_not_have_is_one_line_that_says_so(hub_story):
    assert hub_story[0].startswith("somebody/missing-model does not exist on the hub, or needs a token")


@pytest.mark.program
def test_with_the_hub_out_of_reach_a_checkpoint_of_the_cache_is_used(hub_story):
    assert hub_story[1] == "depth"


def test_the_commit_of_a_model_of_the_hub_tells_its_weights(hub_story):
    assert hub_story[2] == REVISION


def test_the_fingerprint_of_a_folder_tells_its_weights(checkpoint):
    assert load_network(checkpoint("dpt")).details()["weights"] == resolve(checkpoint("dpt")).weights


# Memory


def test_where_memory_runs_out_a_model_takes_the_place_of_those_that_were_kept():
    in_memory = weakref.WeakSet()

    class Network:
        def __init__(self, spec: ModelSpec):
            self.spec, self.itself = spec, self  # as networks do that have layers of their own making
            in_memory.add(self)
            if len(in_memory) > 1:
                raise MemoryError

    specs = [ModelSpec(name, name) for name in "ab"]
    for spec in (*specs, *specs):
        assert models._kept(Network, spec).spec is spec
        assert len(in_memory) == 1


def test_a_model_that_does_not_fit_into_memory_at_all_is_one_clear_line():
    def load(spec: ModelSpec) -> None:
        raise pytest.importorskip("torch").OutOfMemoryError("CUDA out of memory. Tried to allocate 5.00 GiB.")

    with pytest.raises(ModelError, match="somebody/large-model does not fit into memory; choose a smaller model"):
        models._kept(load, ModelSpec("large", "somebody/large-model"))


def test_another_error_than_of_memory_is_not_tried_twice():
    tried = []

    def load(spec: ModelSpec) -> None:
        tried.append(spec)
        raise ModelError("no such model")

    with pytest.raises(ModelError, match="no such model"):
        models._kept(load, ModelSpec("a", "a"))
    assert len(tried) == 1
