"""Models by short name: add one by adding a line to `CATALOG`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from plumb.models.base import ModelError

BACKENDS = ("transformers", "marigold", "replicate")
OFFLINE_MODEL = "dpt-tiny"

_SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@dataclass(frozen=True)
class ModelSpec:
    """A model and where it comes from.

    Attributes:
        name: what the user asks for
        source: hub id or local folder
        backend: one of `BACKENDS`
        parameters: number of parameters, for people ("123 M")
        licence: of the weights; "" when unknown
        note: one line for the form
        weights: fingerprint of a local folder's weights, wherever the folder lies; None for a hub id
    """

    name: str
    source: str
    backend: str = "transformers"
    parameters: str = ""
    licence: str = ""
    note: str = ""
    weights: str | None = None


CATALOG: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(OFFLINE_MODEL, str(_SAMPLES / OFFLINE_MODEL), parameters="4.3 M", licence="Apache-2.0",
                  note="comes with Plumb, works offline; for demonstration and tests"),
        ModelSpec("dpt-hybrid", "Intel/dpt-hybrid-midas", parameters="123 M", licence="Apache-2.0",
                  note="relative inverse depth, 384x384"),
        ModelSpec("dpt-large", "Intel/dpt-large", parameters="343 M", licence="Apache-2.0",
                  note="relative inverse depth, 384x384"),
        ModelSpec("depth-anything-v2-small", "depth-anything/Depth-Anything-V2-Small-hf", parameters="25 M",
                  licence="Apache-2.0", note="relative inverse depth, 518 px"),
        ModelSpec("depth-anything-v2-base", "depth-anything/Depth-Anything-V2-Base-hf", parameters="97 M",
                  licence="CC-BY-NC-4.0", note="relative inverse depth, 518 px, not for commercial use"),
        ModelSpec("depth-anything-v2-large", "depth-anything/Depth-Anything-V2-Large-hf", parameters="335 M",
                  licence="CC-BY-NC-4.0", note="relative inverse depth, 518 px, not for commercial use"),
        ModelSpec("depth-anything-v2-indoor-small",
                  "depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf", parameters="25 M",
                  note="metres up to 20, indoor"),
        ModelSpec("glpn-nyu", "vinvino02/glpn-nyu", parameters="61 M", licence="Apache-2.0",
                  note="metres, indoor"),
    )
}  # fmt: skip


def resolve(model: str, backend: str = "auto") -> ModelSpec:
    """Find a model by catalog name, local folder or hub id.

    Raises:
        ModelError: if it is none of these, or the backend is unknown
    """
    if backend not in ("auto", *BACKENDS):
        raise ModelError(f"unknown backend {backend!r}; use auto or {', '.join(BACKENDS)}")
    spec = CATALOG.get(model) or ModelSpec(model, model)
    folder = Path(spec.source).expanduser()
    if model and folder.is_dir():  # Path("") is the working folder
        if not (folder / "config.json").is_file():
            raise ModelError(f"{folder} has no config.json; give a folder written by save_pretrained()")
        return replace(spec, source=str(folder.resolve()), weights=_fingerprint(folder))
    if model in CATALOG:
        return spec
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        return spec
    raise ModelError(
        f"unknown model {model!r}; use a hub id such as Intel/dpt-hybrid-midas, an existing folder, or one of "
        f"{', '.join(CATALOG)}"
    )


def _fingerprint(folder: Path) -> str:
    """Of the configuration and the weights: the size of each file, and its first and last megabyte."""
    digest, megabyte = hashlib.sha256(), 1 << 20
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".json", ".safetensors", ".bin")):
        size = path.stat().st_size
        digest.update(f"{path.name} {size} ".encode())
        with open(path, "rb") as file:
            digest.update(file.read(megabyte))
            file.seek(max(size - megabyte, 0))
            digest.update(file.read(megabyte))
    return digest.hexdigest()[:16]
