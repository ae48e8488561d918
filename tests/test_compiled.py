"""Compiled loops: kept on disk where something can be written, compiled anew where nothing can."""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from plumb.compiled import compiled
from tools.sandbox import ROOT

EVALUATE = "import numpy, plumb; print(plumb.evaluate(g := numpy.ones((8, 8)), g, quantity='depth').n_valid)"


def test_a_division_by_zero_is_infinite_and_no_exception():
    @compiled()
    def divide(a, b):
        return a / b

    assert divide(1.0, 0.0) == np.inf


@pytest.mark.program
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become a nameless user")
def test_without_a_folder_to_write_to_an_evaluation_compiles_for_itself():
    with tempfile.TemporaryDirectory() as folder:  # not pytest's own, which no other user may enter
        os.chmod(folder, 0o755)
        shutil.copytree(ROOT / "plumb", Path(folder, "plumb"), ignore=shutil.ignore_patterns("__pycache__"))
        nameless = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c"]
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": folder}
        run = partial(subprocess.run, cwd="/", env=environment, capture_output=True, text=True)
        if run([*nameless, "import numba"]).returncode:
            pytest.skip("another user cannot run this Python")
        done = run([*nameless, EVALUATE])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "64"
