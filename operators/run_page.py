"""A run of Plumb's for people, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plumb.datasets.runs import Run
from plumb.markup import markdown_table
from plumb.report import header

from .running import cell, listed

_VERBS = {"import": "Import", "predict": "Prediction", "evaluate": "Evaluation"}
_NAMED = 6
# Of the settings: what stands elsewhere on the page, or is for Plumb's own use.
_NOT_SHOWN = {"description", "token", "written_as", "field", "folder", "uncertainty"}
_RESOLVED = "resolved_"
_NAMES = {"weights": "fingerprint of the weights", "predicted": "images predicted", "existing": "images that had a map"}
_MAY_WORK = "it is still at work, or was stopped"
_OF_GROUPS = ("abs_rel", "rmse", "delta1")  # the metrics that are named first wherever models are compared


def title(run: Run) -> str:
    """One line that tells a run from the others, as in "Evaluation of dpt, key new, 2026-11-22 16:20 UTC"."""
    key, model = run.settings.get("eval_key"), run.settings.get("model")
    what = f"{_VERBS[run.verb]} of {run.field}" + (f" by {model}" if model else "")
    state = None if run.finished else "not finished"
    if run.renaming:
        state = f"renaming to {run.renaming['to']} interrupted"
    return ", ".join(filter(None, [what, key and f"key {key}", f"{run.when:%Y-%m-%d %H:%M} UTC", state]))


def page(view: dict[str, Any]) -> str:
    """What `plumb.datasets.managing.view_run` gives, to read."""
    settings, results = view["settings"], view["results"]
    when = view["when"].replace("T", " ").replace("Z", " UTC")
    key = f", key `{settings['eval_key']}`" if settings.get("eval_key") else ""
    verb = _VERBS[view["kind"].partition("_")[0]]
    lines = [f"**{verb} of `{view['field']}`**{key}, {when}. Run `{view['run']}`", ""]
    if view["at_work"]:
        lines += [f"**At work in this field now**: {view['at_work']}.", ""]
    elif not view["finished"]:
        state = "it was stopped; the same again goes on where it was" if verb == "Prediction" else _MAY_WORK
        lines += [f"**Not finished**: {state}.", ""]
    if view["renaming"]:
        lines += [f"**Renaming to `{view['renaming']}` was interrupted**: the same again finishes it.", ""]
    if "description" in settings:
        lines += [settings["description"], "", *_means(settings["units"], results.get("statistics", {}))]
        lines += [*_against(results.get("against", {}), settings["units"]), *_distances(results.get("bands", []))]
        lines += _groups(results.get("groups", {}), settings["units"])
    told = {name: value for name, value in settings.items() if name not in _NOT_SHOWN}
    if verb == "Prediction":
        lines += _prediction(told, results)
    else:
        lines += [f"- {name}: {_shown(value)}" for name, value in _plain(told)]
        lines += [f"- {name}: {_shown(value)}" for name, value in _plain(results) if not isinstance(value, list)]
    if view["finished"] and verb != "Evaluation":
        lines.append(f"- failed: {view['failures']}")
    lines += [f"- {count} unscored: {reason}" for reason, count in results.get("reasons", {}).items()]
    for name, reasons in results.get("metric_reasons", {}).items():
        lines += [f"- {count} without {name}: {reason}" for reason, count in reasons.items()]
    what = "values" if verb == "Evaluation" else "maps"
    lines.append(f"- samples with its {what}: {view['samples']}")
    if view["uncertainties"]:
        lines.append(f"- samples with their uncertainty: {view['uncertainties']}")
    lines += [f"- map files in `{folder}`" for folder in view["folders"]]
    lines += [f"- evaluated by `{run}`" for run in view["evaluations"]]
    lines.append("- versions: " + ", ".join(f"{name} {version}" for name, version in view["versions"].items()))
    first = view["first_failures"]
    return "\n".join([*lines, *listed(f"of {view['failures']} failures", first, "name", shown=len(first))])


def renamed(result: dict[str, Any]) -> str:
    """What a rename did."""
    lines = [f"`{result['renamed_from']}` is now **`{result['run']}`**, of the field **`{result['field']}`**."]
    return "\n".join([*lines, "", page(result)])


def deletion(plan: dict[str, Any], run: str, field: str, done: bool) -> str:
    """What a deletion will remove, or has removed: a `plumb.datasets.deleting.Deletion` as a dict."""
    lines = [f"**{'Deleted' if done else 'This will be deleted, for good'}**", "", f"- the run `{run}`"]
    if plan["maps"] or plan["uncertainties"] or plan["files"]:
        maps = f"{plan['maps']} maps of field `{field}`"
        if plan["uncertainties"]:
            maps += f" and {plan['uncertainties']} of their uncertainty"
        gone = f" ({plan['missing']} more files are not there)" if plan["missing"] else ""
        lines.append(f"- {maps}, with {plan['files']} files of {plan['size'] / 1e6:.1f} MB{gone}")
    if plan["unnamed"]:
        lines.append(f"- of these files, {plan['unnamed']} that no map names: what was stopped or replaced left them")
    lines += [f"- the field `{name}` as a whole" for name in plan["fields"]]
    lines += [f"- the evaluation `{name}`, which scored these maps" for name in plan["evaluations"]]
    if plan["attributes"]:
        lines.append(f"- {len(plan['attributes'])} values of each sample: {_names(plan['attributes'])}")
    lines += ["", "Samples and images stay.", *listed("stay", plan["kept"], "path")]
    return "\n".join(lines)


def _prediction(settings: dict[str, Any], results: dict[str, Any]) -> list[str]:
    """How a prediction computes: each setting once, as it was found out, and what was asked for where that differs."""
    asked = {name: value for name, value in settings.items() if not name.startswith(_RESOLVED)}
    if "replace" in asked:
        asked["skip_existing"] = not asked.pop("replace")
    if asked.get("source") == asked.get("model"):
        asked.pop("source", None)
    found = {name.removeprefix(_RESOLVED): value for name, value in settings.items() if name.startswith(_RESOLVED)}
    found |= results
    lines = []
    for name in {**asked, **found}:
        value, wanted = found.get(name, asked.get(name)), asked.get(name)
        if value in (None, "", [], {}) or name in _NOT_SHOWN:
            continue
        note = "" if wanted in (None, value) else f" (asked for: {_shown(wanted)})"
        lines.append(f"- {_NAMES.get(name, name.replace('_', ' '))}: {_shown(value)}{note}")
    return lines


def _means(units: dict[str, str], statistics: dict[str, dict[str, Any]]) -> list[str]:
    """A table of the aggregates, one row a metric."""
    if not statistics:
        return []
    rows = []
    for metric, unit in units.items():
        found = statistics[metric]
        cells = [
            _shown(found["mean"]),
            _interval(found),
            *(_shown(found[name]) for name in ("median", "std", "pooled", "n")),
        ]
        rows.append([header(metric, unit), *cells])
    return [*markdown_table(["metric", "mean", "95 % interval", "median", "std", "pooled", "n"], rows), ""]


def _against(compared: dict[str, dict[str, dict[str, Any]]], units: dict[str, str]) -> list[str]:
    """A table for each other prediction that was scored with this one."""
    lines = []
    for other, metrics in compared.items():
        lines += [f"Against `{other}`, image by image:", ""]
        rows = []
        for name, found in metrics.items():
            shares = _percent(found["won"]), _percent(found["tied"])
            rows.append(
                [header(name, units[name]), _shown(found["difference"]), _interval(found), *shares, _shown(found["n"])]
            )
        lines += markdown_table(["metric", "difference", "95 % interval", "won", "tied", "n"], rows)
        lines.append("")
    return lines


def _distances(bands: list[dict[str, Any]]) -> list[str]:
    """The errors of the pixels of each metre, as far as there are any."""
    known = [band for band in bands if band["n_pixels"]]
    if not known:
        return []
    lines = markdown_table(["distance [m]", "abs_rel", "delta1", "pixels", "images"], [
        [f"{band['low']:g} to {band['high']:g}", *(_shown(band[name]) for name in ("abs_rel", "delta1")),
         f"{band['n_pixels']:,}", str(band["n_images"])]
        for band in known
    ])  # fmt: skip
    return ["By true distance, over the pixels of all images:", "", *lines, ""]


def _groups(groups: dict[str, dict[str, dict[str, Any]]], units: dict[str, str]) -> list[str]:
    """The means of each group, by the metrics that are looked for first."""
    lines, shown = [], [name for name in _OF_GROUPS if name in units] or list(units)[:3]
    more = "" if len(shown) == len(units) else f" (the run's results have all {len(units)} metrics)"
    for path, of_path in groups.items():
        lines += [f"Means by `{path}`{more}:", ""]
        lines += markdown_table([path, *(header(name, units[name]) for name in shown), "n"], [
            [cell(group), *(_shown(found[name]["mean"]) for name in shown), str(found[shown[0]]["n"])]
            for group, found in of_path.items()
        ])  # fmt: skip
        lines.append("")
    return lines


def _interval(found: dict[str, Any]) -> str:
    return "none" if found["low"] is None else f"{_shown(found['low'])} to {_shown(found['high'])}"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.0f} %"


def _plain(values: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """Those that one line can tell."""
    return (
        (name.replace("_", " "), value)
        for name, value in values.items()
        if value not in (None, "", []) and (not isinstance(value, (dict, list)) or _is_short(value))
    )


def _is_short(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _NAMED and all(isinstance(entry, str) for entry in value)


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(entry)}" for name, entry in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(f"`{name}`" for name in names[:_NAMED]) + more
