"""Datasets whose samples are in groups, as RGB-D cameras give them."""

from __future__ import annotations

from typing import Any


def grouped(name: str, source: Any) -> Any:
    """Groups of a sample without maps, in the slice "depth" that is shown, and one in "rgb" with what `source` has."""
    import fiftyone as fo

    from plumb.datasets.fields import declare_map_field

    dataset = fo.Dataset(name)
    dataset.add_group_field("group", default="depth")
    for field in ("gt_depth", "dpt", "better"):
        declare_map_field(dataset, field)
    for sample in source:
        group = fo.Group()
        maps = {field: sample[field].copy() for field in ("gt_depth", "dpt", "better")}
        rgb = fo.Sample(filepath=sample.filepath, group=group.element("rgb"), scene=sample.scene, **maps)
        depth = fo.Sample(filepath=sample.filepath, group=group.element("depth"))
        dataset.add_samples([depth, rgb], progress=False)
    return dataset
