"""What one prediction scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Scores:
    """What one prediction scored.

    Attributes:
        metrics: value by metric, None where there is no value; never NaN or infinite
        reasons: why a metric is None, by metric
        n_valid: pixels that were scored
        n_missing: pixels that the protocol counts but where the prediction has no value. In metres they are
            in neither ``n_valid`` nor any metric, which flatters a model that keeps silent where it is hard:
            show this number beside the scores. In the 8-bit space they are scored, as 0.
        alignment: the mode that was used or tried, "auto" resolved; None where the maps could not be compared
        scale, shift: of the :class:`plumb.alignment.Alignment` that was found, None where none was
        flipped: the scale is not positive: near and far are swapped in the prediction
        bands: (B, 3) sums by distance, of the pixels with i <= g < i + 1 metres: how many, their sum of
            |p - g| / g, how many within a factor of 1.25; no rows where nothing was scored in metres
    """

    metrics: dict[str, float | None]
    reasons: dict[str, str] = field(default_factory=dict)
    n_valid: int = 0
    n_missing: int = 0
    alignment: str | None = None
    scale: float | None = None
    shift: float | None = None
    flipped: bool = False
    bands: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)), compare=False)

    def to_json(self) -> dict[str, Any]:
        """As plain types, from which :meth:`from_json` makes exactly these scores again."""
        # Not asdict(), which copies every value deep: a second for ten thousand images of three predictions.
        return {
            **vars(self), "metrics": dict(self.metrics), "reasons": dict(self.reasons), "bands": self.bands.tolist()
        }  # fmt: skip

    @classmethod
    def from_json(cls, table: dict[str, Any]) -> Scores:
        """Scores from what :meth:`to_json` made.

        Raises:
            ValueError: the table has other attributes, as one of another version may have, or no sentences
        """
        if table.keys() != {attribute.name for attribute in fields(cls)}:
            raise ValueError(f"scores have {', '.join(a.name for a in fields(cls))}; got {', '.join(table)}")
        if not all(isinstance(reason, str) for reason in table["reasons"].values()):
            raise ValueError("reasons are sentences")
        return cls(**{**table, "bands": np.reshape(np.asarray(table["bands"], np.float64), (-1, 3))})

    @property
    def reason(self) -> str | None:
        """Why nothing at all could be scored; None when something was."""
        if any(value is not None for value in self.metrics.values()):
            return None
        return next(iter(self.reasons.values()))


def unscored(metrics: Sequence[str], reason: str, alignment: str | None = None) -> Scores:
    """The scores of a prediction that could not be scored at all."""
    return Scores(dict.fromkeys(metrics), dict.fromkeys(metrics, reason), alignment=alignment)
