"""Which sample is looked at in the place of another: of a patch its picture, of a group one that has depth maps.

Read from the database as it stores them: a view of one slice hides the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import fiftyone as fo
from bson import ObjectId


@dataclass(frozen=True)
class StandIn:
    """The sample that is looked at, and why it is not the one that was asked for; None where it is."""

    id: ObjectId
    note: str | None


def stand_ins(dataset: fo.Dataset, view: fo.SampleCollection | None, ids: Sequence[str]) -> dict[str, StandIn]:
    """By the ids that were asked for. They may be of samples that the dataset does not have.

    Args:
        ids: of samples of any slice of the dataset, or of patches of `view`
    """
    pictures = _pictures(view, ids)
    found = {
        key: StandIn(pictures[key], "This is the picture that the patch is of.")
        if key in pictures
        else StandIn(ObjectId(key), None)
        for key in ids
    }
    if dataset.media_type == "group":
        others = _others(dataset, [one.id for one in found.values()])
        found |= {key: others[one.id] for key, one in found.items() if one.id in others}
    return found


def _pictures(view: fo.SampleCollection | None, ids: Sequence[str]) -> dict[str, ObjectId]:
    """The samples that patches are of; {} where the view is of samples."""
    if view is None or not view._is_patches:
        return {}
    patches = view._dataset._sample_collection
    found = patches.find({"_id": {"$in": [ObjectId(key) for key in ids]}}, {"_sample_id": True})
    return {str(patch["_id"]): patch["_sample_id"] for patch in found}


def _others(dataset: fo.Dataset, samples: Sequence[ObjectId]) -> dict[ObjectId, StandIn]:
    """For those of these samples that have no map: the first of their group that has one, in the order of slices."""
    field = dataset.group_field
    names = list(dataset.get_field_schema(embedded_doc_type=fo.Heatmap))
    order = {name: place for place, name in enumerate(dataset.group_slices)}
    wanted = {field: True, **{f"{name}._id": True for name in names}}

    def find(query: dict[str, Any]) -> list[dict[str, Any]]:
        return list(dataset._sample_collection.find(query, wanted))

    bare = [one for one in find({"_id": {"$in": list(samples)}}) if not any(one.get(name) for name in names)]
    groups = [one[field]["_id"] for one in bare]
    having = [one for one in find({f"{field}._id": {"$in": groups}}) if any(one.get(name) for name in names)]
    having.sort(key=lambda one: order.get(one[field]["name"], len(order)), reverse=True)
    of_group = {one[field]["_id"]: one for one in having}
    return {
        one["_id"]: StandIn(
            other["_id"], f"{one[field]['name']} has no depth map; shown is {other[field]['name']}, of the same group."
        )
        for one in bare
        if (other := of_group.get(one[field]["_id"]))
    }
