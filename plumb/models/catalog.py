"""Models by short name: add one by adding a line to `CATALOG`."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from plumb.models.base import ModelError

BACKENDS = ("transformers", "marigold", "replicate")
OFFLINE_MODEL = "dpt-tiny"
REPLICATE_TOKEN = "a Replicate token"

_SAMPLES = Path(__file__).resolve().parents[2] / "samples"

# What each backend imports, beside what Plumb itself does.
_PACKAGES = {
    "transformers": ("torch", "transformers"),
    "marigold": ("torch", "transformers", "diffusers"),
    "replicate": ("replicate",),
}

_SEE_CARD = "see its card"
_NOT_COMMERCIAL = "CC-BY-NC-4.0, not for commercial use"


@dataclass(frozen=True)
class ModelSpec:
    """A model and where it comes from.

    Attributes:
        name: what the user asks for
        source: hub id, local folder, or owner/name:version of Replicate
        backend: one of `BACKENDS`
        weights: fingerprint of a local folder's weights, wherever the folder lies; None for a hub id
        quantity: of its maps, one of `plumb.depthmap.QUANTITIES`; "" where only its configuration tells
        parameters: number of parameters, for people ("123 M"); "" when unknown, as what follows
        licence: of the weights, and whether it forbids commercial use
        input_size: what the network sees of an image, in pixels, for people
        needs: beyond Plumb's requirements: packages, or `REPLICATE_TOKEN`
        note: what else to know
    """

    name: str
    source: str
    backend: str = "transformers"
    weights: str | None = None
    quantity: str = ""
    parameters: str = ""
    licence: str = ""
    input_size: str = ""
    needs: tuple[str, ...] = ()
    note: str = ""

    def describe(self) -> str:
        """One line for people, such as "inverse depth, 123 M parameters, input 384x384, licence Apache-2.0"."""
        known = (
            {"depth": "metres"}.get(self.quantity, self.quantity.replace("_", " ")),
            self.note,
            self.parameters and f"{self.parameters} parameters",
            self.input_size and f"input {self.input_size}",
            f"licence {self.licence}" if self.licence else "see its card for the licence",
            self.needs and f"needs {', '.join(self.needs)}",
        )
        return ", ".join(filter(None, known))


def _anything(name: str, size: str, **more: str) -> ModelSpec:
    """One of Depth Anything V2's checkpoints: the same three networks for each task."""
    return ModelSpec(
        name, f"depth-anything/Depth-Anything-V2-{size}-hf",
        parameters={"Small": "25 M", "Base": "97 M", "Large": "335 M"}[size.split("-")[-1]],
        input_size="518, aspect ratio kept", **more,
    )  # fmt: skip


CATALOG: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(OFFLINE_MODEL, str(_SAMPLES / OFFLINE_MODEL), quantity="inverse_depth", parameters="4.3 M",
                  licence="Apache-2.0", input_size="160x160",
                  note="comes with Plumb, works offline; for demonstration and tests"),
        ModelSpec("dpt-hybrid", "Intel/dpt-hybrid-midas", quantity="inverse_depth", parameters="123 M",
                  licence="Apache-2.0", input_size="384x384"),
        ModelSpec("dpt-large", "Intel/dpt-large", quantity="inverse_depth", parameters="343 M",
                  licence="Apache-2.0", input_size="384x384"),
        ModelSpec("dpt-beit-large-512", "Intel/dpt-beit-large-512", quantity="inverse_depth", parameters="345 M",
                  licence="MIT", input_size="512x512", note="trained on NYU and KITTI among others"),
        ModelSpec("dpt-swinv2-tiny-256", "Intel/dpt-swinv2-tiny-256", quantity="inverse_depth", parameters="42 M",
                  licence="MIT", input_size="256x256"),
        _anything("depth-anything-v2-small", "Small", quantity="inverse_depth", licence="Apache-2.0"),
        _anything("depth-anything-v2-base", "Base", quantity="inverse_depth", licence=_NOT_COMMERCIAL),
        _anything("depth-anything-v2-large", "Large", quantity="inverse_depth", licence=_NOT_COMMERCIAL),
        *(
            _anything(f"depth-anything-v2-{place.lower()}-{size.lower()}", f"Metric-{place}-{size}", quantity="depth",
                      licence=_SEE_CARD, note=note)
            for place, note in (("Indoor", "indoor, up to 20 m"), ("Outdoor", "outdoor, up to 80 m"))
            for size in ("Small", "Base", "Large")
        ),
        ModelSpec("glpn-nyu", "vinvino02/glpn-nyu", quantity="depth", parameters="61 M", licence="Apache-2.0",
                  input_size="the image's, in multiples of 32", note="indoor"),
        ModelSpec("glpn-kitti", "vinvino02/glpn-kitti", quantity="depth", parameters="61 M", licence=_SEE_CARD,
                  input_size="the image's, in multiples of 32", note="streets"),
        ModelSpec("zoedepth-nyu-kitti", "Intel/zoedepth-nyu-kitti", quantity="depth", parameters="345 M",
                  licence="MIT", input_size="384x512, aspect ratio kept", note="indoor and streets"),
        ModelSpec("depth-pro", "apple/DepthPro-hf", quantity="depth", parameters="952 M",
                  licence="apple-amlr, for research only", input_size="1536x1536", needs=("torchvision",),
                  note="finds the field of view too"),
        ModelSpec("marigold-v1-1", "prs-eth/marigold-depth-v1-1", "marigold", quantity="affine_depth",
                  parameters="0.95 B", licence="OpenRAIL++-M", input_size="768, longer side",
                  note="DDIM, 1 to 4 steps, an ensemble of 10 for published figures"),
        ModelSpec("marigold-lcm", "prs-eth/marigold-depth-lcm-v1-0", "marigold", quantity="affine_depth",
                  parameters="0.95 B", licence="Apache-2.0", input_size="768, longer side", note="1 step"),
        ModelSpec("marigold-tiny", str(_SAMPLES / "marigold-tiny"), "marigold", quantity="affine_depth",
                  parameters="6.6 M", licence="Apache-2.0", input_size="160, longer side",
                  note="comes with Plumb, works offline; for demonstration and tests"),
        ModelSpec("midas-replicate",
                  "cjwbw/midas:a6ba5798f04f80d3b314de0f0a62277f21ab3503c60c84d4817de83c5edfdae0", "replicate",
                  quantity="inverse_depth", licence=_SEE_CARD, needs=(REPLICATE_TOKEN,),
                  note="runs on Replicate, which costs money and sees the images"),
        ModelSpec("marigold-replicate",
                  "adirik/marigold:1a363593bc4882684fc58042d19db5e13a810e44e02f8d4c32afd1eb30464818", "replicate",
                  quantity="affine_depth", licence=_SEE_CARD, needs=(REPLICATE_TOKEN,),
                  note="runs on Replicate, which costs money and sees the images"),
    )
}  # fmt: skip


