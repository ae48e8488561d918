"""`evaluate_depth`: score depth fields against ground truth."""

from __future__ import annotations

import os
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import fiftyone.operators.types as types

from plumb.alignment import ALIGNMENTS
from plumb.datasets.evaluating import evaluate_depth
from plumb.datasets.fields import depth_fields
from plumb.jobs import Job
from plumb.markup import markdown_table
from plumb.protocol_files import load_protocol
from plumb.protocols import CROPS, PROTOCOLS, SOURCES, Protocol
from plumb.report import header

from .running import NO_DATASET, JobOperator, add_delegate_switch, config, form, given, target

_DEFAULT_PROTOCOL = "sunrgbd"
_CHANGEABLE = [name for name, rules in PROTOCOLS.items() if rules.space == "metres"]
_RULES = ("name", "min_depth", "max_depth", "cap", "crop", "source")


class EvaluateDepth(JobOperator):
    """Score depth fields against ground truth, per sample and in the mean."""

    parameters = ("pred_fields", "gt_field", "protocol", "alignment", "eval_key", "metrics", "group_by")

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
        _ask_for_fields(ctx, inputs, depth_fields(view))
        rules = _ask_for_rules(ctx, inputs)
        alignments = ["auto", "robust", *ALIGNMENTS]
        inputs.enum("alignment", alignments, default="auto", label="Alignment")
        alignment = ctx.params.get("alignment") or "auto"
        if rules and alignment in alignments:
            inputs.view("rules", types.Notice(label=rules.describe(alignment)))
        if rules:
            _choose_several(inputs, "metrics", list(rules.table), "Metrics", f"Empty: {', '.join(rules.metrics)}")
        _choose_several(
            inputs, "group_by", _groupings(view), "Group by",
            "Statistics of each group too: of a scene label, a sensor, a split (tags)",
        )  # fmt: skip
        inputs.str(
            "eval_key",
            label="Key",
            description="Evaluations with different keys live side by side; empty: replaces the one without a key",
        )
        add_delegate_switch(inputs)
        return form(ctx, inputs, "Evaluate depth")

    def job(self, ctx: foo.ExecutionContext) -> Job[Any]:
        options = given(ctx, *self.parameters)
        if _changing(ctx):
            options["protocol"] = _changed(ctx)
        return evaluate_depth(target(ctx), **options)

    def summary(self, result: dict[str, dict[str, Any]]) -> str:
        """The protocol, a table of the means with units and intervals, and what to know beside it."""
        first = next(iter(result.values()))
        lines = [f"`{field}`: {row['protocol']}\n" for field, row in result.items()]
        rows = [
            [header(name, unit), *(_with_interval(row[name], *row["intervals"][name]) for row in result.values())]
            for name, unit in first["units"].items()
        ]
        rows += [[count, *(str(row[count]) for row in result.values())] for count in ("scored", "unscored")]
        lines += markdown_table(["metric", *(f"`{field}`" for field in result)], rows, align="---")
        lines += ["", "Means over the images, with their 95 % bootstrap intervals.", ""]
        for field, row in result.items():
            lines += [f"- `{field}`: {note}" for note in _notes(row)]
        return "\n".join(lines)

    def __call__(
        self,
        sample_collection: fo.SampleCollection,
        pred_fields: str | list[str],
        protocol: Protocol | dict[str, Any] | str | os.PathLike[str] = _DEFAULT_PROTOCOL,
        delegate: bool = False,
        **params: Any,
    ) -> foo.executor.ExecutionResult:
        """Score the maps of a dataset or view.

        Args:
            sample_collection: a dataset or view
            pred_fields: fields with predictions
            protocol: a named protocol, the path of a TOML file, a table of rules, or a `plumb.protocols.Protocol`
            delegate: queue it for a worker
            **params: `gt_field`, `alignment`, `eval_key`, `metrics`, `group_by`, see
                `plumb.datasets.evaluating.evaluate_depth`

        Returns:
            the execution result; its `result` has, by field, the mean of each metric, `scored` and `unscored`
        """
        fields = [pred_fields] if isinstance(pred_fields, str) else list(pred_fields)
        # Read here, where a file's path means what the caller means.
        rules = load_protocol(protocol)
        if params.get("metrics") == "all":
            params["metrics"] = list(rules.table)
        rules = rules.name if rules.name in PROTOCOLS else rules.to_dict()
        return self.call(sample_collection, {"pred_fields": fields, "protocol": rules, **params}, delegate)


def _ask_for_fields(ctx: foo.ExecutionContext, inputs: types.Object, known: list[str]) -> None:
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


