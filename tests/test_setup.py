"""Set-up: the tested set is installed once, the requirement files agree, and what is missing is said plainly."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.sandbox import ROOT, Sandbox
from tools.setup_env import SUPPORTED, Environment, SetupError

PYTHONS = [f"{major}.{minor}" for major, minor in SUPPORTED]


def requirements(name: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def pinned(python: str) -> dict[str, str]:
    """Name to version, as constraints.txt has it for one Python; fails on a name that is pinned twice."""
    pins: dict[str, str] = {}
    for line in requirements("constraints.txt"):
        if line.marker is None or line.marker.evaluate({"python_version": python}):
            name = canonicalize_name(line.name)
            assert name not in pins, f"{name} is pinned twice for Python {python}"
            (specifier,) = line.specifier
            pins[name] = specifier.version
    return pins


# -- the requirement files ---------------------------------------------------------------------------------------


def test_constraints_are_plain_exact_versions_and_name_no_place_to_get_them_from() -> None:
    marker = r'( ; python_version (<|>=) "3\.1[0-2]")?'
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(rf"[A-Za-z0-9._-]+==[A-Za-z0-9.]+{marker}", line), line


@pytest.mark.parametrize("python", PYTHONS)
def test_torch_is_pinned_to_2_13_0(python: str) -> None:
    assert pinned(python)["torch"] == "2.13.0"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_within_its_range(file: str, python: str) -> None:
    pins = pinned(python)
    for requirement in requirements(file):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} has no pin for Python {python}"
        assert requirement.specifier.contains(version), f"{requirement} does not admit {version}"


def test_these_tests_run_on_the_pinned_set() -> None:
    pins = pinned(f"{sys.version_info[0]}.{sys.version_info[1]}")
    installed: dict[str, str] = {}
    for dist in metadata.distributions():  # in the order of the path: the copies that setuptools brings come last
        installed.setdefault(canonicalize_name(dist.name), dist.version.partition("+")[0])
    different = {name: (installed[name], pin) for name, pin in pins.items() if installed.get(name, pin) != pin}
    assert not different, f"installed and pinned versions differ: {different}; run `make setup`"
    assert installed["torch"] == "2.13.0"


def test_the_pinned_set_installs_on_the_first_patch_release_of_this_python_too() -> None:
    """Debian 12 has Python 3.11.2 and Ubuntu 22.04 and 24.04 have their own; some packages ask for a later patch."""
    first = f"{sys.version_info[0]}.{sys.version_info[1]}.0"
    too_new = {
        f"{dist.name} {dist.version}": dist.metadata["Requires-Python"]
        for dist in metadata.distributions()
        if not SpecifierSet(dist.metadata["Requires-Python"] or "").contains(first)
    }
    assert not too_new, f"these need a later patch release than {first}: {too_new}"


@pytest.mark.program
def test_fiftyones_own_parser_reads_the_requirements_and_finds_them_satisfied(sandbox: Sandbox) -> None:
    """What `fiftyone plugins requirements @plumb/depth --install` hands to pip, line by line."""
    command = [Path(sys.executable).parent / "fiftyone", "plugins", "requirements", "@plumb/depth"]
    assert sandbox.start([*command, "--print"], "requirements").wait(1800) == 0
    printed = sandbox.log("requirements").read_text()
    for requirement in requirements("requirements.txt"):
        assert re.search(rf"^{re.escape(requirement.name)}\b", printed, re.MULTILINE), printed
    assert "#" not in printed
    assert sandbox.start([*command, "--ensure"], "ensure").wait(1800) == 0, sandbox.log("ensure").read_text()


# -- the environment and its stamp -------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose only requirement is a package beside it, so that pip needs no network."""
    package = tmp_path / "package"
    (package / "plumb_probe-1.0.dist-info").mkdir(parents=True)
    (package / "plumb_probe-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: plumb-probe\nVersion: 1.0\n"
    )
    (package / "plumb_probe-1.0.dist-info" / "WHEEL").write_text(
        "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    (package / "plumb_probe-1.0.dist-info" / "RECORD").touch()
    (package / "plumb_probe.py").touch()
    archive = shutil.make_archive(str(tmp_path / "wheel"), "zip", package)
    wheel = Path(archive).rename(tmp_path / "plumb_probe-1.0-py3-none-any.whl")
    (tmp_path / "requirements.txt").write_text(f"plumb-probe @ {wheel.as_uri()}\n")
    (tmp_path / "requirements-dev.txt").write_text("# nothing\n")
    (tmp_path / "constraints.txt").write_text("plumb-probe==1.0\n")
    return tmp_path


def can_import(python: Path, module: str) -> bool:
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


@pytest.mark.program
def test_an_installation_is_remembered_until_a_requirement_file_changes(checkout: Path) -> None:
    env = Environment(checkout, dev=False)
    assert not env.fresh()
    env.install()
    assert can_import(env.python, "plumb_probe")
    assert env.fresh()
    assert not Environment(checkout, dev=True).fresh(), "the demo's set is not enough for the tests"
    with (checkout / "constraints.txt").open("a") as constraints:
        constraints.write("other==1\n")
    assert not env.fresh()


@pytest.mark.program
def test_the_set_for_the_tests_is_enough_for_the_demo(checkout: Path) -> None:
    Environment(checkout, dev=True).install()
    assert Environment(checkout, dev=False).fresh()


@pytest.mark.program
def test_an_interrupted_installation_is_not_taken_for_a_finished_one_and_is_made_anew(checkout: Path) -> None:
    env = Environment(checkout, dev=False)
    env.install()
    env.marker.touch()  # as a killed pip leaves it
    half_installed = next(env.folder.glob("lib/python*/site-packages")) / "half_installed.py"
    half_installed.touch()
    assert not env.fresh()
    env.install()
    assert env.fresh()
    assert not half_installed.exists()


@pytest.mark.program
def test_a_failed_installation_is_an_error_and_leaves_no_stamp(checkout: Path) -> None:
    env = Environment(checkout, dev=False)
    env.install()
    (checkout / "constraints.txt").write_text("plumb-probe==2.0\n")
    with pytest.raises(SetupError, match="pip could not install"):
        env.install()
    assert not env.fresh()
    assert can_import(env.python, "plumb_probe"), "what was there still works"


@pytest.mark.program
def test_an_environment_made_by_hand_is_kept_even_one_without_pip(checkout: Path) -> None:
    env = Environment(checkout, dev=False)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", env.folder], check=True)
    mine = env.folder / "mine.txt"
    mine.touch()
    env.install()
    assert env.fresh()
    assert mine.exists()


def test_a_folder_that_is_no_virtual_environment_is_left_alone(checkout: Path) -> None:
    env = Environment(checkout, dev=False)
    env.folder.mkdir()
    (env.folder / "notes.txt").write_text("mine")
    with pytest.raises(SetupError, match="move it away"):
        env.install()
    assert (env.folder / "notes.txt").read_text() == "mine"


# -- finding a Python --------------------------------------------------------------------------------------------


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder to be the whole PATH: no Python, only what a shell script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "dirname").symlink_to(shutil.which("dirname"))
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def find_python(path: Path) -> subprocess.CompletedProcess:
    script = path.parent / "tools" / "python.sh"
    return subprocess.run(["/bin/sh", script], env={"PATH": str(path)}, capture_output=True, text=True)


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_python_that_is_only_a_version_managers_stub_is_passed_over(bare_path: Path) -> None:
    executable(bare_path / "python3.11", "echo 'python3.11: command not found' >&2; exit 127")
    (bare_path / "python3").symlink_to(os.path.realpath(sys.executable))
    assert find_python(bare_path).stdout.strip() == str(bare_path / "python3")


