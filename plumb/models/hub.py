"""The Hugging Face hub: whether it is needed, what it gave, and what went wrong, in one line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plumb.device_errors import out_of_memory
from plumb.models.base import ModelError
from plumb.models.catalog import OFFLINE_MODEL, ModelSpec


def only_local(spec: ModelSpec) -> bool:
    """Whether to load from disk alone: a folder, or a cached checkpoint while the hub is out of reach.

    Asked first and once, because transformers itself retries for half a minute, with a message each time.

    Raises:
        ModelError: if the hub is out of reach and the checkpoint is not in the cache
    """
    from huggingface_hub import constants, try_to_load_from_cache
    from huggingface_hub.utils import get_session

    if os.path.isdir(spec.source):
        return True
    try:
        get_session().head(constants.ENDPOINT, timeout=10)
        return False
    except Exception as error:  # no network, no name service, proxy, HF_HUB_OFFLINE, ...
        if isinstance(try_to_load_from_cache(spec.source, _index(spec)), str):
            return True
        raise ModelError(
            f"cannot reach the Hugging Face hub to fetch {spec.source}; check the network, give a local folder, "
            f"or use the offline model: {OFFLINE_MODEL}"
        ) from error


def loaded_weights(spec: ModelSpec) -> str | None:
    """Which weights a checkpoint has that was loaded just now.

    Returns:
        the fingerprint of its folder; or its commit on the hub, which the cache names the folder of a download by and
        remembers for the branch that was loaded; None if there is neither
    """
    from huggingface_hub import try_to_load_from_cache

    if os.path.isdir(spec.source):
        return spec.weights
    found = try_to_load_from_cache(spec.source, _index(spec))
    return Path(found).parent.name if isinstance(found, str) else None


def _index(spec: ModelSpec) -> str:
    """The file that every checkpoint of its kind has."""
    return "model_index.json" if spec.backend == "marigold" else "config.json"


@contextmanager
def readable_errors(spec: ModelSpec) -> Iterator[None]:
    """Turn the many ways in which from_pretrained fails into one line that says what to do."""
    try:
        yield
    except Exception as error:  # damaged weights alone make four kinds
        if out_of_memory(error):
            raise  # whoever keeps other models can let them go
        text = str(error).strip() or repr(error)
        refused = re.search(r"gated|\b401\b|not a valid model identifier", text)
        if refused and not os.path.isdir(spec.source):
            message = f"{spec.source} does not exist on the hub, or needs a token: check the name, `hf auth login`"
        else:
            message = f"cannot load {spec.source}: {text.splitlines()[0].split('. ')[0]}"  # advice follows, on the hub
        raise ModelError(message) from error
