"""Import a torchvision that does not fit the torch here: enough for the benchmarks' peer, never for the product.

FiftyOne's own depth models need torchvision's transforms, which are plain Python. Where its compiled operators were
built for another torch, importing it fails until each operator that it asks for is declared.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_declared: list[object] = []  # a library's declarations go with it


def borrow(folder: Path | None) -> str | None:
    """Make `import torchvision` work, from `folder` if it is given; why it cannot, None when it can."""
    if folder is not None:
        sys.path.append(str(folder))
    for _ in range(100):
        try:
            import torchvision  # noqa: F401

            return None
        except ImportError as error:
            return str(error)
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if not missing:
                return str(error)
            _declare(missing[1])
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]
    return "too many operators are missing"


def _declare(operator: str) -> None:
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define(f"{operator}(Tensor x) -> Tensor")
    _declared.append(library)
