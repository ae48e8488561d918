"""web/, the browser half of the panels: its own tests pass, and the committed script is what its source builds."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from tools import node
from tools.sandbox import ROOT

DIST = ROOT / "dist"
SCRIPT = DIST / "index.umd.js"
LIMIT_KB = 150


@pytest.fixture(scope="module")
def npm() -> node.Node:
    """Node with web/node_modules as package-lock.json has it, or a skip with the reason."""
    try:
        found = node.find()
    except node.NodeMissing as missing:
        pytest.skip(str(missing))
    if not node.fresh():
        pytest.skip("web/node_modules is not what web/package-lock.json lists: run `make setup`")
    return found


@pytest.mark.program
def test_the_tests_of_the_browser_half_pass(npm: node.Node) -> None:
    run = npm.run("run", "--silent", "test", capture=True)
    assert run.returncode == 0, run.stdout


@pytest.mark.program
def test_the_committed_script_is_what_the_source_builds_in_whatever_folder(npm: node.Node, tmp_path: Path) -> None:
    copy = tmp_path / "another checkout" / "web"
    shutil.copytree(ROOT / "web", copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    run = npm.run("run", "--silent", "build", cwd=copy, capture=True)
    assert run.returncode == 0, run.stdout
    built = {path.name: path.read_bytes() for path in (copy.parent / "dist").iterdir()}
    committed = {path.name: path.read_bytes() for path in DIST.iterdir()}
    # Compared by a name first: pytest would print the difference of two minified scripts.
    different = sorted(name for name in built.keys() | committed if built.get(name) != committed.get(name))
    assert not different, f"in dist/, {different} is not what web/ builds: run `make web` and commit dist/"


def test_the_committed_script_stays_under_150_kb_gzipped() -> None:
    size = len(gzip.compress(SCRIPT.read_bytes())) / 1000
    assert size < LIMIT_KB, f"dist/index.umd.js has {size:.1f} KB gzipped: the App loads it with every page"


def test_the_committed_script_is_alone_and_tells_nothing_of_the_machine_that_built_it() -> None:
    assert [path.name for path in DIST.iterdir()] == ["index.umd.js"], "no source map, no second file to fetch"
    text = SCRIPT.read_text()
    for trace in ("sourceMappingURL", "node_modules", "file://", f"{ROOT}", f"{Path.home()}/", "/home/", "/Users/"):
        assert trace not in text, f"dist/index.umd.js holds {trace}"


def test_no_source_file_of_the_browser_half_is_over_300_lines() -> None:
    files = [path for path in (ROOT / "web" / "src").rglob("*") if path.suffix in {".ts", ".tsx"}]
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert "web/src/index.tsx" in lines
    long = {path: count for path, count in lines.items() if count > 300}
    assert not long, f"over 300 lines: {long}"
