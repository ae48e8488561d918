"""What an evaluation has stored of single samples, read for many of them at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import fiftyone as fo
from PIL import Image

from plumb.datasets import fields, runs, versions
from plumb.datasets.runs import Run
from plumb.depthmap import MapFile
from plumb.protocols import Protocol

# Why samples have no score, by run and file of results: such a file holds much more, and is large.
_KEPT = 8
_failures: OrderedDict[tuple[str, str | None], Mapping[str, str]] = OrderedDict()
_reading = threading.Lock()


class StoredScores:
    """The scores of one evaluation, with the alignment and the pixels that they rest on.

    Attributes:
        run: the evaluation
        attributes: what the labels of its field have to be read for
    """

    def __init__(self, dataset: fo.Dataset, run: Run) -> None:
        key = run.settings["eval_key"]
        self.run = run
        self._dataset = dataset
        self._rules = Protocol.from_dict(run.settings["protocol"])
        self._place = f"{key}_" if key else ""
        names = (*self._rules.metrics, "align_scale", "align_shift", "n_valid", "flipped")
        self.attributes = [self._place + name for name in names]

    def of(self, sample: str, labels: Mapping[str, SimpleNamespace]) -> dict[str, Any] | None:
        """What it found for the sample of this id, None where it knows nothing of it.

        Args:
            labels: of the sample, by field, as the database stores them
        """
        label = labels.get(self.run.field)
        if label is None:
            return None

        def value(name: str) -> Any:
            return getattr(label, self._place + name, None)

        reason = None if value("n_valid") else self._failures.get(sample)
        quantity = getattr(label, "quantity", None)
        if quantity is None or (value("n_valid") is None and reason is None):
            return None
        return {
            "values": {name: value(name) for name in self._rules.metrics},
            "mode": self._rules.mode(quantity, self.run.settings["alignment"]),
            "scale": value("align_scale"),
            "shift": value("align_shift"),
            "n_valid": value("n_valid"),
            "flipped": bool(value("flipped")),
            "reason": reason,
            "crop": self._crop(labels),
        }

    @cached_property
    def _failures(self) -> Mapping[str, str]:
        """Why samples have no score, by their ids."""
        file = versions.results_file(self._dataset, self.run.key)
        with _reading:
            failures = _failures.pop((self.run.key, file), None)
            if failures is None:
                failures = runs.results(self._dataset, self.run.key).get("failures", {})
            _failures[self.run.key, file] = failures
            while len(_failures) > _KEPT:
                _failures.popitem(last=False)
        return failures

    def _crop(self, labels: Mapping[str, SimpleNamespace]) -> dict[str, int] | None:
        """The part of the frame that counts, in pixels of the ground truth's map; None for all of it."""
        gt_field = self.run.settings["gt_field"]
        if self._rules.crop is None or gt_field not in labels:
            return None
        stored = fields.map_of(gt_field, labels[gt_field])
        shape = _size(stored.path) if isinstance(stored, MapFile) else None
        if shape is None:
            return None
        rows, columns = self._rules.crop.slices(shape)
        top, bottom, _ = rows.indices(shape[0])
        left, right, _ = columns.indices(shape[1])
        return {"top": top, "bottom": bottom, "left": left, "right": right}


def _size(path: str) -> tuple[int, int] | None:
    """(height, width) of a map's file, None where it cannot be read: the browser will say so, in the map's place."""
    try:
        with Image.open(path) as header:
            width, height = header.size
    except OSError:
        return None
    return height, width
