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


def stand_ins(
    dataset: fo.Dataset, view: fo.SampleCollection | None, ids: Sequence[str], group_slice: str | None = None
) -> dict[str, StandIn]:
    """By the ids that were asked for. They may be of samples that the dataset does not have.

    Args:
        ids: of samples of any slice of the dataset, or of patches of `view`
        group_slice: the slice of their groups that is asked for, None for their own
    """
    pictures = _pictures(view, ids)
    found = {
        key: StandIn(pictures[key], "This is the picture that the patch is of.")
        if key in pictures
        else StandIn(ObjectId(key), None)
        for key in ids
    }
    if dataset.media_type == "group":
        members = _members(dataset, [one.id for one in found.values()], group_slice)
        found |= {key: members[one.id] for key, one in found.items() if one.id in members}
    return found


def _pictures(view: fo.SampleCollection | None, ids: Sequence[str]) -> dict[str, ObjectId]:
    """The samples that patches are of; {} where the view is of samples."""
    if view is None or not view._is_patches:
        return {}
    patches = view._dataset._sample_collection
    found = patches.find({"_id": {"$in": [ObjectId(key) for key in ids]}}, {"_sample_id": True})
    return {str(patch["_id"]): patch["_sample_id"] for patch in found}


def _members(dataset: fo.Dataset, samples: Sequence[ObjectId], group_slice: str | None) -> dict[ObjectId, StandIn]:
    """For each of these samples the one of its group that is asked for; where that has no map, the first that has one.

    First in the order of the dataset's slices.
    """
    field, names = dataset.group_field, list(dataset.get_field_schema(embedded_doc_type=fo.Heatmap))
    wanted = {field: True, **{f"{name}._id": True for name in names}}
    collection = dataset._sample_collection
    asked = {one["_id"]: one[field] for one in collection.find({"_id": {"$in": list(samples)}}, {field: True})}
    groups: dict[ObjectId, dict[str, dict[str, Any]]] = {}
    for one in collection.find({f"{field}._id": {"$in": [group["_id"] for group in asked.values()]}}, wanted):
        groups.setdefault(one[field]["_id"], {})[one[field]["name"]] = one

    def member(group: dict[str, Any]) -> StandIn:
        slices = groups[group["_id"]]
        name = group_slice if group_slice in slices else group["name"]
        having = [other for other in dataset.group_slices if any(slices.get(other, {}).get(field) for field in names)]
        if name in having or not having:
            return StandIn(slices[name]["_id"], None)
        note = f"{name} has no depth map; shown is {having[0]}, of the same group."
        return StandIn(slices[having[0]]["_id"], note)

    return {key: member(group) for key, group in asked.items()}
