"""Models on Replicate that Plumb knows: what their pictures mean, their inputs, their prices. Any other works too.

Add one by adding a line to `HOSTED` and its price to `PRICES`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from plumb.depthmap import QUANTITIES
from plumb.models.base import ModelError
from plumb.models.catalog import ModelSpec
from plumb.models.sampling import Sampling

MIDAS = "cjwbw/midas:a6ba5798f04f80d3b314de0f0a62277f21ab3503c60c84d4817de83c5edfdae0"
MARIGOLD = "adirik/marigold:1a363593bc4882684fc58042d19db5e13a810e44e02f8d4c32afd1eb30464818"


@dataclass(frozen=True)
class Input:
    """A model's input for a setting of `Sampling`: its name and, by the setting's value, its own value."""

    name: str
    values: range | Mapping[int, Any]

    def of(self, value: Any) -> Any:
        return self.values[value] if isinstance(self.values, Mapping) else value


@dataclass(frozen=True)
class HostedModel:
    """What is known of a model's version.

    Attributes:
        quantity: one of `plumb.depthmap.QUANTITIES`
        inputs: that it is always given, beside the image
        settings: of `Sampling`, that it can honour
    """

    quantity: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Input] = field(default_factory=dict)


# Their inputs and ranges: the model's page on Replicate, "API", of the version named.
HOSTED: dict[str, HostedModel] = {
    MIDAS: HostedModel("inverse_depth", {"model_type": "dpt_beit_large_512"}),
    MARIGOLD: HostedModel("affine_depth", {}, {
        "steps": Input("denoise_steps", range(1, 51)),
        "ensemble": Input("num_infer", range(1, 21)),
        "seed": Input("seed", range(2**32)),
        "processing_resolution": Input("resize_input", {768: True, 0: False}),
    }),
}  # fmt: skip


@dataclass(frozen=True)
class Price:
    """What a model's page says a prediction costs.

    Attributes:
        dollars: a prediction, roughly: Replicate bills seconds
        read: when it was read, in a stored copy of the page that bears no date itself
        basis: what the page gives for it
    """

    dollars: float
    read: str
    basis: str


# From each model's page, https://replicate.com/<owner>/<name>, "Run time and cost".
PRICES: dict[str, Price] = {
    MIDAS: Price(0.0075, "2026-11-22", "34 s on an Nvidia T4"),
    MARIGOLD: Price(0.081, "2026-11-22", "83 s on an Nvidia L40S"),
}


@dataclass(frozen=True)
class Estimate:
    """What a run on Replicate will cost, before it starts.

    Attributes:
        count: predictions
        dollars: of all of them, roughly; None where no price is known
        sentence: both in words, for the form
    """

    count: int
    dollars: float | None
    sentence: str


def estimate(spec: ModelSpec, count: int, sampling: Sampling | None = None) -> Estimate:
    """What predicting `count` images costs: nothing is asked of the network.

    Raises:
        ModelError: if the model's name or a setting cannot be
    """
    owner, name, _ = parts(spec)
    inputs_for(spec, sampling or Sampling())
    page = f"https://replicate.com/{owner}/{name}"
    predictions = f"{count:,} prediction{'' if count == 1 else 's'} on Replicate, billed to the token's account"
    price = PRICES.get(spec.source)
    if price is None:
        return Estimate(count, None, f"{predictions}; price: see {page}")
    dollars = count * price.dollars
    about = f"about ${dollars:,.2f}" if dollars >= 0.01 else "less than $0.01"
    return Estimate(
        count, dollars,
        f"{predictions}: {about} by the ${price.dollars:g} each ({price.basis}) that a copy of {page} gave, "
        f"read on {price.read}; it varies with the settings and the images",
    )  # fmt: skip


def parts(spec: ModelSpec) -> tuple[str, str, str]:
    """Owner, name and version of a model.

    Raises:
        ModelError: if `spec.source` is not of the form owner/name:version
    """
    match = re.fullmatch(r"([\w.-]+)/([\w.-]+):(\w+)", spec.source, re.ASCII)
    if not match:
        raise ModelError(
            f"{spec.source!r} names no version of a model on Replicate: give owner/name:version, such as {MIDAS}"
        )
    return match[1], match[2], match[3]


def quantity_of(spec: ModelSpec, asked: str) -> str:
    """What the model's picture means.

    Raises:
        ModelError: if it is not known and was not given, or cannot be
    """
    hosted = HOSTED.get(spec.source)
    if asked == "auto" and hosted:
        return hosted.quantity
    # A picture spans black to white, whatever the scene: no metres can be read from it.
    if asked not in QUANTITIES or asked == "depth":
        raise ModelError(
            f"cannot tell what the picture of {spec.source} means; set quantity to inverse_depth (near is white) or "
            "affine_depth (near is black)"
        )
    return asked


def inputs_for(spec: ModelSpec, sampling: Sampling) -> dict[str, Any]:
    """The model's inputs beside the image; what `sampling` leaves open is left to the model.

    Raises:
        ModelError: if the model has no input for a setting, or none of its value
    """
    hosted = HOSTED.get(spec.source, HostedModel(""))
    inputs = dict(hosted.inputs)
    for setting in fields(Sampling):
        value, taken = getattr(sampling, setting.name), hosted.settings.get(setting.name)
        if taken is None:
            if value != setting.default:
                raise ModelError(f"{spec.name} on Replicate has no setting {setting.name}: leave it at its default")
        elif value is not None:
            if value not in taken.values:
                raise ModelError(f"{spec.name} on Replicate takes {setting.name} {_choice(taken)}, not {value}")
            inputs[taken.name] = taken.of(value)
    return inputs


def _choice(taken: Input) -> str:
    values = taken.values
    return f"from {values[0]} to {values[-1]}" if isinstance(values, range) else " or ".join(map(str, values))
