"""Give a run another name, and with it everything that carries the old one.

A rename touches samples, schema and several runs, and a process can be killed between any two of them. So its plan is
first written into every run concerned; each step can be repeated without harm, and the plan leaves a run when that run
has its new name. The same rename again takes the plan up and finishes it; until then nothing else is done to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

import fiftyone as fo

from plumb.datasets import fields, runs, scored
from plumb.datasets.claims import claim, field_claim
from plumb.datasets.runs import Run


@dataclass(frozen=True)
class Renaming:
    """What a rename does.

    Attributes:
        what: "eval_key" or "field"
        old: the old name; None for an evaluation without a key
        to: the new name
        keys: the new key of each run that is concerned, by its old key, which may be the same
        fields: the new name of each field that gets one, by its old name: of depth, and of its uncertainty
    """

    what: str
    old: str | None
    to: str
    keys: dict[str, str]
    fields: dict[str, str]


def plan_renaming(dataset: fo.Dataset, key: str, new_name: str) -> Renaming:
    """What :func:`rename_run` would do; changes nothing.

    Raises:
        ValueError: if the dataset has no such run, or it cannot have that name
    """
    run = runs.read(dataset, key)
    check_not_renaming(run, but_to=new_name)
    if run.renaming:
        return Renaming(**run.renaming)
    return _plan_eval_key(dataset, run, new_name) if run.verb == "evaluate" else _plan_field(dataset, run, new_name)


def rename_run(dataset: fo.Dataset, key: str, new_name: str) -> str:
    """Give a run another name.

    For an evaluation the name is its `eval_key`: its values move from `<field>.[<old>_]<metric>` to
    `<field>.<new>_<metric>`. For an import or a prediction it is the field of its maps: the field is renamed with all
    the runs that wrote into it, the field of its uncertainty and the evaluations that scored it or scored against it,
    and keeps its colours. Map files stay where they are, and the results of runs as they were stored: what they say
    was said of the old names. The field is claimed meanwhile under both names, see `plumb.datasets.claims`.

    Returns:
        the run's new key

    Raises:
        ValueError: as :func:`plan_renaming`, or if another operation is at work in the field
    """
    dataset.reload()
    plan = plan_renaming(dataset, key, new_name)
    names = (plan.old, plan.to) if plan.what == "field" else (runs.read(dataset, key).field,)
    what = f"the renaming of {key!r} of dataset {dataset.name!r}"
    with ExitStack() as held:
        for name in names:
            held.enter_context(claim(field_claim(dataset, name), what))
        dataset.reload()  # what was at work until now has left more
        plan = plan_renaming(dataset, key, new_name)
        _rename(dataset, key, plan)
    dataset.reload()
    return plan.keys.get(key, key)


def _rename(dataset: fo.Dataset, key: str, plan: Renaming) -> None:
    # The run that a second call would name has the plan first, and has it longest.
    for run in sorted(runs.all_runs(dataset), key=lambda run: run.key != key):
        if run.key in plan.keys and not run.renaming:
            runs.change_settings(dataset, run.key, {**run.settings, "renaming": asdict(plan)})
    if plan.what == "field":
        _move_fields(dataset, plan)
    else:
        _move_values(dataset, runs.read(dataset, key), plan.to)
    for old in sorted(plan.keys, key=lambda old: key in (old, plan.keys[old])):
        _settle(dataset, old, plan)


def check_not_renaming(run: Run, but_to: str | None = None) -> None:
    """Make sure that no rename of this run, but one to `but_to`, was interrupted.

    Raises:
        ValueError: if one was
    """
    if run.renaming and run.renaming["to"] != but_to:
        to = run.renaming["to"]
        raise ValueError(f"renaming {run.key} to {to!r} was interrupted; rename it to {to!r} again, which finishes it")


def _plan_eval_key(dataset: fo.Dataset, run: Run, eval_key: str) -> Renaming:
    scored.check_eval_key(eval_key)
    new_key = runs.evaluation_key(run.field, eval_key)
    if new_key == run.key:
        raise ValueError(f"{eval_key!r} is the key of {run.key} already")
    taken = [path for path in _moved_values(dataset, run, eval_key).values() if dataset.has_field(path)]
    if new_key in dataset.list_runs() or taken:
        what = new_key if new_key in dataset.list_runs() else ", ".join(taken)
        raise ValueError(f"the key {eval_key!r} is taken: there is {what}; choose another key, or delete that first")
    return Renaming("eval_key", run.settings["eval_key"], eval_key, {run.key: new_key}, {})


def _plan_field(dataset: fo.Dataset, run: Run, field: str) -> Renaming:
    if field == run.field:
        raise ValueError(f"{field!r} is the field of {run.key} already")
    fields.check_field_name(field)
    keys, moved = {}, {run.field: field}
    for other in runs.all_runs(dataset):
        if run.field in other.fields:
            check_not_renaming(other)
            keys[other.key] = _key_in_field(other, run.field, field)
            if uncertainty := other.settings.get("uncertainty_field"):
                moved[uncertainty] = f"{field}_uncertainty"
    for name in moved.values():
        if dataset.has_field(name):
            raise ValueError(f"dataset {dataset.name!r} has a field {name!r} already; choose another name")
    taken = {key for old, key in keys.items() if key != old} & {*dataset.list_runs()}
    if taken:
        raise ValueError(f"of a former field {field!r} there is still {', '.join(sorted(taken))}; delete that first")
    return Renaming("field", run.field, field, keys, moved)


def _key_in_field(run: Run, old: str, new: str) -> str:
    if run.field != old:  # an evaluation against this field: its key names the prediction's only
        return run.key
    if run.verb == "evaluate":
        return runs.evaluation_key(new, run.settings["eval_key"])
    return runs.numbered_key(run.verb, new, int(run.key.rpartition("_")[2]))


def _moved_values(dataset: fo.Dataset, run: Run, eval_key: str) -> dict[str, str]:
    """New paths of an evaluation's values, by the old ones that are in the schema."""
    return {path: _with_key(run, path, eval_key) for path in run.settings["attributes"] if dataset.has_field(path)}


