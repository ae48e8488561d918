"""`evaluate_depth`: score depth fields against ground truth."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
import fiftyone.operators.types as types

from plumb.alignment import ALIGNMENTS
from plumb.datasets.evaluating import evaluate_depth
from plumb.datasets.fields import depth_fields
from plumb.jobs import Job
from plumb.protocols import PROTOCOLS

from .running import NO_DATASET, JobOperator, add_delegate_switch, config, form, given, target

_DEFAULT_PROTOCOL = "sunrgbd"


class EvaluateDepth(JobOperator):
    """Score depth fields against ground truth, per sample and in the mean."""

    parameters = ("pred_fields", "gt_field", "protocol", "alignment", "eval_key")

    @property
    def config(self) -> foo.OperatorConfig:
        return config(
            "evaluate_depth",
            label="Evaluate depth",
            description=(
                "Scores predicted depth fields against a ground truth field by a named protocol. Adds metrics to "
                "each prediction (<field>.abs_rel, ...) and a run with the means; replaces a former evaluation of "
                "the same field and key"
            ),
        )

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        inputs = types.Object()
        if ctx.dataset is None:
            inputs.view("no_dataset", types.Warning(label=NO_DATASET))
            return form(ctx, inputs, "Evaluate depth")
        view = target(ctx)
        known = depth_fields(view)
        truth = ctx.params.get("gt_field") or "gt_depth"
        predictions = [field for field in known if field != truth]
        inputs.list(
            "pred_fields",
            types.String(),
            required=True,
            label="Predictions",
            view=types.DropdownView(multiple=True, choices=[types.Choice(f, label=f) for f in predictions]),
        )
        if not predictions:
            inputs.view("none", types.Warning(label="No field holds predicted depth: run Predict depth first"))
        choices = types.AutocompleteView()
        for field in known:
            choices.add_choice(field, label=field)
        inputs.str("gt_field", default="gt_depth", label="Ground truth", view=choices)
        if truth not in known:
            inputs.view("no_truth", types.Warning(label=f"{truth} holds no depth maps of Plumb's: import some first"))
        inputs.enum("protocol", list(PROTOCOLS), default=_DEFAULT_PROTOCOL, label="Protocol")
        inputs.enum("alignment", ["auto", *ALIGNMENTS], default="auto", label="Alignment")
        rules, alignment = PROTOCOLS.get(ctx.params.get("protocol") or _DEFAULT_PROTOCOL), ctx.params.get("alignment")
        if rules and alignment in (None, "auto", *ALIGNMENTS):
            inputs.view("rules", types.Notice(label=rules.describe(alignment or "auto")))
        inputs.str(
            "eval_key",
            label="Key",
            description="Evaluations with different keys live side by side; empty: replaces the one without a key",
        )
        add_delegate_switch(inputs)
        return form(ctx, inputs, "Evaluate depth")

    def job(self, ctx: foo.ExecutionContext) -> Job[Any]:
        return evaluate_depth(target(ctx), **given(ctx, *self.parameters))

    def summary(self, result: dict[str, dict[str, Any]]) -> str:
        """A table of the means, one row a metric, with units, and the protocol below it."""
        first = next(iter(result.values()))
        lines = [_row(["metric", *(f"`{field}`" for field in result)]), _row(["---"] * (len(result) + 1))]
        for name, unit in first["units"].items():
            means = ["none" if row[name] is None else f"{row[name]:.4g}" for row in result.values()]
            lines.append(_row([f"{name} [{unit}]" if unit else name, *means]))
        for count in ("scored", "unscored"):
            lines.append(_row([count, *(str(row[count]) for row in result.values())]))
        lines.append("")
        for field, row in result.items():
            lines.append(f"- `{field}`: {row['protocol']}")
            lines += [f"- `{field}`: {count} unscored: {reason}" for reason, count in row["reasons"].items()]
            if row["flipped"]:
                lines.append(f"- `{field}`: {row['flipped']} flipped, near and far swapped (scale not positive)")
            if row["missing_pixels"]:
                lines.append(
                    f"- `{field}`: {row['missing_pixels']} valid pixels have no prediction, and are not scored"
                )
            if row["on_filled"]:
                lines.append(f"- `{field}`: {row['on_filled']} scored on filled depth, for want of measured depth")
        return "\n".join(lines)

    def __call__(
        self, sample_collection: Any, pred_fields: str | list[str], delegate: bool = False, **params: Any
    ) -> foo.executor.ExecutionResult:
        """Score the maps of a dataset or view.

        Args:
            sample_collection: a dataset or view
            pred_fields: fields with predictions
            delegate: queue it for a worker
            **params: `gt_field`, `protocol`, `alignment`, `eval_key`, see `plumb.datasets.evaluating.evaluate_depth`

        Returns:
            the execution result; its `result` has, by field, the mean of each metric, `scored` and `unscored`
        """
        fields = [pred_fields] if isinstance(pred_fields, str) else list(pred_fields)
        return self.call(sample_collection, {"pred_fields": fields, **params}, delegate)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
