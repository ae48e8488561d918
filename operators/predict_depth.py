"""`predict_depth`: a depth model over a dataset or view, into a field."""

from __future__ import annotations

import os
from typing import Any

import fiftyone.operators as foo
import fiftyone.operators.types as types

from plumb.datasets.predicting import default_field, predict_depth
from plumb.depthmap import QUANTITIES
from plumb.jobs import Job
from plumb.models import BACKENDS, CATALOG, OFFLINE_MODEL, ModelError, resolve

from .running import NO_DATASET, JobOperator, add_delegate_switch, config, form, given, listed, target


class PredictDepth(JobOperator):
    """Predict depth with a model from the catalog, the hub or a local folder."""

    parameters = (
        "model", "field", "backend", "quantity", "batch_size", "precision", "skip_existing", "maps_dir",
    )  # fmt: skip

    @property
    def config(self) -> foo.OperatorConfig:
        return config(
            "predict_depth",
            label="Predict depth",
            description=(
                "Runs a monocular depth model (DPT, Depth Anything, GLPN, any transformers depth model) on the "
                "images of a dataset, view or selection. Adds a field of depth maps; images are not changed"
            ),
        )

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        inputs = types.Object()
        if ctx.dataset is None:
            inputs.view("no_dataset", types.Warning(label=NO_DATASET))
            return form(ctx, inputs, "Predict depth")
        view = target(ctx)
        model = ctx.params.get("model") or OFFLINE_MODEL
        choices = types.AutocompleteView()
        for spec in CATALOG.values():
            choices.add_choice(spec.name, label=spec.name, description=spec.note)
        inputs.str(
            "model",
            default=OFFLINE_MODEL,
            label="Model",
            description="From the list, a hub id such as Intel/dpt-hybrid-midas, or a folder",
            view=choices,
        )
        inputs.view("about", _about(model))
        field = ctx.params.get("field") or default_field(model)
        inputs.str("field", label="Field", description=f"Named {default_field(model)} if empty")
        inputs.bool(
            "skip_existing",
            default=True,
            label="Skip images that have a map in this field",
            description="Only what is missing is done: a stopped run goes on where it was",
        )
        inputs.enum("quantity", ["auto", *QUANTITIES], default="auto", label="What the model's output means")
        inputs.enum("precision", ["auto", "float32", "bfloat16", "float16"], default="auto", label="Precision")
        # The form gives text, Python may give a number.
        declare = inputs.int if isinstance(ctx.params.get("batch_size"), int) else inputs.str
        declare("batch_size", default="auto", label="Batch size", description="auto, or images a forward pass")
        inputs.enum("backend", ["auto", *BACKENDS], default="auto", label="Backend")
        inputs.view("count", types.Notice(label=_count(view, field)))
        add_delegate_switch(inputs)
        return form(ctx, inputs, "Predict depth")

    def job(self, ctx: foo.ExecutionContext) -> Job[Any]:
        options = {"model": OFFLINE_MODEL, **given(ctx, *self.parameters)}
        size = options.get("batch_size", "auto")
        if isinstance(size, str) and size.isdigit():
            options["batch_size"] = int(size)
        return predict_depth(target(ctx), **options)

    def summary(self, result: dict[str, Any]) -> str:
        counted = (
            f"**{result['predicted']}** images predicted into **{result['field']}**, "
            f"**{result['existing']}** had a map already."
        )
        return "\n".join([counted, *listed("failed", result["failed"], "filepath")])

    def __call__(
        self, sample_collection: Any, model: str = OFFLINE_MODEL, delegate: bool = False, **params: Any
    ) -> foo.executor.ExecutionResult:
        """Predict the depth of the images of a dataset or view.

        Args:
            sample_collection: a dataset or view
            model: catalog name, hub id or local folder
            delegate: queue it for a worker
            **params: `field`, `backend`, `quantity`, `batch_size`, `precision`, `skip_existing`, `maps_dir`, see
                `plumb.datasets.predicting.predict_depth`

        Returns:
            the execution result; its `result` has `field`, `run`, `predicted`, `existing` and `failed`
        """
        if os.path.isdir(os.path.expanduser(model)) and model not in CATALOG:
            model = os.path.abspath(os.path.expanduser(model))  # a worker has another working folder
        return self.call(sample_collection, {"model": model, **params}, delegate)


def _about(model: str) -> types.View:
    """One line on the chosen model. Only a note: what is missing here may be there on the worker."""
    try:
        spec = resolve(model)
    except ModelError as error:
        return types.Warning(label=str(error))
    known = (spec.note, spec.parameters and f"{spec.parameters} parameters", spec.licence and f"licence {spec.licence}")
    return types.Notice(label=", ".join(filter(None, known)) or f"loads {spec.source}; see its card for the licence")


def _count(view: Any, field: str) -> str:
    have = view.exists(field).count() if view.has_field(field) else 0
    return f"{view.count()} images, {have} of them with a map in {field}"
