"""A depth model as FiftyOne's `dataset.apply_model` takes it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
from fiftyone.core.models import Model, SamplesMixin

from plumb.datasets import fields
from plumb.depthmap import EncodedMap, encode, write_map
from plumb.images import read_rgb
from plumb.models.base import DepthModel, Prediction
from plumb.parallel import map_ahead

RUN = "apply_model"
"""What stands in the place of a run's key on a map that `apply_model` wrote."""


class FiftyOneModel(SamplesMixin, Model):
    """Predicts the depth of images, batch by batch as FiftyOne hands them over.

    The map of a sample goes to a 16-bit file, in a new folder below `plumb.datasets.fields.maps_dir()` for every
    `apply_model`, and is what `predict_depth` would make of the sample: its picture is read anew, because FiftyOne
    reads some kinds otherwise. With `output_dir` FiftyOne puts a copy of each file there. Without a sample, as for a
    bare array or a frame of a video, the codes stay in memory, in the label's `map`.

    A model's uncertainty has no place in the one field of `apply_model`; `predict_depth` keeps it.

    Attributes:
        network: the model itself, for arrays
    """

    config = None  # FiftyOne asks for it where it is given a threshold

    def __init__(self, network: DepthModel):
        super().__init__()
        self.network = network
        self._folder: Path | None = None

    def __exit__(self, *_: object) -> None:
        self._folder = None  # the next one writes new files

    @property
    def media_type(self) -> str:
        return "image"

    @property
    def ragged_batches(self) -> bool:
        """False, so that FiftyOne makes batches: images of several sizes may come in one."""
        return False

    @property
    def transforms(self) -> None:
        return None

    @property
    def preprocess(self) -> bool:
        return False

    @preprocess.setter
    def preprocess(self, value: bool) -> None:
        """There is nothing to leave out: the network prepares its images itself."""

    def predict(self, arg: np.ndarray, sample: fo.Sample | None = None) -> fo.Heatmap:
        """The depth of one image, see `predict_all`."""
        return self.predict_all([arg], None if sample is None else [sample])[0]

    def predict_all(self, args: Sequence[np.ndarray], samples: Sequence[fo.Sample] | None = None) -> list[fo.Heatmap]:
        """The depth of each image: the sample's where there is one, else the array's.

        Args:
            args: (H, W, 3) uint8 RGB arrays, of any sizes; grey ones and such with transparency too
            samples: one for each

        Raises:
            ImageError: if a sample's picture cannot be read
            ValueError: if an array is no image, or the model sees nothing in one
        """
        stored = [sample if _is_stored(sample) else None for sample in samples or [None] * len(args)]
        pairs = zip(args, stored, strict=True)
        images = [image for _, image in map_ahead(_read, pairs)]
        by_size: dict[tuple[int, int], list[int]] = defaultdict(list)
        for index, image in enumerate(images):
            by_size[image.shape[:2]].append(index)
        found: dict[int, Prediction] = {}
        for indices in by_size.values():
            found.update(zip(indices, self.network.infer([images[index] for index in indices]), strict=True))
        if any(stored):
            self._folder = self._folder or self._new_folder(next(filter(None, stored)).dataset)
        predictions = [(found[index], sample) for index, sample in enumerate(stored)]
        return [label for _, label in map_ahead(self._label, predictions)]

    def _new_folder(self, dataset: fo.Dataset) -> Path:
        name = re.sub(r"[^\w.-]+", "_", Path(self.network.name).name)
        return fields.make_run_dir(dataset, RUN, name)

    def _label(self, result: tuple[Prediction, fo.Sample | None]) -> fo.Heatmap:
        prediction, sample = result
        encoded = encode(prediction.depth)
        if not encoded.codes.any():
            raise ValueError(f"{sample.filepath if sample else 'an image'}: the model gave no finite value")
        if sample is None:
            return _in_memory(encoded)
        stored = write_map(self._folder / f"{sample.id}.png", encoded, prediction.depth.field_of_view)
        return fields.to_heatmap(stored.file, stored.range, RUN)


def _is_stored(sample: Any) -> bool:
    """Whether this is an image of a dataset, and not a frame of a video."""
    return sample is not None and sample.dataset is not None and getattr(sample, "media_type", None) == "image"


def _read(pair: tuple[np.ndarray, fo.Sample | None]) -> np.ndarray:
    array, sample = pair
    return _as_rgb(array) if sample is None else read_rgb(sample.filepath)


def _as_rgb(array: np.ndarray) -> np.ndarray:
    image = array[..., None] if array.ndim == 2 else array
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3, 4):
        raise ValueError(f"an image is an (H, W, 3) uint8 array, not {array.dtype} of shape {array.shape}")
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else np.ascontiguousarray(image[..., :3])


def _in_memory(encoded: EncodedMap) -> fo.Heatmap:
    return fo.Heatmap(
        map=encoded.codes,
        range=[float(code) for code in encoded.range],
        quantity=encoded.quantity,
        scale=encoded.scale,
        offset=encoded.offset,
        unit=encoded.unit,
        run=RUN,
    )
