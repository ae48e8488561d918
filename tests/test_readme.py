"""The README's commands, run as a reader would run them. `make demo` and `make test` are run by CI."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from plumb.protocol_files import load_protocol
from plumb.protocols import PROTOCOLS
from tools.sandbox import ROOT

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_every_python_block_runs_from_top_to_bottom_and_says_what_the_readme_says(fo, monkeypatch):
    from fiftyone.operators.delegated import DelegatedOperationService

    monkeypatch.chdir(ROOT)
    names: dict = {}
    for block in blocks("python"):
        if "engine=" not in block:
            exec(compile(block, "README.md", "exec"), names)
    try:
        assert names["result"] == {"dataset": "rooms", "imported": 16, "existing": 0, "skipped": []}
        assert names["dataset"].count("dpt.map_path") == 16
        assert len(names["dataset"].match(fo.ViewField("dpt.abs_rel") >= 0)) == 16
        assert names["scores"].metrics["abs_rel"] == pytest.approx(0, abs=1e-9)
        assert names["metres"].ndim == 2
        assert (names["dataset"].count("applied.map_path"), names["dataset"].count("marigold.map_path")) == (4, 2)
        assert names["dataset"].count("marigold_uncertainty.map_path") == 2
    finally:
        service = DelegatedOperationService()
        for operation in service.list_operations(dataset_name="rooms"):
            service.delete_operation(operation.id)
        names["dataset"].delete()


def test_the_protocol_of_the_toml_block_is_one_and_says_what_its_comments_say(tmp_path):
    (block,) = blocks("toml")
    (tmp_path / "near.toml").write_text(block)
    rules, base = load_protocol(tmp_path / "near.toml"), PROTOCOLS["sunrgbd"]
    assert rules.name == "near" and rules.describe().startswith("near: ")
    assert (rules.min_depth, rules.max_depth, rules.cap) == (base.min_depth, 5, 6)
    assert (rules.crop, rules.source, rules.alignment) == (None, "raw", "robust")
    assert rules.metrics == ("abs_rel", "delta1", "boundary_f1")


@pytest.mark.program
def test_the_block_for_ray_predicts_all_images(fo, foo, execute, samples, dataset_name, monkeypatch):
    execute("import_sunrgbd", root=str(samples), dataset_name=dataset_name)
    dataset = fo.load_dataset(dataset_name)
    (block,) = [block for block in blocks("python") if "engine=" in block]
    names = {"dataset": dataset, "predict": foo.get_operator("@plumb/depth/predict_depth")}
    exec(compile(block, "README.md", "exec"), names)
    assert dataset.count("dpt_ray.map_path") == 16


@pytest.mark.worker
def test_the_command_for_workers_starts_them_and_they_end_with_it(sandbox):
    (command,) = [block for block in blocks("bash") if "plumb.workers" in block]
    here = shlex.split(command.replace("python", sys.executable, 1).replace("0,1", "none"))
    workers = subprocess.Popen(here, cwd=ROOT, env={**os.environ, **sandbox.env}, stdout=subprocess.PIPE, text=True)
    try:
        assert any("waits for operations" in line for line in workers.stdout)
    finally:
        workers.terminate()
        workers.communicate(timeout=600)


@pytest.mark.program
def test_the_install_commands_make_the_plugin_known_and_find_nothing_missing(sandbox, tmp_path):
    (install,) = [block for block in blocks("bash") if "plugins requirements" in block]
    environment = {
        **os.environ,
        "FIFTYONE_PLUGINS_DIR": str(tmp_path / "plugins"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    link = "".join(install.splitlines(keepends=True)[:2])
    for commands in (link, install):  # linked again it does no harm
        done = subprocess.run(
            ["bash", "-ec", commands], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1800
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "plugins" / "plumb-depth").resolve() == ROOT


@pytest.mark.parametrize("path", re.findall(r"(?:\]\(|`)((?:docs|samples|tools|benchmarks)/[\w./-]+)", README))
def test_every_file_that_the_readme_names_is_there(path):
    assert (ROOT / path).exists()


def test_every_make_target_that_the_readme_names_is_in_the_makefile():
    targets = set(re.findall(r"\bmake (\w+)", README))
    known = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert targets and targets <= known
