"""The leaderboard's Python half: numbers of evaluations, and which samples stand behind them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import fiftyone.operators.types as types
from bson import ObjectId
from fiftyone.operators.executor import ExecutionContext
from fiftyone.operators.panel import Panel, PanelConfig
from fiftyone.server.view import get_view

from .jobs_of_plumb import JobMethods

if TYPE_CHECKING:
    from plumb.report import Evaluation

SHOWN = 25  # samples that are shown as the worst
# What narrows the App's view beside its stages, by the argument of FiftyOne's get_view and the key in the request.
_NARROWED = {"filters": "filters", "extended_stages": "extended"}


class DepthLeaderboard(JobMethods, Panel):
    """Evaluations of the view's samples, side by side where they compare, as tables and plots.

    Its methods are called by the browser half, web/src/leaderboard/. They answer only about the open dataset. Samples
    are shown in the grid by one more stage on the view; the leaderboard goes on to tell of the view before that stage,
    or its numbers would become those of the worst samples alone.
    """

    @property
    def config(self) -> PanelConfig:
        return PanelConfig(
            name="depth_leaderboard",
            label="Depth leaderboard",
            icon="leaderboard",
            surfaces="grid",
            help_markdown="Evaluations of depth side by side, with units, protocol, alignment and intervals; only what "
            "compares is ranked. Plots select samples in the grid.",
        )

    # What the App tells. The numbers themselves are asked for by the browser half when it hears of a change.

    def on_load(self, ctx: ExecutionContext) -> None:
        _tell(ctx)

    def on_change_view(self, ctx: ExecutionContext) -> None:
        _tell(ctx)

    def on_change_dataset(self, ctx: ExecutionContext) -> None:
        _tell(ctx)

    # Numbers

    def describe(self, ctx: ExecutionContext) -> dict[str, Any] | None:
        """The board of the view's samples, with the title of what the grid shows instead; None without a dataset."""
        from plumb.datasets import leaderboard

        if ctx.dataset is None:
            return None
        view, shown = _base(ctx)
        board = leaderboard.describe(leaderboard.read(view), ctx.dataset)
        return {**board, "shown": shown and shown["title"]}

    def stored(self, ctx: ExecutionContext) -> str | None:
        """Changes when something is stored in the dataset, so that :meth:`describe` may say something else."""
        from plumb.datasets import leaderboard

        return leaderboard.version(ctx.dataset) if ctx.dataset is not None else None

    def copy(self, ctx: ExecutionContext) -> str:
        """The evaluations of these ``runs`` with these ``metrics`` as ``format`` markdown, latex or csv."""
        from plumb import markup, report
        from plumb.leaderboard import only

        chosen = [only(evaluation, ctx.params.get("metrics") or ()) for evaluation in _evaluations(ctx)]
        formats = {
            "markdown": markup.markdown,
            "latex": markup.latex,
            "csv": lambda evaluations: report.table(evaluations).to_csv(index=False, lineterminator="\n"),
        }
        return formats[ctx.params["format"]](chosen)

    def distribution(self, ctx: ExecutionContext) -> dict[str, Any]:
        """Of ``runs``, how ``metric`` is distributed over the images."""
        from plumb import leaderboard_plots

        return leaderboard_plots.distribution(_evaluations(ctx), ctx.params["metric"])

    def by_distance(self, ctx: ExecutionContext) -> list[dict[str, Any]]:
        """Of ``runs``, errors in bands of the true distance."""
        from plumb import leaderboard_plots

        return leaderboard_plots.by_distance(_evaluations(ctx))

    def by_group(self, ctx: ExecutionContext) -> dict[str, Any]:
        """Of ``runs``, the mean of ``metric`` in the groups of samples that ``path`` makes."""
        from plumb import leaderboard_plots
        from plumb.datasets import leaderboard

        labels = leaderboard.labels(ctx.dataset, ctx.params["path"])
        return leaderboard_plots.by_group(_evaluations(ctx), labels, ctx.params["metric"])

    def against(self, ctx: ExecutionContext) -> dict[str, Any]:
        """The first of two ``runs`` against the second, ``metric`` of each image."""
        from plumb import leaderboard_plots

        a, b = _evaluations(ctx)
        return leaderboard_plots.against(a, b, ctx.params["metric"])

    # Samples

    def select_bins(self, ctx: ExecutionContext) -> int:
        """Select the samples whose ``metric`` lies in one of the ``bins`` {run, low, high}; how many they are."""
        from plumb import leaderboard_plots

        board, metric = _board(ctx), ctx.params["metric"]
        found = [
            leaderboard_plots.within(board.evaluation(bar["run"]), metric, bar["low"], bar["high"])
            for bar in ctx.params["bins"]
        ]
        return len(_select(ctx, chain(*found)))

    def select_groups(self, ctx: ExecutionContext) -> int:
        """Select the samples that are counted in one of the ``bars`` {run, group} of a plot; how many they are."""
        from plumb import leaderboard_plots
        from plumb.datasets import leaderboard

        board, metric = _board(ctx), ctx.params["metric"]
        labels = leaderboard.labels(ctx.dataset, ctx.params["path"])
        found = [
            leaderboard_plots.in_group(board.evaluation(bar["run"]), labels, metric, bar["group"])
            for bar in ctx.params["bars"]
        ]
        return len(_select(ctx, chain(*found)))

    def select_distances(self, ctx: ExecutionContext) -> dict[str, Any]:
        """Select the images that stand behind ``points`` {run, of, low} of the errors by distance.

        Returns:
            the ``ids`` that are selected, those with the largest part first; ``told`` says which they are
        """
        from plumb.leaderboard_distances import behind

        board = _board(ctx)
        points = [(board.evaluation(point["run"]), point["of"], point["low"]) for point in ctx.params["points"]]
        found = behind(points, SHOWN)
        selected = _select(ctx, found.ids)
        # For `show_selected`, which shows them in this order: a selection in the App has none.
        ctx.panel.set_state("selected", {"ids": selected, "title": found.told})
        return {"ids": selected, "told": found.told}

    def select_samples(self, ctx: ExecutionContext) -> int:
        """Select the samples of these ``ids``; how many they are."""
        from plumb.datasets import grid

        return len(_select(ctx, _known_ids(grid.every_slice(ctx.dataset), ctx.params["ids"])))

    def show_worst(self, ctx: ExecutionContext) -> int:
        """Show the samples of ``run`` with the worst ``metric`` in the grid, the worst first; how many they are."""
        from plumb import leaderboard_plots

        evaluation, metric = _board(ctx).evaluation(ctx.params["run"]), ctx.params["metric"]
        ids = leaderboard_plots.worst(evaluation, metric, SHOWN)
        worst = "the worst image" if len(ids) == 1 else f"the {len(ids)} worst images"
        return _show(ctx, ids, f"{worst} of {evaluation.name} by {metric}{', the worst first' if len(ids) > 1 else ''}")

    def show_disagreeing(self, ctx: ExecutionContext) -> int:
        """Show the samples where ``metric`` differs most between two ``runs``; how many they are."""
        from plumb import leaderboard_plots

        metric = ctx.params["metric"]
        a, b = _evaluations(ctx)
        ids = leaderboard_plots.disagreeing(a, b, metric, SHOWN)
        told = (
            f"the {len(ids)} images where {metric} of {a.name} and {b.name} differ most, the largest difference first"
        )
        return _show(ctx, ids, told)

    def show_selected(self, ctx: ExecutionContext) -> int:
        """Show the samples that are selected in the grid, and no others; how many they are."""
        from plumb.datasets import grid

        view, _ = _base(ctx)
        chosen = _known_ids(view if view._is_generated else grid.every_slice(ctx.dataset), ctx.selected)
        told = ctx.panel.get_state("selected")
        if told and set(told["ids"]) == set(chosen):
            return _show_items(ctx, told["ids"], told["title"])
        title = "the selected image" if len(chosen) == 1 else f"the {len(chosen)} selected images"
        return _show_items(ctx, chosen, title)

    def clear_selected(self, ctx: ExecutionContext) -> None:
        """Select nothing."""
        ctx.ops.clear_selected_samples()

    def show_all(self, ctx: ExecutionContext) -> None:
        """Go back to the view that was there before samples were shown."""
        _, shown = _base(ctx)
        if shown is None:
            return
        if shown.get("view_name") in ctx.dataset.list_saved_views():
            ctx.ops.set_view(name=shown["view_name"])
        else:
            ctx.ops.set_view(get_view(ctx.dataset, stages=ctx.request_params["view"][: -len(shown["stages"])]))

    def render(self, ctx: ExecutionContext) -> types.Property:
        view = types.View(
            component="PlumbLeaderboard",
            composite_view=True,
            describe=self.describe,
            stored=self.stored,
            copy=self.copy,
            distribution=self.distribution,
            by_distance=self.by_distance,
            by_group=self.by_group,
            against=self.against,
            select_bins=self.select_bins,
            select_groups=self.select_groups,
            select_distances=self.select_distances,
            select_samples=self.select_samples,
            show_worst=self.show_worst,
            show_disagreeing=self.show_disagreeing,
            show_selected=self.show_selected,
            clear_selected=self.clear_selected,
            show_all=self.show_all,
            list_jobs=self.list_jobs,
            retry_job=self.retry_job,
            fail_job=self.fail_job,
            job_log=self.job_log,
            reload_dataset=self.reload_dataset,
        )
        return types.Property(types.Object(), view=view)


