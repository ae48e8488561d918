"""`predict_depth`: a depth model over a dataset or view, into a field."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import fiftyone.operators as foo
import fiftyone.operators.types as types

from plumb.datasets.predicting import default_field, predict_depth
from plumb.depthmap import QUANTITIES
from plumb.engines import ENGINES, ray_missing
from plumb.jobs import Job
from plumb.models import BACKENDS, CATALOG, OFFLINE_MODEL, ModelError, ModelSpec, Sampling, missing, resolve
from plumb.models.sampling import SCHEDULERS

from .running import NO_DATASET, JobOperator, add_delegate_switch, config, form, given, listed, target

TOKEN = "REPLICATE_API_TOKEN"
_SAMPLING = tuple(setting.name for setting in dataclasses.fields(Sampling))
_NOT_FOR = {
    "transformers": _SAMPLING,
    "marigold": (),
    "replicate": ("precision", "batch_size", "engine", "scheduler", "tiny_vae", "uncertainty"),
}
"""By backend, the parameters that its form does not show and that it does without."""


class PredictDepth(JobOperator):
    """Predict depth with a model from the catalog, the hub, a local folder or Replicate."""

    parameters = (
        "model", "field", "backend", "quantity", "batch_size", "precision", "engine", "skip_existing", "maps_dir",
        *_SAMPLING,
    )  # fmt: skip

    @property
    def config(self) -> foo.OperatorConfig:
        return config(
            "predict_depth",
            label="Predict depth",
            description=(
                "Runs a monocular depth model (DPT, Depth Anything, Marigold, any transformers depth model, or one on "
                "Replicate) on the images of a dataset, view or selection. Adds a field of depth maps; images are not "
                "changed. Models on Replicate cost money and receive the images"
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
            choices.add_choice(spec.name, label=spec.name, description=spec.describe())
        inputs.str(
            "model",
            default=OFFLINE_MODEL,
            label="Model",
            description="From the list, a hub id such as Intel/dpt-hybrid-midas, a folder, or owner/name:version of "
            "Replicate",
            view=choices,
        )
        spec = _add_about(inputs, model, ctx.params.get("backend") or "auto")
        field = ctx.params.get("field") or default_field(model)
        inputs.str("field", label="Field", description=f"Named {default_field(model)} if empty")
        inputs.bool(
            "skip_existing",
            default=True,
            label="Skip images that have a map in this field",
            description="Only what is missing is done: a stopped run goes on where it was",
        )
        if spec and spec.backend != "transformers":
            _add_sampling(inputs, ctx, spec)
        inputs.enum("quantity", ["auto", *QUANTITIES], default="auto", label="What the model's output means")
        if not (spec and spec.backend == "replicate"):
            _add_computing(inputs, ctx)
        inputs.enum("backend", ["auto", *BACKENDS], default="auto", label="Backend")
        have = view.exists(field).count() if view.has_field(field) else 0
        inputs.view("count", types.Notice(label=f"{view.count()} images, {have} of them with a map in {field}"))
        if spec and spec.backend == "replicate":
            todo = view.count() - have * bool(ctx.params.get("skip_existing", True))
            _add_cost(inputs, ctx, spec, todo)
        add_delegate_switch(inputs)
        return form(ctx, inputs, "Predict depth")

    def job(self, ctx: foo.ExecutionContext) -> Job[Any]:
        options = {"model": OFFLINE_MODEL, **given(ctx, *self.parameters)}
        size = options.get("batch_size", "auto")
        if isinstance(size, str) and size.isdigit():
            options["batch_size"] = int(size)
        spec = resolve(options["model"], options.get("backend", "auto"))
        # The App keeps what was typed for a model that was chosen before this one.
        options = {name: value for name, value in options.items() if name not in _NOT_FOR[spec.backend]}
        if spec.backend == "replicate":
            options["token"] = ctx.secret(TOKEN)
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
            model: catalog name, hub id, local folder, or owner/name:version of Replicate
            delegate: queue it for a worker
            **params: `field`, `backend`, `quantity`, `batch_size`, `precision`, `engine`, `skip_existing`, `maps_dir`,
                see `plumb.datasets.predicting.predict_depth`; for diffusion models `steps`, `ensemble`, `seed`,
                `processing_resolution`, `scheduler`, `tiny_vae`, `uncertainty`, see `plumb.models.Sampling`. What a
                kind of model does without is ignored

        Returns:
            the execution result; its `result` has `field`, `run`, `predicted`, `existing` and `failed`
        """
        if os.path.isdir(os.path.expanduser(model)) and model not in CATALOG:
            model = os.path.abspath(os.path.expanduser(model))  # a worker has another working folder
        return self.call(sample_collection, {"model": model, **params}, delegate)


