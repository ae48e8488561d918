"""`make demo`: its program, run as the Makefile runs it, in a folder of the test's own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from tools.sandbox import ROOT

pytestmark = pytest.mark.program
DEMO = [sys.executable, str(ROOT / "tools" / "demo.py")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("demo"))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    variables = {**os.environ, **environment}
    return subprocess.run([*DEMO, *arguments], env=variables, capture_output=True, text=True, timeout=1800)


def test_headless_it_prints_the_scores_of_both_models_by_both_protocols_with_units_and_ends(folder):
    done = run("--headless", "--folder", folder)
    assert done.returncode == 0, done.stderr
    assert "16 scenes imported, 0 there already, 0 left out" in done.stdout
    for field in ("dpt_tiny", "marigold_tiny"):
        assert f"{field}: 16 images predicted, 0 there already, 0 failed" in done.stdout
    metric, eight_bit = done.stdout.split("dpt_tiny, relative8")
    assert re.search(r"dpt_tiny, sunrgbd: .*least-squares scale and shift in inverse depth", metric)
    assert re.search(r"marigold_tiny, sunrgbd: .*least-squares scale and shift in depth", metric)
    assert "marigold_tiny, relative8" in eight_bit
    assert re.search(r"abs_rel +0\.\d{4}", metric) and re.search(r"rmse +\d\.\d{4} m +\d\.\d{4} to \d\.\d{4}\n", metric)
    assert re.search(r"rmse +\d+\.\d{4} 8-bit levels", eight_bit) and re.search(r"psnr +\d+\.\d{4} dB", eight_bit)


def test_run_again_it_does_nothing_twice_opens_the_app_and_stops_by_ctrl_c(folder):
    demo = subprocess.Popen([*DEMO, "--folder", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if address := re.match(r"The App: (http://127\.0\.0\.1:\d+/datasets/plumb-demo)", line):
                break
        said = "".join(lines)
        assert "0 scenes imported, 16 there already" in said and "0 images predicted, 16 there already" in said
        assert address, said
        with urllib.request.urlopen(address[1], timeout=300) as page:
            assert page.status == 200
        demo.send_signal(signal.SIGINT)
        assert "Stopped." in demo.communicate(timeout=600)[0]
        assert demo.returncode == 0
    finally:
        demo.kill()
        demo.wait()


def test_with_the_hub_out_of_reach_one_line_names_the_offline_model(folder):
    done = run(
        "--headless", "--folder", folder, "--model", "Intel/dpt-hybrid-midas", HF_HUB_OFFLINE="1", HF_HOME=folder
    )
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "cannot reach the Hugging Face hub" in line and "use the offline model: dpt-tiny" in line


def test_a_root_without_scenes_is_one_line_that_says_what_a_scene_looks_like(folder, tmp_path):
    done = run("--headless", "--folder", folder, "--root", str(tmp_path))
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert f"no SUN RGB-D scene below {tmp_path}" in line and "a scene is a folder with image/" in line
