"""Plumb: import RGB-D scenes, predict monocular depth, score it, look at it.

The library below the FiftyOne plugin `@plumb/depth`: arrays in, arrays out, importable anywhere. Only
`plumb.datasets` knows FiftyOne; PyTorch and transformers are imported when a model is loaded, not before.
"""

__version__ = "0.1.0"

from plumb.evaluation import evaluate
from plumb.scores import Scores

__all__ = ["Scores", "__version__", "evaluate"]
