"""What the tests stand on: real parts, each started only when a test asks for it.

FiftyOne may be imported only through the ``fo`` fixture (or inside a test that uses ``sandbox``), never at
the top of a test file: it reads its configuration at import, and must find the sandbox's, not the user's.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from tools import browser
from tools.sandbox import ROOT, Sandbox

PLUGIN = "@plumb/depth"
PATIENCE = 300_000  # milliseconds for what has no limit of its own in the browser: a slow machine is no defect

# A busy machine is no defect of what is tested. CI tries the same examples every time: it judges the change, not luck.
_SLOW = [HealthCheck.too_slow]
settings.register_profile("plumb", deadline=None, derandomize="CI" in os.environ, suppress_health_check=_SLOW)
settings.load_profile("plumb")


@dataclass(frozen=True)
class ConsoleEntry:
    """One line of the browser's console."""

    kind: str  # "error", "warning", "log", ..., or "pageerror" for an exception that nobody caught
    text: str
    url: str  # the script, or the resource that failed to load

    @property
    def unexpected(self) -> bool:
        """An error, and none of those that FiftyOne's App itself makes: web fonts that it cannot load without
        internet; DataCloneError when fields are switched within seconds of loading; "entry is loading" where its
        router follows an address before it has drawn the one before, as with a view and then the view's slice."""
        if self.kind not in {"error", "pageerror"}:
            return False
        known = ("DataCloneError", "entry is loading", "//fonts.")
        return not any(words in self.url + self.text for words in known)


def pytest_configure() -> None:
    """Hear Ctrl-C where the shell that started the tests in the background has it ignored: processes that are tested
    for how they end by it inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use, so that ``-m "not browser"`` needs no care from their authors."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "browser_page" in names:
            item.add_marker(pytest.mark.browser)
        if "worker" in names:
            item.add_marker(pytest.mark.worker)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A FiftyOne of the tests' own: database server, port, folders. Its variables are set in this process."""
    folder = ROOT / ".cache" / f"tests-{uuid.uuid4().hex[:8]}"
    with Sandbox(folder, purpose="test", temporary=True) as running:
        running.apply()
        yield running


@pytest.fixture(scope="session")
def fo(sandbox: Sandbox) -> ModuleType:
    """The fiftyone module, imported (10 s, once) after the sandbox's variables are set."""
    import fiftyone

    return fiftyone


@pytest.fixture
def dataset_name(fo: ModuleType) -> Iterator[str]:
    """A name that no dataset has; the dataset of that name is deleted afterwards."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    if fo.dataset_exists(name):
        fo.delete_dataset(name)


@pytest.fixture
def write(fo: ModuleType, tmp_path: Path) -> Callable[..., object]:
    """Write a map to a file of this test's and give its label."""
    from tests.map_datasets import writer

    return writer(tmp_path / "maps")


@pytest.fixture
def run_import(fo: ModuleType, tmp_path: Path) -> Callable[..., object]:
    """Import scenes to the end, maps into the test's own folder; the report."""
    from plumb.datasets.importing import import_sunrgbd
    from plumb.jobs import finish

    return lambda root, name, **options: finish(
        import_sunrgbd(root, name, **{"maps_dir": tmp_path / "maps", **options})
    )


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A whole scene of SUN RGB-D, the only one below `SUNRGBD` in the test's folder."""
    from tests.official_scenes import make_scene

    return make_scene(tmp_path / "SUNRGBD")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ``shared`` beside the repository: real scenes and reference values, not ours to publish."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no folder `shared` beside the repository ({folder})")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The rendered sample scenes, in SUN RGB-D's layout."""
    return ROOT / "samples" / "SUNRGBD"


@pytest.fixture(scope="module")
def app(sandbox: Sandbox) -> Iterator[str]:
    """Address of an App server. One for each test file: view, selection and panels live in the server."""
    with sandbox.running_app() as address:
        yield address


@pytest.fixture(scope="module")
def worker(sandbox: Sandbox) -> Iterator[subprocess.Popen]:
    """A running ``fiftyone delegated launch``. One for each test file: it takes whatever is queued."""
    process = sandbox.worker()
    yield process
    sandbox.stop(process)


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """A headless Chromium (Playwright's ``Browser``), or a skip with the reason.

    Stopped after each test file: while it runs, asyncio believes that this thread is inside an event loop,
    and FiftyOne's ``execute_operator`` then returns a task instead of a result.
    """
    path, reason = browser.find()
    if path is None:
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(browser.LAUNCH_ARGS), timeout=PATIENCE)
        yield running
        running.close()


@pytest.fixture
def browser_page(chromium: object, console: list[ConsoleEntry]) -> Iterator[object]:
    """A fresh Playwright ``Page``, 1500 x 950; what it logs arrives in the ``console`` fixture."""
    context = chromium.new_context(viewport={"width": 1500, "height": 950})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("console", lambda m: console.append(ConsoleEntry(m.type, m.text, m.location.get("url", ""))))
    page.on("pageerror", lambda e: console.append(ConsoleEntry("pageerror", f"{e}\n{e.stack}", page.url)))
    yield page
    context.close()


@pytest.fixture
def console() -> list[ConsoleEntry]:
    """The console of ``browser_page``, filled as the page runs."""
    return []


