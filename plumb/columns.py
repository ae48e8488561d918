"""The scores of many samples as columns, which is a thirtieth of their memory as objects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from plumb.scores import Scores


@dataclass(eq=False)
class ScoreColumns:
    """The scores of one prediction field; sample i is row i of every array.

    Attributes:
        metrics: (N,) float64 by metric, NaN where a sample has no value
        n_valid, n_missing: (N,) pixels
        scale, shift: (N,) float64, NaN where no alignment was found
        flipped: (N,) bool
        bands: (N, B, 3) sums by distance, see :class:`plumb.scores.Scores`
        reasons: why nothing of a sample could be scored, by row
        metric_reasons: why a scored sample lacks metrics, by row and metric
    """

    metrics: dict[str, np.ndarray]
    n_valid: np.ndarray
    n_missing: np.ndarray
    scale: np.ndarray
    shift: np.ndarray
    flipped: np.ndarray
    bands: np.ndarray
    reasons: dict[int, str] = field(default_factory=dict)
    metric_reasons: dict[int, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def empty(cls, samples: int, metrics: Sequence[str], bands: int) -> ScoreColumns:
        """Columns without a score; every row is to be :meth:`put`."""

        def unknown() -> np.ndarray:
            return np.full(samples, np.nan)

        return cls(
            metrics={name: unknown() for name in metrics},
            n_valid=np.zeros(samples, np.int64),
            n_missing=np.zeros(samples, np.int64),
            scale=unknown(),
            shift=unknown(),
            flipped=np.zeros(samples, bool),
            bands=np.zeros((samples, bands, 3)),
        )

    def put(self, row: int, scores: Scores) -> None:
        """Take the scores of the sample of that row, once for each row.

        Raises:
            ValueError: a number is not finite, or the bands are of another number
            KeyError: a metric of these columns is not among the scores
        """
        for name, column in self.metrics.items():
            column[row] = _number(scores.metrics[name])
        self.n_valid[row], self.n_missing[row] = scores.n_valid, scores.n_missing
        self.scale[row], self.shift[row] = _number(scores.scale), _number(scores.shift)
        self.flipped[row] = scores.flipped
        if len(scores.bands):
            if scores.bands.shape != self.bands.shape[1:]:  # numpy would write one band to all
                raise ValueError(f"need {len(self.bands[row])} bands, got {scores.bands.shape}")
            self.bands[row] = scores.bands
        if scores.reason is not None:
            self.reasons[row] = scores.reason
        elif scores.reasons:
            self.metric_reasons[row] = dict(scores.reasons)

    def drop(self, row: int, reason: str) -> None:
        """Take the scores of a sample back."""
        for column in (*self.metrics.values(), self.scale, self.shift):
            column[row] = np.nan
        self.n_valid[row] = self.n_missing[row] = 0
        self.flipped[row] = False
        self.bands[row] = 0
        self.reasons[row] = reason
        self.metric_reasons.pop(row, None)

    def joined(self, more: ScoreColumns) -> ScoreColumns:
        """These rows and, below them, those of ``more``; without bands where only one of the two has them."""
        offset = len(self.n_valid)
        bands = [self.bands, more.bands]
        if self.bands.shape[1:] != more.bands.shape[1:]:
            bands = [part[:, :0] for part in bands]
        names = ("n_valid", "n_missing", "scale", "shift", "flipped")
        return ScoreColumns(
            metrics={name: np.concatenate([column, more.metrics[name]]) for name, column in self.metrics.items()},
            **{name: np.concatenate([getattr(self, name), getattr(more, name)]) for name in names},
            bands=np.concatenate(bands),
            reasons=self.reasons | {offset + row: reason for row, reason in more.reasons.items()},
            metric_reasons=self.metric_reasons | {offset + row: found for row, found in more.metric_reasons.items()},
        )

    @property
    def scored(self) -> np.ndarray:
        """(N,) bool, the samples with a value of any metric."""
        return ~np.all([np.isnan(column) for column in self.metrics.values()], axis=0)


def _number(value: float | None) -> float:
    if value is None:
        return np.nan
    if not math.isfinite(value):
        raise ValueError(f"{value} is no score; a sample without one has None")
    return value