def missing(spec: ModelSpec) -> list[str]:
    """What this machine lacks to run a model, each with the mend.

    Nothing is imported to find out. A token is looked for where the secrets are, not here.
    """
    packages = dict.fromkeys((*_PACKAGES[spec.backend], *spec.needs))
    return [f"{name}: pip install {name}" for name in packages if name != REPLICATE_TOKEN and find_spec(name) is None]


def resolve(model: str, backend: str = "auto") -> ModelSpec:
    """Find a model by catalog name, local folder, hub id, or owner/name:version of Replicate.

    Args:
        backend: one of `BACKENDS`; "auto" tells it from the catalog, the folder's files or the name

    Raises:
        ModelError: if it is none of these, or the backend is unknown
    """
    if backend not in ("auto", *BACKENDS):
        raise ModelError(f"unknown backend {backend!r}; use auto or {', '.join(BACKENDS)}")
    spec = CATALOG.get(model) or ModelSpec(model, model, _backend_by_name(model))
    if backend != "auto":
        spec = replace(spec, backend=backend)
    folder = Path(spec.source).expanduser()
    if model and folder.is_dir():  # Path("") is the working folder
        return _local(spec, folder, backend)
    if model in CATALOG:
        return spec
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        return spec
    raise ModelError(
        f"unknown model {model!r}; use a hub id such as Intel/dpt-hybrid-midas, an existing folder, or one of "
        f"{', '.join(CATALOG)}"
    )


def _backend_by_name(model: str) -> str:
    if re.fullmatch(r"[\w.-]+/[\w.-]+:[0-9a-f]{64}", model):
        return "replicate"
    return "marigold" if "marigold" in model.lower() else "transformers"


def _local(spec: ModelSpec, folder: Path, backend: str) -> ModelSpec:
    """A model in a folder; the files say which backend wrote it."""
    folder = folder.resolve()
    pipeline = (folder / "model_index.json").is_file()
    if not pipeline and not (folder / "config.json").is_file():
        raise ModelError(f"{folder} has no config.json or model_index.json; give a folder written by save_pretrained()")
    found = ("marigold" if pipeline else "transformers") if backend == "auto" else backend
    files = folder.glob("**/*" if pipeline else "*")  # a pipeline's networks lie in folders of their own
    return replace(spec, source=str(folder), backend=found, weights=_fingerprint(folder, files))


def _fingerprint(folder: Path, files: Iterable[Path]) -> str:
    """Of the configurations and the weights, to the last byte: a fine-tuned model differs from its base in the middle
    of a file, or in little of it."""
    digest = hashlib.sha256()
    for path in sorted(file for file in files if file.suffix in (".json", ".safetensors", ".bin") and file.is_file()):
        status = path.stat()
        with _HASHING:
            content = _hash(path, status.st_size, status.st_mtime_ns)
        digest.update(f"{path.relative_to(folder).as_posix()} {status.st_size} {content} ".encode())
    return digest.hexdigest()[:16]


# A second for each GB, while the form asks at every keystroke: it asks again before the first answer is there.
_HASHING = threading.Lock()


@lru_cache(maxsize=4096)
def _hash(path: Path, size: int, changed: int) -> str:
    """Of a file's content; size and time of change tell whether that is still the same."""
    digest, part = hashlib.sha256(), memoryview(bytearray(1 << 20))
    with open(path, "rb", buffering=0) as file:
        while read := file.readinto(part):
            digest.update(part[:read])
    return digest.hexdigest()
