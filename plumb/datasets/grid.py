"""What the App's grid shows of a view, and the samples behind it: of groups it shows one slice, of pictures patches.

Evaluations are of samples, and of groups often of another slice than the one that is looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import fiftyone as fo
from bson import ObjectId


def every_slice(dataset: fo.Dataset) -> fo.SampleCollection:
    """All samples of a dataset: of groups those of every slice, where the dataset itself stands for the active one."""
    return dataset.select_group_slices(_allow_mixed=True) if dataset.media_type == "group" else dataset


def sample_ids(collection: fo.SampleCollection) -> set[str]:
    """The ids of all samples behind a collection: of groups those in every slice, of parts of pictures the pictures."""
    if collection._is_dynamic_groups:
        collection = collection.flatten()
    if collection._is_generated:
        return set(collection.values("sample_id"))
    if collection.media_type != "group":
        return set(collection.values("id"))
    return {str(sample["_id"]) for sample in _of_groups(collection, collection.values(f"{collection.group_field}.id"))}


def items(view: fo.SampleCollection, ids: Sequence[str]) -> list[str]:
    """The ids by which a grid of this view knows these samples, in their order; those it does not show are left out.

    Of a group that is the sample of the slice that is shown, once for several samples; of a picture all its parts.
    """
    if view._is_generated:
        parts: dict[str, list[str]] = {}
        for part, sample in zip(*view.values(["id", "sample_id"]), strict=True):
            parts.setdefault(sample, []).append(part)
        return [part for key in ids for part in parts.get(key, ())]
    if view.media_type != "group" or view._is_dynamic_groups:
        return list(ids)
    group_of = _group_of(view, ids)
    field = view.group_field
    shown = {
        sample[field]["_id"]: str(sample["_id"])
        for sample in _of_groups(view, set(group_of.values()))
        if sample[field]["name"] == view.group_slice
    }
    found = [shown[group_of[key]] for key in ids if group_of.get(key) in shown]
    return list(dict.fromkeys(found))


def only(view: fo.SampleCollection, chosen: Sequence[str]) -> fo.DatasetView:
    """The view that shows only these items, in this order: groups in whatever slice is looked at then.

    Of a group the samples of all its slices are selected: the App applies stages to all slices, where FiftyOne's own
    `select_groups` fails (1.22), and takes from what they leave the slice that is looked at. Groups that the view makes
    by a value are opened, for what is chosen are samples in them.
    """
    if view._is_dynamic_groups:
        return view.flatten().select(chosen, ordered=True)
    if view.media_type != "group" or view._is_generated:
        return view.select(chosen, ordered=True)
    group_of = _group_of(view, chosen)
    slices: dict[ObjectId, list[str]] = {group_of[key]: [] for key in chosen if key in group_of}
    for sample in _of_groups(view, slices):
        slices[sample[view.group_field]["_id"]].append(str(sample["_id"]))
    return view.select([key for of_group in slices.values() for key in of_group], ordered=True)


def slices_of(dataset: fo.Dataset, ids: Sequence[str]) -> list[str]:
    """The slices of a grouped dataset that these samples are of, none where it is not grouped."""
    if dataset.media_type != "group":
        return []
    found = _find(dataset, {"_id": {"$in": [ObjectId(key) for key in ids]}})
    return sorted({sample[dataset.group_field]["name"] for sample in found})


def _group_of(view: fo.SampleCollection, ids: Iterable[str]) -> dict[str, ObjectId]:
    field = view.group_field
    found = _find(view, {"_id": {"$in": [ObjectId(key) for key in ids]}})
    return {str(sample["_id"]): sample[field]["_id"] for sample in found}


def _of_groups(view: fo.SampleCollection, groups: Collection[str | ObjectId]) -> list[dict[str, Any]]:
    """The samples of all slices of these groups."""
    return _find(view, {f"{view.group_field}._id": {"$in": [ObjectId(group) for group in groups]}})


def _find(view: fo.SampleCollection, query: dict[str, Any]) -> list[dict[str, Any]]:
    """Straight from the database: a view of groups has the samples of one slice alone."""
    return list(view._dataset._sample_collection.find(query, {view.group_field: True}))