def _tell(ctx: ExecutionContext) -> None:
    """Let the browser half ask anew: it hears of every change of this value."""
    ctx.panel.set_data("changed", str(time.time_ns()))


def _base(ctx: ExecutionContext) -> tuple[fo.DatasetView, dict[str, Any] | None]:
    """The view that the numbers are of, and what :func:`_show_items` has kept of what the grid shows instead.

    Not `ctx.view`, which leaves out what the sidebar filters while a saved view is open.
    """
    shown = ctx.panel.get_state("shown")
    stages = list(ctx.request_params.get("view") or ())
    added = (shown or {}).get("stages")
    if added and _plain(stages[-len(added) :]) == added:
        stages = stages[: -len(added)]
    else:
        shown = None
    narrowed = {name: ctx.request_params.get(given) for name, given in _NARROWED.items()}
    return get_view(ctx.dataset, stages=stages, **narrowed), shown


def _plain(stages: Sequence[dict[str, Any]]) -> list[Any]:
    """Serialized stages as they come back from the App, which gives them ids of its own."""
    return json.loads(json.dumps([[stage["_cls"], stage["kwargs"]] for stage in stages]))


def _board(ctx: ExecutionContext) -> Any:
    from plumb.datasets import leaderboard

    return leaderboard.read(_base(ctx)[0])