def _add_about(inputs: types.Object, model: str, backend: str) -> ModelSpec | None:
    """What the chosen model is. Only a note: what is missing here may be there on the worker."""
    try:
        spec = resolve(model, backend)
    except ModelError as error:
        inputs.view("about", types.Warning(label=str(error)))
        return None
    inputs.view("about", types.Notice(label=spec.describe()))
    if lacking := missing(spec):
        inputs.view("missing", types.Warning(label=f"This machine lacks {'; '.join(lacking)}"))
    return spec


def _add_computing(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    """How the machine computes."""
    inputs.enum("precision", ["auto", "float32", "bfloat16", "float16"], default="auto", label="Precision")
    # The form gives text, Python may give a number.
    declare = inputs.int if isinstance(ctx.params.get("batch_size"), int) else inputs.str
    declare("batch_size", default="auto", label="Batch size", description="auto, or images a forward pass")
    if ray_missing() is None:
        inputs.enum(
            "engine",
            ENGINES,
            default="local",
            label="Engine",
            description="local: the process that runs this. ray: an actor on each GPU of a Ray cluster (RAY_ADDRESS)",
        )


def _add_sampling(inputs: types.Object, ctx: foo.ExecutionContext, spec: ModelSpec) -> None:
    """The settings of diffusion models, with what is wrong about them together."""
    inputs.int("steps", label="Denoising steps", description="The checkpoint's own number if empty", min=1)
    ensemble = inputs.int(
        "ensemble", default=1, label="Ensemble", description="Samples an image; their median is taken", min=1
    )
    inputs.int("seed", default=0, label="Seed", description="The same seed gives the same maps", min=0)
    inputs.int(
        "processing_resolution",
        label="Processing resolution",
        description="Pixels of the longer side inside the model; the checkpoint's own if empty, 0 for the image's",
        min=0,
    )
    if spec.backend == "marigold":
        inputs.enum("scheduler", SCHEDULERS, default="auto", label="Scheduler")
        inputs.bool("tiny_vae", default=False, label="Tiny VAE", description="A small autoencoder: faster, less exact")
        inputs.bool(
            "uncertainty",
            default=False,
            label="Keep the uncertainty",
            description="A second field, <field>_uncertainty, with the deviation within the ensemble (3 or more)",
        )
    try:
        _sampling(ctx, spec)
    except ValueError as error:
        ensemble.invalid, ensemble.error_message = True, str(error)


def _add_cost(inputs: types.Object, ctx: foo.ExecutionContext, spec: ModelSpec, todo: int) -> None:
    """What a service will bill, and whether it will let us in."""
    from plumb.models.replicate_catalog import estimate

    try:
        inputs.view("cost", types.Warning(label=estimate(spec, todo, _sampling(ctx, spec)).sentence))
    except (ModelError, ValueError) as error:
        inputs.view("cost", types.Warning(label=str(error)))
    if not ctx.secret(TOKEN):
        inputs.view("token", types.Warning(label=f"{TOKEN} is not set here: the process that runs this needs it"))


def _sampling(ctx: foo.ExecutionContext, spec: ModelSpec) -> Sampling:
    return Sampling(**given(ctx, *(name for name in _SAMPLING if name not in _NOT_FOR[spec.backend])))
