"""The sandbox: a FiftyOne of our own that leaves nothing behind and takes nothing from the user."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from pymongo import MongoClient

from tools.sandbox import ROOT, Sandbox, SandboxError

# Starts a server and a second child, says their process ids, and ends as its last argument asks.
PROGRAM = """
    import sys, time
    from pathlib import Path
    from tools.sandbox import Sandbox

    with Sandbox(Path(sys.argv[1])) as sandbox:
        sleeper = sandbox.start([sys.executable, "-c", "import time; time.sleep(600)"], "sleeper")
        print(*(child.pid for child in sandbox._children), flush=True)
        if sys.argv[2] == "exception":
            raise RuntimeError("as asked")
        if sys.argv[2] == "wait":
            time.sleep(600)
"""


def program(source: str, *arguments: object, **environment: object) -> subprocess.Popen:
    """A Python of its own that runs ``source`` with the repository importable."""
    path = os.pathsep.join(filter(None, [str(environment.pop("PYTHONPATH", "")), str(ROOT)]))
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **{name: str(value) for name, value in environment.items()}},
    )


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def all_gone(pids: list[int], patience: float = 300) -> bool:
    end = time.monotonic() + patience
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("ending", ["end", "exception", "SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_whatever_way_its_process_ends_no_process_of_the_sandbox_is_left(ending: str, tmp_path: Path) -> None:
    run = program(PROGRAM, tmp_path / "sandbox", ending if ending.islower() else "wait")
    pids = [int(pid) for pid in run.stdout.readline().split()]
    assert len(pids) == 2
    if not ending.islower():
        assert all(map(alive, pids))
        run.send_signal(getattr(signal, ending))
    _, errors = run.communicate(timeout=600)
    assert all_gone(pids)
    if ending == "end":
        assert run.returncode == 0, errors
    elif ending.startswith("SIG"):
        assert run.returncode == -getattr(signal, ending), "the caller must see which signal ended it"


def test_a_folder_left_by_a_killed_run_is_taken_up_again_with_its_data(tmp_path: Path) -> None:
    source = """
        import os, signal, sys
        from pathlib import Path
        from pymongo import MongoClient
        from tools.sandbox import Sandbox

        with Sandbox(Path(sys.argv[1])) as sandbox:
            client = MongoClient(sandbox.env["FIFTYONE_DATABASE_URI"])
            client.get_database("kept", write_concern=__import__("pymongo").WriteConcern(j=True)).x.insert_one({"a": 1})
            print(*(child.pid for child in sandbox._children), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = program(source, tmp_path / "sandbox")
    output, errors = killed.communicate(timeout=600)
    assert killed.returncode == -signal.SIGKILL, errors
    assert all_gone([int(pid) for pid in output.split()])
    with Sandbox(tmp_path / "sandbox") as sandbox, MongoClient(sandbox.env["FIFTYONE_DATABASE_URI"]) as client:
        assert [document["a"] for document in client.kept.x.find()] == [1]


def test_a_second_sandbox_in_the_same_folder_is_refused_and_does_the_first_no_harm(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as first:
        with pytest.raises(SandboxError, match="Another run is using"), Sandbox(tmp_path, temporary=True):
            pass
        with MongoClient(first.env["FIFTYONE_DATABASE_URI"], serverSelectionTimeoutMS=5000) as client:
            assert client.admin.command("ping")["ok"] == 1
        assert (tmp_path / "db").is_dir()


def test_a_temporary_sandbox_deletes_its_folder_and_a_lasting_one_keeps_it(tmp_path: Path) -> None:
    for temporary in (True, False):
        with Sandbox(tmp_path / "sandbox", temporary=temporary):
            assert (tmp_path / "sandbox" / "plugins" / "plumb").resolve() == ROOT
        assert (tmp_path / "sandbox").exists() is not temporary


def test_a_server_that_does_not_start_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "storage.bson").write_bytes(b"no database of any MongoDB" * 20)
    with pytest.raises(SandboxError, match=r"(?s)mongod ended with status .*mongod\.log"), Sandbox(tmp_path):
        pass


def test_the_users_fiftyone_settings_are_hidden_inside_and_back_afterwards(tmp_path: Path) -> None:
    source = """
        import os, sys
        from pathlib import Path
        from tools.sandbox import Sandbox

        before = dict(os.environ)
        with Sandbox(Path(sys.argv[1])) as sandbox:
            sandbox.apply()
            assert "FIFTYONE_MODULE_PATH" not in os.environ
            assert os.environ["FIFTYONE_DATABASE_URI"] == sandbox.env["FIFTYONE_DATABASE_URI"] != "mongodb://theirs"
            show = "import os; print('FIFTYONE_MODULE_PATH' in os.environ, os.environ['FIFTYONE_DATABASE_URI'])"
            sandbox.start([sys.executable, "-c", show], "child").wait()
            assert sandbox.log("child").read_text().split() == ["False", sandbox.env["FIFTYONE_DATABASE_URI"]]
        assert dict(os.environ) == before
    """
    run = program(source, tmp_path, FIFTYONE_DATABASE_URI="mongodb://theirs", FIFTYONE_MODULE_PATH="their.module")
    _, errors = run.communicate(timeout=600)
    assert run.returncode == 0, errors


@pytest.mark.program
def test_fiftyone_inside_reads_and_writes_nothing_in_the_users_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = home / ".fiftyone" / "config.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"database_uri": "mongodb://127.0.0.1:1", "default_ml_backend": "theirs"}))
    source = """
        import sys
        from pathlib import Path
        from tools.sandbox import Sandbox

        with Sandbox(Path(sys.argv[1])) as sandbox:
            sandbox.apply()
            import fiftyone as fo
            fo.Dataset("inside").add_sample(fo.Sample(filepath="image.png"))
            print(fo.list_datasets(), fo.config.default_ml_backend, fo.config.database_name)
    """
    run = program(source, tmp_path / "sandbox", HOME=home, MPLCONFIGDIR=tmp_path / "matplotlib")
    output, errors = run.communicate(timeout=600)
    assert run.returncode == 0, errors
    assert output.splitlines()[-1] == "['inside'] torch plumb_demo"
    assert [path for path in home.rglob("*") if path.is_file()] == [settings]


def test_the_variables_cannot_be_applied_after_fiftyone_was_imported(fo: object, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="before fiftyone is imported"):
        Sandbox(tmp_path).apply()


def test_without_a_binary_the_users_server_serves_under_a_name_of_our_own_that_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "no_binary" / "fiftyone").mkdir(parents=True)
    (tmp_path / "no_binary" / "fiftyone" / "__init__.py").touch()
    source = """
        import sys
        from pathlib import Path
        from pymongo import MongoClient
        from tools.sandbox import Sandbox

        with Sandbox(Path(sys.argv[1]), purpose="test", temporary=True) as sandbox:
            with MongoClient(sandbox.env["FIFTYONE_DATABASE_URI"]) as client:
                client[sandbox.env["FIFTYONE_DATABASE_NAME"]].x.insert_one({})
                print(*(name for name in client.list_database_names() if name.startswith("plumb_test_")))
    """
    with Sandbox(tmp_path / "theirs") as theirs:
        uri = theirs.env["FIFTYONE_DATABASE_URI"]
        with MongoClient(uri) as client:
            client.fiftyone.datasets.insert_one({"name": "theirs"})
            run = program(source, tmp_path / "ours", PYTHONPATH=tmp_path / "no_binary", FIFTYONE_DATABASE_URI=uri)
            output, errors = run.communicate(timeout=600)
            assert run.returncode == 0, errors
            ours = output.strip()
            assert ours.startswith("plumb_test_")
            assert ours not in client.list_database_names()
            assert client.fiftyone.datasets.count_documents({}) == 1
