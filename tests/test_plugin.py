"""The plugin as FiftyOne finds it: in a folder of any name, in an interpreter that knows nothing of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.sandbox import ROOT

HEAVY = {
    *("torch", "transformers", "diffusers", "replicate", "ray", "numba", "llvmlite"),
    *("scipy", "skimage", "matplotlib", "pandas", "pyarrow"),
}

# Lists the operators and panels, then says what was loaded for it. FiftyOne's own imports are there before, science
# libraries among them, so that one more import of these loads nothing: what the plugin's files ask for is noted too.
LOAD = """
import builtins, json, sys
import fiftyone, fiftyone.operators, fiftyone.plugins
before, asked, plain = set(sys.modules), set(), builtins.__import__
def noting(name, globals=None, locals=None, fromlist=(), level=0):
    if not level and str((globals or {}).get("__file__")).startswith(sys.argv[1]):
        asked.add(name)
    return plain(name, globals, locals, fromlist, level)
builtins.__import__ = noting
from fiftyone.plugins.context import build_plugin_contexts
contexts = [c for c in build_plugin_contexts() if c.name == "@plumb/depth"]
labels = {
    kind: {o.name: o.config.label for o in fiftyone.operators.list_operators(type=kind) if o.uri.startswith("@plumb/")}
    for kind in ("operator", "panel")
}
print(json.dumps({
    "errors": [error for c in contexts for error in c.errors],
    "contexts": len(contexts),
    "operators": labels["operator"],
    "panels": labels["panel"],
    "scripts": [c.plugin_definition.js_bundle_server_path for c in contexts],
    "modules": sorted(set(sys.modules) - before),
    "asked": sorted(asked),
    "library": sys.modules["plumb"].__file__,
}))
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """The plugin's files in a folder whose name is no Python identifier."""
    folder = tmp_path_factory.mktemp("plugins") / "plumb-depth 0.1 (copy)"
    folder.mkdir()
    for name in ("__init__.py", "fiftyone.yml", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    for name in ("operators", "panels", "dist", "plumb", "assets", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").mkdir()
    for name in ("conftest.py", "test_protocols.py"):
        shutil.copy(ROOT / "tests" / name, folder / "tests")
    return folder


@pytest.fixture(scope="module")
def loaded(sandbox, checkout) -> dict:
    """What a fresh interpreter outside the checkout says after it has loaded the plugin."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FIFTYONE_", "PYTHON"))}
    environment = {**clean, **sandbox.env, "FIFTYONE_PLUGINS_DIR": str(checkout.parent)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(checkout)],
        env=environment,
        cwd=checkout.parent.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.program
def test_the_plugin_loads_without_an_error_from_a_folder_whose_name_is_no_identifier(loaded, checkout):
    assert not checkout.name.isidentifier()
    assert (loaded["contexts"], loaded["errors"]) == (1, [])
    manifest = yaml.safe_load((ROOT / "fiftyone.yml").read_text())
    for kind in ("operators", "panels"):
        assert set(loaded[kind]) == set(manifest[kind])
        assert all(loaded[kind].values()), "each has a label"


def test_the_app_is_given_the_panels_script_without_its_source(loaded, checkout):
    (script,) = loaded["scripts"]
    assert script.endswith("dist/index.umd.js") and (checkout / "dist" / "index.umd.js").is_file()
    assert not (checkout / "web").exists()


def test_the_library_beside_it_is_the_one_that_it_uses(loaded, checkout):
    assert Path(loaded["library"]).parent == checkout / "plumb"


def test_loading_the_plugin_imports_no_model_or_science_library(loaded):
    loads, asks = ({name.split(".")[0] for name in loaded[kind]} for kind in ("modules", "asked"))
    assert "plumb" in loads and {"plumb", "fiftyone", "numpy"} <= asks
    assert (loads | asks) & HEAVY == set()


def test_the_manifest_says_version_needs_and_licence_as_fiftyone_and_the_package_expect():
    import plumb

    manifest = yaml.safe_load((ROOT / "fiftyone.yml").read_text())
    assert (manifest["name"], manifest["type"]) == ("@plumb/depth", "plugin")
    assert manifest["version"] == plumb.__version__
    assert manifest["fiftyone"]["version"] == ">=1.22,<2"
    assert manifest["description"] and manifest["license"] == "Apache-2.0"


@pytest.mark.program
def test_pytest_collects_the_tests_in_a_folder_whose_name_is_no_identifier(checkout):
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests/test_protocols.py::" in done.stdout
