"""Evaluations of a few samples, made from values, for tests of reports and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from plumb.metrics import METRICS, Metric
from plumb.report import Evaluation
from plumb.statistics import aggregate, bands, grouped

PROTOCOL = "sunrgbd: ground truth raw depth, 0.001 < g < 8 m, alignment by the prediction's quantity"
RULES = f"{PROTOCOL}; ground truth in gt_depth"


def evaluation(
    field: str,
    columns: Mapping[str, Sequence[float]],
    *,
    ids: Sequence[str] | None = None,
    metrics: Mapping[str, Metric] = METRICS,
    labels: Sequence | None = None,
    sums: Sequence[np.ndarray] = (),
    **changes,
) -> Evaluation:
    """An evaluation of samples "s0", "s1", ... with these values; NaN where a sample has none."""
    columns = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
    metrics = {name: metrics[name] for name in columns}
    size = len(next(iter(columns.values())))
    ids = ids or [f"s{number}" for number in range(size)]
    scored = ~np.all([np.isnan(column) for column in columns.values()], axis=0)
    n_pixels = np.where(scored, 100, 0)
    labels = labels or [None] * size
    return Evaluation(
        **{
            "run": f"plumb_evaluate_{field}",
            "field": field,
            "eval_key": None,
            "gt_field": "gt_depth",
            "protocol": PROTOCOL,
            "alignments": ("lsq_disparity",),
            "metrics": metrics,
            "sample_ids": ids,
            "filepaths": [f"/images/{key}.jpg" for key in ids],
            "columns": columns,
            "n_pixels": n_pixels,
            "scale": np.where(scored, 2.0, np.nan),
            "shift": np.where(scored, 0.5, np.nan),
            "flipped": np.zeros(size, dtype=bool),
            "statistics": aggregate(columns, n_pixels, metrics),
            "reasons": {key: "nothing to score" for key, known in zip(ids, scored, strict=True) if not known},
            "bands": bands(sums),
            "groups": {"scene": grouped(columns, n_pixels, labels, metrics)},
            **changes,
        }
    )