def _evaluations(ctx: ExecutionContext) -> list[Evaluation]:
    """Those that ``runs`` names, in its order."""
    board = _board(ctx)
    return [board.evaluation(run) for run in ctx.params["runs"]]


def _known_ids(collection: fo.SampleCollection, ids: Sequence[Any]) -> list[str]:
    """Those ids that are in a collection, in their order."""
    given = [key for key in ids if isinstance(key, str) and ObjectId.is_valid(key)]
    there = set(collection.select(given).values("id"))
    return [key for key in given if key in there]


def _select(ctx: ExecutionContext, ids: Iterable[str]) -> list[str]:
    """Select samples, by the ids that the grid knows them by; which these are."""
    from plumb.datasets import grid

    chosen = grid.items(_base(ctx)[0], list(dict.fromkeys(ids)))
    ctx.ops.set_selected_samples(chosen)
    return chosen


def _show(ctx: ExecutionContext, ids: Sequence[str], title: str) -> int:
    from plumb.datasets import grid

    return _show_items(ctx, grid.items(_base(ctx)[0], ids), title)


def _show_items(ctx: ExecutionContext, chosen: Sequence[str], title: str) -> int:
    """Show these in the grid, in this order, by one more stage on the view, or two; how many they are.

    The App forgets what its sidebar filters when it is given a view: it becomes stages of the view.
    """
    from plumb.datasets import grid

    if chosen:
        view, before = _base(ctx)
        shown = grid.only(view, chosen)
        kept = {
            "stages": _plain(shown._serialize()[len(view._serialize()) :]),
            "title": title,
            "view_name": before["view_name"] if before else ctx.request_params.get("view_name"),
        }
        ctx.panel.set_state("shown", kept)
        ctx.ops.set_view(shown)
    return len(chosen)