# Tiny models.


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: networks this small only wait for each other's threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The folder of a checkpoint of an architecture in `tests.tiny_models`, made when it is first asked for."""
    from tests.tiny_models import saver

    return saver(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Four files of noise, all of one size."""
    from tests.small_scenes import photo

    folder = tmp_path_factory.mktemp("pictures")
    for number in range(4):
        (folder / f"{number}.png").write_bytes(photo(number))
    return sorted(str(path) for path in folder.iterdir())


@pytest.fixture
def server(monkeypatch):
    """A server on this machine that speaks Replicate's protocol."""
    from tests.replicate_server import ReplicateServer

    with ReplicateServer() as running:
        monkeypatch.setenv("REPLICATE_BASE_URL", running.url)
        yield running


# Operators, and a dataset to run them on.


@pytest.fixture(scope="module")
def foo(fo):
    """The module of FiftyOne's operators, the plugin loaded."""
    import fiftyone.operators

    assert fiftyone.operators.operator_exists(f"{PLUGIN}/predict_depth")
    return fiftyone.operators


@pytest.fixture(scope="module")
def execute(foo):
    """Execute one of Plumb's operators from Python."""

    def run(name, /, ctx=None, request_delegation=False, **params):
        uri = f"{PLUGIN}/{name}"
        return foo.execute_operator(uri, ctx or {}, params=params, request_delegation=request_delegation)

    return run


@pytest.fixture(scope="module")
def resolve(foo):
    """Resolve an operator's form; the property, whether it is valid, and its labels and notes as one text."""
    from fiftyone.operators.executor import ExecutionContext, ValidationContext

    def run(name, /, dataset=None, **params):
        operator = foo.get_operator(f"{PLUGIN}/{name}")
        request = {"params": params, "dataset_name": dataset.name if dataset is not None else None}
        request["operator_uri"] = operator.uri  # from the App
        ctx = ExecutionContext(request_params=request, operator_uri=operator.uri)
        with ctx:
            form = operator.resolve_input(ctx)
        return form, not ValidationContext(ctx, form, operator).invalid, json.dumps(form.to_json())

    return run


@pytest.fixture(scope="module")
def click(foo):
    """Execute as the App's server does; the messages that it streams, and the execution's error."""
    from fiftyone.operators.executor import execute_or_delegate_operator

    async def stream(uri, request):
        execution = await execute_or_delegate_operator(uri, {"operator_uri": uri, **request})
        messages = [message.to_json() async for message in execution.result] if execution.result else []
        return messages, execution.error_message

    def run(name, /, dataset=None, selected=(), **params):
        request = {"params": params, "selected": list(selected)}
        if dataset is not None:
            request["dataset_name"] = dataset.name
        return asyncio.run(stream(f"{PLUGIN}/{name}", request))

    return run


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small model with random weights."""
    from tests.tiny_models import save

    return str(save("dpt", tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """A SUN RGB-D tree of three small scenes."""
    from tests.small_scenes import write_scene

    root = tmp_path_factory.mktemp("scenes")
    for number in range(3):
        write_scene(root, f"kv2/kinect2data/{number}", seed=number)
    return str(root)


@pytest.fixture(scope="module")
def ready(fo, execute, scenes, model):
    """A dataset with imported scenes and a prediction `dpt`; tests write only into fields of their own."""
    name = f"ready-{Path(scenes).name}"
    execute("import_sunrgbd", root=scenes, dataset_name=name)
    dataset = fo.load_dataset(name)
    execute("predict_depth", {"dataset": dataset}, model=model, field="dpt")
    yield dataset
    fo.delete_dataset(name)


# A dataset whose runs a test may change.


@pytest.fixture
def maps(tmp_path):
    """Where map files of this test's go."""
    return tmp_path / "maps"


@pytest.fixture
def predict(fo, model, maps, one_thread):
    """Predict into `dpt`, or another field."""
    from tests.managed_datasets import predictor

    return predictor(model, maps)


@pytest.fixture
def fresh(dataset_name, scenes, maps, predict):
    """A dataset like `ready`, made anew for the test, its files below `maps`."""
    from tests.managed_datasets import make_dataset

    return make_dataset(dataset_name, scenes, maps, predict)


# Queued operations, on a dataset without samples.


@pytest.fixture
def dataset(fo, dataset_name):
    return fo.Dataset(dataset_name)


@pytest.fixture
def other(fo, dataset_name):
    """Another dataset."""
    other = fo.Dataset(f"{dataset_name}-other")
    yield other
    fo.delete_dataset(other.name)


@pytest.fixture
def queue(dataset):
    """Queue operations on it; see `tests.queued_operations`."""
    from tests.queued_operations import Queue

    queue = Queue(dataset)
    yield queue
    queue.close()


@pytest.fixture
def operations(fo):
    """The module that knows what became of them."""
    from plumb.datasets import operations

    return operations


@pytest.fixture
def only(operations, dataset):
    """The one operation of the dataset."""

    def run():
        (operation,) = operations.list_operations(dataset)
        return operation

    return run


@pytest.fixture
def claims(fo):
    """The module of claims; all are gone afterwards."""
    from plumb.datasets import claims

    yield claims
    claims._claims().delete_many({})
