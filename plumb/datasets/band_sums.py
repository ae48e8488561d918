"""The sums by distance of single samples in a run's results, small: some 130 bytes a sample for eight bands.

They are FiftyOne's own text of an array, which `fiftyone.core.utils.deserialize_numpy_array(text, ascii=True)` reads
without this plugin. Three arrays, for the numbers of pixels hardly take room beside the sums of errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fiftyone.core.utils as fou
import numpy as np

KEY = "band_sums"
"""Their name in the results."""

# The columns of the sums, see :class:`plumb.scores.Scores`, and the type that holds every value exactly.
_COLUMNS = {"n_pixels": np.int32, "relative_error": np.float64, "within_delta1": np.int32}


def stored(sums: np.ndarray) -> dict[str, str] | None:
    """As results hold them, None where there is no band.

    Args:
        sums: (N, B, 3) of N samples, see :class:`plumb.columns.ScoreColumns`
    """
    if not sums.size:
        return None
    return {
        name: fou.serialize_numpy_array(sums[..., column].astype(kind), ascii=True)
        for column, (name, kind) in enumerate(_COLUMNS.items())
    }


def read(results: Mapping[str, Any]) -> np.ndarray | None:
    """(N, B, 3) float64, row i of the i-th of the results' `sample_ids`; None of runs that have not stored them."""
    texts = results.get(KEY)
    if texts is None:
        return None
    columns = [fou.deserialize_numpy_array(texts[name], ascii=True) for name in _COLUMNS]
    return np.stack(columns, axis=-1).astype(np.float64)
