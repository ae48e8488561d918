"""`import_sunrgbd`: SUN RGB-D scenes into a dataset."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import fiftyone.operators as foo
import fiftyone.operators.types as types

from plumb.datasets.importing import DEFAULT_DATASET, import_sunrgbd
from plumb.jobs import Job
from plumb.sunrgbd import SCENE_LAYOUT, SENSORS, find_scenes
from plumb.sunrgbd_files import find_split_file

from .running import JobOperator, add_delegate_switch, config, form, given, listed

# A form is resolved at every key stroke: look at a folder for at most this long, and remember what was seen.
_SCAN_SECONDS = 2.0
_REMEMBER_SECONDS = 20


class ImportSunrgbd(JobOperator):
    """Import SUN RGB-D scenes, with exact depth in millimetres."""

    parameters = (
        "root", "dataset_name", "gt_field", "sensors", "split", "split_file", "depth", "max_scenes", "annotations",
        "maps_dir",
    )  # fmt: skip
    paths = ("root", "split_file", "maps_dir")

    @property
    def config(self) -> foo.OperatorConfig:
        return config(
            "import_sunrgbd",
            label="Import SUN RGB-D scenes",
            description=(
                "Adds RGB-D scenes in SUN RGB-D's folder layout to a dataset: images, exact depth as a Heatmap, "
                "camera, scene label, polygons, split. Reads the folder, writes maps to Plumb's maps folder"
            ),
        )

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        inputs = types.Object()
        inputs.str(
            "root",
            required=True,
            label="Folder",
            description="The folder that holds SUNRGBD, or any folder below it",
        )
        _show_what_is_found(inputs, ctx.params.get("root"))
        inputs.str(
            "dataset_name",
            default=_default_dataset(ctx),
            label="Dataset",
            description="Made if there is none of that name; scenes that it has already are not added again",
        )
        inputs.str("gt_field", default="gt_depth", label="Ground truth field")
        inputs.enum(
            "depth",
            ["raw", "filled"],
            default="raw",
            label="Depth",
            description="Raw is measured, with holes; filled is invented there: score on raw",
            view=types.RadioGroup(orientation="horizontal"),
        )
        inputs.list(
            "sensors",
            types.String(),
            default=list(SENSORS),
            label="Sensors",
            view=types.DropdownView(multiple=True, choices=[types.Choice(s, label=s) for s in SENSORS]),
        )
        inputs.enum("split", ["all", "train", "test"], default="all", label="Split")
        inputs.str("split_file", label="Split file", description="allsplit.mat; found by itself beside the folder")
        inputs.int("max_scenes", label="At most", description="Number of scenes; all if empty", min=1)
        inputs.bool("annotations", default=True, label="Polygons", description="Import annotation2Dfinal")
        add_delegate_switch(inputs)
        return form(ctx, inputs, "Import SUN RGB-D scenes")

    def job(self, ctx: foo.ExecutionContext) -> Job[Any]:
        options = {"dataset_name": _default_dataset(ctx), **given(ctx, *self.parameters)}
        return import_sunrgbd(options.pop("root"), **options)

    def follow_up(self, ctx: foo.ExecutionContext, result: dict[str, Any]) -> Iterator[Any]:
        if ctx.dataset is not None and ctx.dataset.name == result["dataset"]:
            yield from super().follow_up(ctx, result)
        else:
            yield ctx.ops.open_dataset(result["dataset"])

    def summary(self, result: dict[str, Any]) -> str:
        counted = (
            f"**{result['imported']}** scenes imported into **{result['dataset']}**, "
            f"**{result['existing']}** were there already."
        )
        return "\n".join([counted, *listed("left out", result["skipped"], "path")])

    def __call__(
        self, sample_collection: Any = None, root: str | None = None, delegate: bool = False, **params: Any
    ) -> foo.executor.ExecutionResult:
        """Import the scenes below `root`.

        Args:
            sample_collection: the dataset to add to; else the one named by `dataset_name`
            root: the folder that holds `SUNRGBD`, or any folder below it
            delegate: queue it for a worker
            **params: `dataset_name`, `gt_field`, `sensors`, `split`, `split_file`, `depth`, `max_scenes`,
                `annotations`, `maps_dir`, see `plumb.datasets.importing.import_sunrgbd`

        Returns:
            the execution result; its `result` has `dataset`, `imported`, `existing` and `skipped`
        """
        return self.call(sample_collection, {"root": root, **params}, delegate)


def _default_dataset(ctx: foo.ExecutionContext) -> str:
    return ctx.dataset.name if ctx.dataset is not None else DEFAULT_DATASET


def _show_what_is_found(inputs: types.Object, root: str | None) -> None:
    """Say what lies below the folder. Only notes: on a worker, where the form is resolved again, it may differ."""
    if not root:
        return
    counts, complete, error = _scan(root, int(time.monotonic() / _REMEMBER_SECONDS))
    if error:
        inputs.view("found", types.Error(label=error))
    elif not counts:
        looked = "No scene found" if complete else f"No scene found in {_SCAN_SECONDS:.0f} seconds of looking"
        inputs.view("found", types.Warning(label=f"{looked}: {SCENE_LAYOUT}"))
    else:
        per_sensor = ", ".join(f"{sensor or 'unknown sensor'} {count}" for sensor, count in sorted(counts.items()))
        total = f"{'' if complete else 'at least '}{sum(counts.values())} scenes found: {per_sensor}"
        split_file = find_split_file(root)
        split = f"split file {split_file}" if split_file else "no split file beside it, so no split tags"
        inputs.view("found", types.Notice(label=f"{total}. {split[0].upper()}{split[1:]}."))


@lru_cache(maxsize=16)
def _scan(root: str, moment: int) -> tuple[Counter, bool, str | None]:
    """Scenes per sensor, whether that is all of them, and an error; `moment` makes old answers expire."""
    counts, deadline = Counter(), time.monotonic() + _SCAN_SECONDS
    try:
        counts.update(folder.sensor or "" for folder in find_scenes(root, until=deadline))
    except OSError as error:
        return counts, True, str(error)
    return counts, time.monotonic() < deadline, None