def test_a_python_without_venv_is_answered_with_the_package_to_install(bare_path: Path) -> None:
    executable(bare_path / "python3", 'case "$2" in *ensurepip*) exit 1;; esac; echo 3.12')
    found = find_python(bare_path)
    assert found.returncode == 1
    assert "apt-get install python3.12-venv" in found.stderr


def test_a_python_that_is_too_new_is_answered_with_the_versions_that_will_do(bare_path: Path) -> None:
    executable(bare_path / "python3", 'case "$2" in *ensurepip*) exit 1;; esac; echo 3.13')
    found = find_python(bare_path)
    assert found.returncode == 1
    assert "needs Python 3.10, 3.11 or 3.12; python3 is 3.13" in found.stderr
    assert "PYTHON=" in found.stderr


# -- mongod ------------------------------------------------------------------------------------------------------


@pytest.fixture
def fake_fiftyone(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with a package `fiftyone` that came without a binary."""
    package = tmp_path / "site" / "fiftyone"
    (package / "db" / "bin").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('FiftyOne must not be imported')\n")
    return tmp_path / "site"


def ensure_mongod(site: Path, *wrapper: str, uri: str | None = None) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if name != "FIFTYONE_DATABASE_URI"}
    env["PYTHONPATH"] = str(site)
    if uri:
        env["FIFTYONE_DATABASE_URI"] = uri
    command = [*wrapper, sys.executable, ROOT / "tools" / "mongod.py"]
    return subprocess.run(command, env=env, capture_output=True, text=True)


def test_a_mongod_that_does_not_run_is_not_replaced_but_explained(fake_fiftyone: Path) -> None:
    binary = fake_fiftyone / "fiftyone" / "db" / "bin" / "mongod"
    executable(binary, "echo 'needs another processor' >&2; exit 132")
    before = binary.read_bytes()
    run = ensure_mongod(fake_fiftyone)
    assert run.returncode == 1
    assert "needs another processor" in run.stderr
    assert "https://www.mongodb.com/docs/manual/installation/" in run.stderr
    assert "export FIFTYONE_DATABASE_URI=" in run.stderr
    assert binary.read_bytes() == before


def test_where_fiftyone_has_no_binary_a_server_that_the_user_names_will_do(fake_fiftyone: Path) -> None:
    run = ensure_mongod(fake_fiftyone, uri="mongodb://db.example:27017")
    assert run.returncode == 0, run.stderr
    assert "mongodb://db.example:27017" in run.stdout
    assert not any((fake_fiftyone / "fiftyone" / "db" / "bin").iterdir())


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not shutil.which("setarch"), reason="needs setarch on x86_64 Linux"
)
def test_on_another_platform_the_message_says_where_to_get_mongodb(fake_fiftyone: Path) -> None:
    run = ensure_mongod(fake_fiftyone, "setarch", "i686")
    assert run.returncode == 1
    assert "none to fetch for Linux i686" in run.stderr
    assert "https://www.mongodb.com/docs/manual/installation/" in run.stderr


def test_the_binary_that_serves_these_tests_is_fiftyones_own_and_runs(sandbox: Sandbox) -> None:
    from tools import mongod

    if mongod.find() is None:
        pytest.skip("FiftyOne has no mongod here: FIFTYONE_DATABASE_URI serves the tests")
    assert mongod.complaint(mongod.find()) is None
    assert mongod.ensure() == mongod.find()


# -- Node and web/node_modules -----------------------------------------------------------------------------------


@pytest.fixture
def bare_web(bare_path: Path) -> Path:
    """A checkout with a folder `web`, its whole PATH in `bin`: the script under test runs without .venv's packages."""
    web = bare_path.parent / "web"
    web.mkdir()
    (web / "package.json").write_text("{}")
    (web / "package-lock.json").write_text("{}")
    return web


def ensure_node(web: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", "-S", web.parent / "tools" / "node.py", *arguments]
    return subprocess.run(command, env={"PATH": str(web.parent / "bin")}, capture_output=True, text=True)


def install_node(web: Path, version: str, npm: str) -> None:
    """A Node that says this version, and an npm that notes its arguments and does what this script says."""
    executable(web.parent / "bin" / "node", f"echo {version}")
    executable(web.parent / "bin" / "npm", f'echo "$@" >> {web.parent}/npm.log; {npm}')


def npm_calls(web: Path) -> list[str]:
    log = web.parent / "npm.log"
    return log.read_text().splitlines() if log.exists() else []


def test_the_environments_own_node_and_npm_need_none_on_the_machine(tmp_path: Path) -> None:
    code = "from tools import node; found = node.find(); print(found.origin, flush=True); found.run('--version')"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    origin, npm = run.stdout.splitlines()
    assert origin == "from PyPI" and re.fullmatch(r"\d+\.\d+\.\d+", npm), run.stdout + run.stderr


@pytest.mark.parametrize(
    "version, there", [("v20.18.3", "this machine's own is 20.18.3"), (None, "this machine has none")]
)
def test_without_a_node_that_is_new_enough_the_message_says_so(bare_web: Path, version: str, there: str) -> None:
    if version:
        install_node(bare_web, version, "exit 0")
    run = ensure_node(bare_web)
    assert run.returncode == 1
    assert f"web/ needs Node 20.19 or later with npm: {there}" in run.stderr
    assert npm_calls(bare_web) == []


def test_npms_packages_are_installed_once_and_again_when_the_lock_changes(bare_web: Path) -> None:
    install_node(bare_web, "v20.19.0", "/bin/mkdir -p node_modules")
    for _ in range(2):
        assert ensure_node(bare_web).returncode == 0
    (first,) = npm_calls(bare_web)
    assert first.startswith("ci --ignore-scripts --include=dev")
    (bare_web / "package-lock.json").write_text("{ }")
    ensure_node(bare_web)
    assert npm_calls(bare_web) == [first, first]


def test_a_failed_npm_is_an_error_and_is_tried_again(bare_web: Path) -> None:
    install_node(bare_web, "v22.0.0", "/bin/mkdir -p node_modules; exit 1")
    for _ in range(2):
        run = ensure_node(bare_web, "run", "build")
        assert run.returncode == 1
        assert "npm could not install what web/package-lock.json lists" in run.stderr
    assert [call.split()[0] for call in npm_calls(bare_web)] == ["ci", "ci"], "and nothing is built with half of them"


# -- pytest and the browser --------------------------------------------------------------------------------------


@pytest.mark.program
def test_tests_run_in_a_checkout_whose_folder_name_is_no_identifier(tmp_path: Path) -> None:
    checkout = tmp_path / "my-plumb.checkout"
    shutil.copytree(ROOT / "tools", checkout / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "tests").mkdir()
    for name in ("__init__.py", "pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, checkout / name)
    (checkout / "plumb").mkdir()
    (checkout / "plumb" / "__init__.py").touch()
    (checkout / "tests" / "test_probe.py").write_text(
        "import plumb, tools.sandbox\n\n\n"
        "def test_the_checkout_is_what_is_imported():\n"
        f"    assert plumb.__file__ == {str(checkout / 'plumb' / '__init__.py')!r}\n"
        f"    assert str(tools.sandbox.ROOT) == {str(checkout)!r}\n"
    )
    for folder in (checkout, checkout / "tests"):
        run = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=folder, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "1 passed" in run.stdout


def test_the_browser_draws_with_webgl2_and_its_console_is_heard(browser_page: object, console: list) -> None:
    browser_page.goto("data:text/html,<script>console.error('heard'); null.x</script>")
    assert browser_page.evaluate("document.createElement('canvas').getContext('webgl2') !== null")
    assert [entry.kind for entry in console] == ["error", "pageerror"]
    assert all(entry.unexpected for entry in console)
