"""Plumb: import RGB-D scenes, predict monocular depth, score it, look at it.

The library below the FiftyOne plugin `@plumb/depth`: arrays in, arrays out, importable anywhere. Only
`plumb.datasets` knows FiftyOne; PyTorch and transformers are imported when a model is loaded, not before.
"""

__version__ = "0.1.0"

from typing import TYPE_CHECKING, Any

from plumb.evaluation import evaluate
from plumb.scores import Scores

if TYPE_CHECKING:
    from plumb.datasets.reporting import evaluate_dataset

__all__ = ["Scores", "__version__", "evaluate", "evaluate_dataset"]


def __getattr__(name: str) -> Any:
    # FiftyOne takes ten seconds to import: only for those who ask for it.
    if name == "evaluate_dataset":
        from plumb.datasets.reporting import evaluate_dataset

        return evaluate_dataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
