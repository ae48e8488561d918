"""Depth models that run on Replicate, billed to the user's account: one prediction an image, several in flight."""

from __future__ import annotations

import importlib.util
import os
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from plumb.depthmap import DepthMap
from plumb.models.base import DepthModel, ModelError, Prediction, StopRun
from plumb.models.catalog import ModelSpec
from plumb.models.replicate_catalog import inputs_for, parts, quantity_of
from plumb.models.sampling import Sampling

if TYPE_CHECKING:
    from plumb.models.replicate_api import Service
    from plumb.models.replicate_download import Downloader
    from plumb.models.replicate_http import Limits
    from plumb.models.replicate_running import InThreads

IN_FLIGHT = 8


@dataclass(frozen=True)
class Upload:
    """An image as it is sent: a PNG, and (height, width). What came of it is kept, for it is paid for once."""

    png: bytes = field(repr=False)
    size: tuple[int, int]
    outcome: Future[Prediction] = field(default_factory=Future, repr=False)


@dataclass(frozen=True, eq=False)
class ReplicateModel(DepthModel):
    """A `DepthModel` run by Replicate; make one with `load`.

    Images go as uploaded PNG files: nothing is lost, Replicate takes up to 100 MB (as data within the request it
    advises at most 1 MB), and the file's address tells a prediction that may have been created from those that were
    not (see `plumb.models.replicate_api`).

    Attributes:
        source: owner/name:version
        version: its last part
        inputs: of the model, beside the image
        limits: how often to try, how long to wait
    """

    name: str
    quantity: str
    device: str
    source: str
    version: str
    inputs: Mapping[str, Any]
    limits: Limits
    service: Service = field(repr=False)
    downloader: Downloader = field(repr=False)
    precision: str = ""
    batch_size: int = 1
    largest_batch: int = 1
    in_flight: int = IN_FLIGHT

    @classmethod
    def load(
        cls,
        spec: ModelSpec,
        quantity: str = "auto",
        sampling: Sampling | None = None,
        token: str | None = None,
        limits: Limits | None = None,
    ) -> ReplicateModel:
        """Check what can be checked without the network; nothing is asked of Replicate before the first image.

        Args:
            spec: its source is owner/name:version
            quantity: what the model's picture means; "auto" for models that Plumb knows
            sampling: settings that the model must be able to honour
            token: of the account that pays
            limits: how often to try, how long to wait

        Raises:
            ModelError: if the name, the quantity, a setting or the token cannot be
        """
        _, _, version = parts(spec)
        quantity, inputs = quantity_of(spec, quantity), inputs_for(spec, sampling or Sampling())
        token = _checked_token(token)
        if importlib.util.find_spec("replicate") is None:
            raise ModelError("models on Replicate need replicate: pip install replicate")
        # Here, because the form asks this package for prices without any need of HTTP.
        from plumb.models.replicate_api import API, Service
        from plumb.models.replicate_download import Downloader
        from plumb.models.replicate_http import Limits

        limits = limits or Limits()
        # Replicate's own variable: another server can stand in.
        service = Service(token, os.environ.get("REPLICATE_BASE_URL") or API, limits)
        return cls(spec.name, quantity, service.host, spec.source, version, inputs, limits, service, Downloader(limits))

    def prepare(self, image: np.ndarray) -> Upload:
        """Encode an (H, W, 3) uint8 RGB image for the upload."""
        from plumb.models.replicate_picture import encode_image

        return Upload(encode_image(image), image.shape[:2])

    def start(self, prepared: Sequence[Upload]) -> InThreads:
        """See `DepthModel.start`. Returns at once; images are predicted `in_flight` at a time.

        An image that was predicted, or failed, is not sent again: where one of a batch fails, the batch may be divided.
        """
        from plumb.models.replicate_running import InThreads

        return InThreads(self._predict, prepared, self.in_flight)

    def _predict(self, upload: Upload, stopped: threading.Event) -> Prediction:
        from plumb.models.replicate_http import Abandoned

        if not upload.outcome.done():
            try:
                upload.outcome.set_result(self._predict_anew(upload, stopped))
            except (Abandoned, StopRun):
                raise
            except Exception as error:
                upload.outcome.set_exception(error)
        return upload.outcome.result()

    def _predict_anew(self, upload: Upload, stopped: threading.Event) -> Prediction:
        from plumb.models.replicate_download import picture_address
        from plumb.models.replicate_http import ReplicateError, Watch
        from plumb.models.replicate_picture import grey_values

        watch = Watch(self.limits.deadline, stopped)
        image = self.service.upload(upload.png, watch)
        state = self.service.create(self.version, self.inputs, image, watch)
        output = self.service.finish(state, Watch(self.limits.deadline, stopped))
        address = picture_address(output)
        if self.service.holds_token(address):
            raise ReplicateError("the output's address holds the token: it is not fetched")
        data = self.downloader.fetch(address, watch, self.service.note_retry)
        return Prediction(DepthMap(grey_values(data, upload.size), self.quantity))

    def details(self) -> dict[str, Any]:
        """See `DepthModel.details`; with how many predictions were created, and requests repeated, until now."""
        return {
            **super().details(),
            "weights": self.source,
            "version": self.source,
            "inputs": dict(self.inputs),
            "predictions_created": self.service.created,
            "requests_repeated": self.service.retried,
        }


def _checked_token(token: str | None) -> str:
    token = (token or "").strip()
    if not token:
        raise ModelError(
            "models on Replicate need a token: put it into the plugin's secret REPLICATE_API_TOKEN (an environment "
            "variable where FiftyOne runs); https://replicate.com/account/api-tokens lists yours"
        )
    if not re.fullmatch(r"[!-~]+", token):  # it would be quoted in the error of the header that cannot hold it
        raise ModelError("the Replicate token holds characters that no token has: copy it again, in one line")
    return token