def _with_key(run: Run, path: str, eval_key: str) -> str:
    name = path.removeprefix(scored.prefix(run.field, run.settings["eval_key"]))
    return scored.prefix(run.field, eval_key) + name


def _move_values(dataset: fo.Dataset, run: Run, eval_key: str) -> None:
    """Move an evaluation's values.

    Not by FiftyOne's `rename_sample_fields`: of samples without a map it makes samples with an empty one, and where
    the values have been moved before, as after a kill, it loses them.
    """
    moved = _moved_values(dataset, run, eval_key)
    if not moved:
        return
    declared = {new.partition(".")[2]: dataset.get_field(old) for old, new in moved.items()}
    fields.declare_attributes(
        dataset, run.field, {name: (type(schema), schema.description) for name, schema in declared.items()}
    )
    _update(dataset, {run.field: {"$type": "object"}}, {"$rename": moved})  # where there is a map
    dataset.delete_sample_fields(list(moved))


def _move_fields(dataset: fo.Dataset, plan: Renaming) -> None:
    for old, to in plan.fields.items():
        if dataset.has_field(old) and not dataset.has_field(to):
            dataset.rename_sample_field(old, to)
    for to in plan.fields.values():
        for old, new in plan.keys.items():
            if old != new:
                _update(dataset, {f"{to}.run": old}, {"$set": {f"{to}.run": new}})
        _update(dataset, {f"{to}.uncertainty_of": plan.old}, {"$set": {f"{to}.uncertainty_of": plan.to}})
    scheme = dataset.app_config.color_scheme
    if scheme is not None:
        scheme.fields = _recoloured(scheme.fields, plan)
        scheme.colorscales = _recoloured(scheme.colorscales, plan)
        dataset.save()


def _recoloured(colors: list[dict[str, Any]] | None, plan: Renaming) -> list[dict[str, Any]] | None:
    return colors and [{**entry, "path": _in_new_field(entry["path"], plan)} for entry in colors]


def _in_new_field(path: str, plan: Renaming) -> str:
    root, dot, rest = path.partition(".")
    return f"{plan.fields.get(root, root)}{dot}{rest}"


def _update(dataset: fo.Dataset, which: Mapping[str, Any], change: Mapping[str, Any]) -> None:
    """Change samples in the database, each as a whole: a kill leaves one either as it was or changed."""
    dataset._sample_collection.update_many(which, {**change, "$currentDate": {"last_modified_at": True}})


def _settle(dataset: fo.Dataset, old: str, plan: Renaming) -> None:
    """Give one run its new key, then its new settings, with which the plan goes."""
    new, known = plan.keys[old], dataset.list_runs()
    if old != new and old in known:
        dataset.rename_run(old, new)
    elif new not in known:  # deleted before the rename was taken up again
        return
    run = runs.read(dataset, new)
    if run.renaming is None:
        return
    settings = _settings(run, old, plan)
    runs.change_settings(dataset, new, {name: value for name, value in settings.items() if name != "renaming"})


def _settings(run: Run, old: str, plan: Renaming) -> dict[str, Any]:
    """A run's settings after the rename."""
    settings = dict(run.settings)
    if plan.what == "eval_key":
        settings["attributes"] = [_with_key(run, path, plan.to) for path in settings["attributes"]]
        return {**settings, "eval_key": plan.to}
    if run.verb == "evaluate":
        settings["attributes"] = [_in_new_field(path, plan) for path in settings["attributes"]]
        settings["group_by"] = [_in_new_field(path, plan) for path in settings.get("group_by", [])]
        settings["prediction_runs"] = [plan.keys.get(key, key) for key in settings["prediction_runs"]]
    else:
        # The files stay where they are, and deleting must know them by the names that they were written under.
        settings.setdefault("written_as", [run.field, old])
    names = ("field", "uncertainty_field", "pred_field", "gt_field")
    return settings | {name: plan.fields[settings[name]] for name in names if settings.get(name) in plan.fields}