def _ask_for_rules(ctx: foo.ExecutionContext, inputs: types.Object) -> Protocol | None:
    """Ask for the protocol; None while what was given is none."""
    asked = _asked(ctx)
    if not isinstance(asked, str):  # a table, which only Python code passes
        return load_protocol(asked)
    choices = types.AutocompleteView()
    for name in PROTOCOLS:
        choices.add_choice(name, label=name)
    given_as = inputs.str(
        "protocol",
        default=_DEFAULT_PROTOCOL,
        label="Protocol",
        description="From the list, or the path of a TOML file with rules of your own",
        view=choices,
    )
    if asked in _CHANGEABLE:
        inputs.bool("change_rules", default=False, label="Change its rules", view=types.SwitchView())
    try:
        if _changing(ctx):
            _ask_for_changes(inputs, PROTOCOLS[asked])
            return load_protocol(_changed(ctx))
        return load_protocol(asked)
    except ValueError as error:
        given_as.invalid, given_as.error_message = True, str(error)
        return None


def _ask_for_changes(inputs: types.Object, base: Protocol) -> None:
    # Named by the protocol: the App keeps what a form held, and one protocol's limits must not be another's.
    key = base.name
    inputs.str(f"{key}_name", default=f"{key}-changed", label="Name", description="Stands beside every number")
    inputs.float(f"{key}_min_depth", default=base.min_depth, label="Nearest depth that counts [m]")
    inputs.float(f"{key}_max_depth", default=base.max_depth, label="Farthest depth that counts [m]")
    inputs.float(f"{key}_cap", label="Cap of predictions [m]", description="Empty: the farthest depth that counts")
    crop = next((name for name, known in CROPS.items() if known == base.crop), "none")
    inputs.enum(f"{key}_crop", ["none", *CROPS], default=crop, label="Crop")
    inputs.enum(f"{key}_source", list(SOURCES), default=base.source, label="Ground truth that counts")


def _changing(ctx: foo.ExecutionContext) -> bool:
    """Whether rules are changed; the switch outlives its place in the form when another protocol is chosen."""
    return bool(ctx.params.get("change_rules")) and _asked(ctx) in _CHANGEABLE


def _changed(ctx: foo.ExecutionContext) -> dict[str, Any]:
    base = _asked(ctx)
    rules = given(ctx, *(f"{base}_{rule}" for rule in _RULES))
    return {"base": base, "name": f"{base}-changed", **{key.removeprefix(f"{base}_"): v for key, v in rules.items()}}


def _asked(ctx: foo.ExecutionContext) -> Any:
    return ctx.params.get("protocol") or _DEFAULT_PROTOCOL


def _choose_several(inputs: types.Object, name: str, values: list[str], label: str, description: str) -> None:
    view = types.DropdownView(multiple=True, choices=[types.Choice(value, label=value) for value in values])
    inputs.list(name, types.String(), label=label, description=description, view=view)


def _groupings(view: fo.SampleCollection) -> list[str]:
    """Fields whose values can name a group."""
    plain = view.get_field_schema(ftype=(fo.StringField, fo.IntField, fo.BooleanField))
    labels = view.get_field_schema(embedded_doc_type=fo.Classification)
    return ["tags", *(name for name in plain if name != "filepath"), *(f"{name}.label" for name in labels)]


def _with_interval(mean: float | None, low: float | None, high: float | None) -> str:
    if mean is None:
        return "none"
    return f"{mean:.4g}" if low is None else f"{mean:.4g} ({low:.4g} to {high:.4g})"


def _notes(row: dict[str, Any]) -> list[str]:
    """What must be known beside the numbers of one field."""
    notes = [f"{count} unscored: {reason}" for reason, count in row["reasons"].items()]
    for name, reasons in row["metric_reasons"].items():
        notes += [f"{count} without {name}: {reason}" for reason, count in reasons.items()]
    if row["flipped"]:
        notes.append(f"{row['flipped']} flipped, near and far swapped (scale not positive)")
    if row["missing_pixels"]:
        notes.append(f"{row['missing_pixels']} valid pixels have no prediction, and are not scored")
    if row["on_filled"]:
        notes.append(f"{row['on_filled']} scored on filled depth, for want of measured depth")
    for other, compared in row["against"].items():
        name, found = next(iter(compared.items()))
        if found["n"]:
            difference = _with_interval(found["difference"], found["low"], found["high"])
            won = f"better on {100 * found['won']:.0f} % of {found['n']} images"
            notes.append(f"{header(name, row['units'][name])} less that of `{other}`: {difference}; {won}")
    return notes
