"""Models by name: the catalog, hub ids, folders; what a machine lacks for them; without importing torch."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from plumb.depthmap import QUANTITIES
from plumb.models import BACKENDS, CATALOG, OFFLINE_MODEL, ModelError, ModelSpec, catalog, resolve
from plumb.models.catalog import missing

ROOT = Path(__file__).parents[1]
VERSION = "0123456789abcdef" * 4


@pytest.fixture
def config_only(tmp_path):
    """Make a folder that holds nothing but a configuration."""

    def make(name: str = "config.json") -> str:
        (tmp_path / name).write_text(json.dumps({"model_type": "dpt"}))
        return str(tmp_path)

    return make


# The catalog


@pytest.mark.parametrize("name", CATALOG)
def test_every_name_of_the_catalog_is_found(name):
    spec = resolve(name)
    assert replace(spec, weights=None) == CATALOG[name]
    assert (spec.weights is not None) == Path(spec.source).is_dir()
    assert spec.name == name and spec.backend in BACKENDS
    assert spec.source.count("/") == 1 or Path(spec.source).is_absolute()


@pytest.mark.parametrize("name", CATALOG)
def test_every_model_of_the_catalog_says_what_it_gives_and_under_which_licence(name):
    spec = CATALOG[name]
    assert spec.quantity in QUANTITIES and spec.licence
    line = spec.describe()
    assert "\n" not in line and spec.licence in line and spec.parameters in line and spec.input_size in line
    assert ("metres" in line) == (spec.quantity == "depth")


def test_models_that_are_not_for_commercial_use_say_so():
    assert "not for commercial use" in CATALOG["depth-anything-v2-large"].describe()
    assert "not for commercial use" not in CATALOG["depth-anything-v2-small"].describe()
    assert "for research only" in CATALOG["depth-pro"].describe()


def test_the_catalog_has_the_models_of_every_backend():
    assert {spec.backend for spec in CATALOG.values()} == set(BACKENDS)
    assert {"dpt-hybrid", "zoedepth-nyu-kitti", "depth-pro", "marigold-lcm", "midas-replicate"} <= set(CATALOG)
    places = [f"depth-anything-v2-{place}{size}" for place in ("", "indoor-", "outdoor-") for size in ("small", "base")]
    assert set(places) <= set(CATALOG)


def test_the_offline_model_is_in_the_catalog_and_lies_in_the_repository():
    assert Path(CATALOG[OFFLINE_MODEL].source) == ROOT / "samples" / OFFLINE_MODEL


def test_a_model_that_the_catalog_does_not_know_is_described_by_its_card():
    assert resolve("somebody/some-model").describe() == "see its card for the licence"


# What is missing


def test_what_a_model_needs_and_is_not_installed_is_named_with_the_mend():
    spec = ModelSpec("n", "a/b", needs=("torch", "no_such_package", "a Replicate token"))
    assert missing(spec) == ["no_such_package: pip install no_such_package"]


def test_a_model_that_can_run_here_lacks_nothing():
    assert missing(CATALOG[OFFLINE_MODEL]) == [] == missing(CATALOG["zoedepth-nyu-kitti"])


def test_depth_pro_lacks_torchvision_where_that_is_not_installed():
    lacking = missing(CATALOG["depth-pro"])
    assert lacking == ([] if find_spec("torchvision") else ["torchvision: pip install torchvision"])


def test_names_and_what_is_missing_are_found_without_importing_torch():
    code = (
        "import sys; from plumb.models.catalog import CATALOG, missing, resolve\n"
        "for name in CATALOG: missing(resolve(name))\n"
        "print(*({'torch', 'transformers', 'diffusers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


# Names


def test_a_hub_id_is_taken_as_it_is():
    spec = resolve("somebody/some-model")
    assert (spec.name, spec.source, spec.backend) == ("somebody/some-model", "somebody/some-model", "transformers")


@pytest.mark.parametrize(
    "name, backend",
    [
        ("prs-eth/marigold-depth-v1-1", "marigold"),
        ("GonzaloMG/Marigold-E2E", "marigold"),
        (f"somebody/marigold:{VERSION}", "replicate"),
        (f"somebody/some-model:{VERSION}", "replicate"),
    ],
)
def test_the_backend_is_told_from_the_name(name, backend):
    assert resolve(name).backend == backend


@pytest.mark.parametrize("name", ["somebody/some-model", "somebody/marigold", "dpt-hybrid", OFFLINE_MODEL])
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_users_word_on_the_backend_counts_more(name, backend):
    assert resolve(name, backend).backend == backend


def test_the_backend_of_a_folder_is_told_from_its_files(tmp_path, config_only):
    assert resolve(config_only()).backend == "transformers"
    assert resolve(config_only("model_index.json")).backend == "marigold"
    assert resolve(str(tmp_path), "transformers").backend == "transformers"


def test_a_folder_is_found_by_any_path_to_it(tmp_path, config_only, monkeypatch):
    folder = config_only()
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path.parent)
    for name in (folder, tmp_path.name, f"./{tmp_path.name}", f"~/{tmp_path.name}"):
        assert resolve(name).source == folder
        assert resolve(name).name == name


def test_a_folder_comes_before_a_hub_id_of_the_same_name(tmp_path, config_only, monkeypatch):
    config_only()
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


# Fingerprints


@pytest.fixture
def pipeline(tmp_path) -> Path:
    """A folder laid out as a diffusion pipeline, with a network of 3 MB."""
    (tmp_path / "pipeline" / "unet").mkdir(parents=True)
    (tmp_path / "pipeline" / "model_index.json").write_text("{}")
    (tmp_path / "pipeline" / "unet" / "config.json").write_text("{}")
    (tmp_path / "pipeline" / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(bytes(3 << 20))
    return tmp_path / "pipeline"


def test_a_folder_keeps_its_fingerprint_wherever_it_lies(pipeline, tmp_path):
    before = resolve(str(pipeline)).weights
    assert before and resolve(str(pipeline.rename(tmp_path / "moved"))).weights == before


@pytest.mark.parametrize("changed", ["model_index.json", "unet/config.json"])
def test_another_configuration_is_another_fingerprint(pipeline, changed):
    before = resolve(str(pipeline)).weights
    (pipeline / changed).write_text('{"other": 1}')
    assert resolve(str(pipeline)).weights != before


def change(weights: Path, where: int) -> None:
    """Another byte there, and a time of change that any clock could tell from the last one."""
    content, changed = bytearray(weights.read_bytes()), weights.stat().st_mtime_ns
    content[where] ^= 1
    weights.write_bytes(content)
    os.utime(weights, ns=(changed + 10**9, changed + 10**9))


@pytest.mark.parametrize("where", [0, 1_500_000, -1], ids=["first byte", "in the middle", "last byte"])
def test_other_weights_in_a_sub_folder_are_another_fingerprint(pipeline, where):
    before = resolve(str(pipeline)).weights
    change(pipeline / "unet" / "diffusion_pytorch_model.safetensors", where)
    assert resolve(str(pipeline)).weights != before


def test_while_a_file_stays_as_it_is_its_bytes_are_read_once_however_many_ask(pipeline):
    os.truncate(pipeline / "unet" / "diffusion_pytorch_model.safetensors", 100 << 20)  # others ask while it is read
    read_before = catalog._hash.cache_info().misses
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: resolve(str(pipeline)).weights, range(20)))
    assert len(found) == 1
    assert catalog._hash.cache_info().misses == read_before + 3  # its three files


def test_weights_that_come_back_have_their_fingerprint_again(pipeline):
    before, weights = resolve(str(pipeline)).weights, pipeline / "unet" / "diffusion_pytorch_model.safetensors"
    change(weights, 7)
    resolve(str(pipeline))
    change(weights, 7)
    assert resolve(str(pipeline)).weights == before


def test_what_lies_beside_a_network_is_not_part_of_it(tmp_path, config_only):
    folder = config_only()
    before = resolve(folder).weights
    (tmp_path / "notes.txt").write_text("a note")
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "model.safetensors").write_bytes(b"other weights")
    assert resolve(folder).weights == before
