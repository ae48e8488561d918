"""A depth map on a sample: a `fo.Heatmap` with a file, and dynamic attributes that say what its codes mean."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

import fiftyone as fo
from fiftyone.core.odm import create_field

from plumb.depthmap import QUANTITIES, MapFile

_ATTRIBUTES = {
    "quantity": (fo.StringField, "depth (metres), affine_depth or inverse_depth"),
    "scale": (fo.FloatField, "value = offset + scale x code"),
    "offset": (fo.FloatField, "value = offset + scale x code"),
    "unit": (fo.StringField, "m, or nothing for relative maps"),
    "run": (fo.StringField, "key of the run that wrote this map"),
    "source": (fo.StringField, "ground truth: raw (measured) or filled depth"),
}

_FIELD_OF_VIEW = {"field_of_view": (fo.FloatField, "horizontal, in degrees, as the model found it")}
# No quantity: what has one is a depth map, and can be evaluated.
_UNCERTAINTY_ATTRIBUTES = {
    "uncertainty_of": (fo.StringField, "the field with the depth maps"),
    "unit": (fo.StringField, "that of the depth map"),
    **{name: _ATTRIBUTES[name] for name in ("scale", "offset", "run")},
}


def maps_dir(folder: str | os.PathLike | None = None) -> Path:
    """Where map files go: `folder`, else `PLUMB_MAPS_DIR`, else `plumb` under FiftyOne's default dataset directory."""
    chosen = folder or os.environ.get("PLUMB_MAPS_DIR") or Path(fo.config.default_dataset_dir, "plumb")
    return Path(chosen).expanduser().absolute()


def make_run_dir(dataset: fo.Dataset, field: str, run: str, folder: str | os.PathLike | None = None) -> Path:
    """Make `<maps_dir>/<dataset>/<field>/<run>`, numbered where another dataset of that name, now or before, has it.

    Each run writes new files: no map is written over another's, and browsers cache maps by address.
    """
    parent = maps_dir(folder) / re.sub(r"[^\w.-]+", "_", dataset.name) / field
    for name in chain([run], (f"{run}-{number}" for number in count(2))):
        with suppress(FileExistsError):
            (parent / name).mkdir(parents=True)
            break
    return parent / name


def check_field_name(field: str) -> None:
    """Refuse names that FiftyOne would refuse, or accept and then trip over.

    Raises:
        ValueError: if the name is no field name, or that of a property of every sample, such as "dataset"
    """
    if not re.fullmatch(r"[a-z][a-zA-Z0-9_]*", field):
        raise ValueError(f"{field!r} cannot name a field; use lower-case letters, digits and underscores")
    if hasattr(fo.Sample(filepath=""), field):
        raise ValueError(f"{field!r} is a name of FiftyOne's own; choose another name for the field")


def check_map_field(dataset: fo.Dataset, field: str) -> None:
    """Make sure that `field` holds depth maps, or could.

    Raises:
        ValueError: if the name is no field name, or the field holds something else
    """
    check_field_name(field)
    if dataset.has_field(field) and field not in depth_fields(dataset):
        raise ValueError(f"field {field!r} of dataset {dataset.name!r} holds no depth maps of Plumb's; choose another")


def declare_map_field(dataset: fo.Dataset, field: str) -> None:
    """Make `field` hold depth maps, with their attributes in the schema.

    Raises:
        ValueError: as `check_map_field` does
    """
    check_map_field(dataset, field)
    declare_attributes(dataset, field, _ATTRIBUTES)


def declare_attributes(dataset: fo.Dataset, field: str, attributes: Mapping[str, tuple[type[fo.Field], str]]) -> None:
    """Put dynamic attributes of a map field into the schema: type and description by name.

    All in one call, because FiftyOne writes and reads the whole schema at each.
    """
    made = [create_field(name, kind, description=description) for name, (kind, description) in attributes.items()]
    dataset.add_sample_field(field, fo.EmbeddedDocumentField, embedded_doc_type=fo.Heatmap, fields=made)


def declare_field_of_view(dataset: fo.Dataset, field: str) -> None:
    """Put the field of view, which few models find, into the schema of a map field."""
    if not dataset.has_field(f"{field}.field_of_view"):
        declare_attributes(dataset, field, _FIELD_OF_VIEW)


def check_uncertainty_field(dataset: fo.Dataset, field: str) -> None:
    """Make sure that `field` holds maps of uncertainty, or could.

    Raises:
        ValueError: if the name is no field name, or the field holds something else
    """
    check_field_name(field)
    if dataset.has_field(field) and not dataset.has_field(f"{field}.uncertainty_of"):
        raise ValueError(f"field {field!r} of dataset {dataset.name!r} holds no uncertainty of Plumb's; rename it")


def declare_uncertainty_field(dataset: fo.Dataset, field: str) -> None:
    """Make `field` hold maps of uncertainty, with their attributes in the schema."""
    declare_attributes(dataset, field, _UNCERTAINTY_ATTRIBUTES)


def depth_fields(collection: fo.SampleCollection) -> list[str]:
    """Names of the fields that hold Plumb's depth maps."""
    schema = collection.get_field_schema(embedded_doc_type=fo.Heatmap)
    return [name for name in schema if collection.has_field(f"{name}.quantity") or _adopt(collection, name)]


def uncertainty_fields(collection: fo.SampleCollection) -> list[str]:
    """Names of the fields that hold Plumb's maps of uncertainty."""
    schema = collection.get_field_schema(embedded_doc_type=fo.Heatmap)
    return [name for name in schema if collection.has_field(f"{name}.uncertainty_of")]


def _adopt(collection: fo.SampleCollection, field: str) -> bool:
    """Put the attributes of maps that `dataset.apply_model` wrote into the schema: FiftyOne stores them, but does not.

    Returns:
        whether the first label of the field is such a map
    """
    if collection.has_field(f"{field}.uncertainty_of"):
        return False
    label = next((sample[field] for sample in collection.exists(field).select_fields(field).limit(1)), None)
    if getattr(label, "quantity", None) not in QUANTITIES:
        return False
    declare_attributes(collection._root_dataset, field, _ATTRIBUTES)
    if hasattr(label, "field_of_view"):
        declare_field_of_view(collection._root_dataset, field)
    return True


def to_heatmap(stored: MapFile, display_range: tuple[int, int], run: str, source: str | None = None) -> fo.Heatmap:
    """The label for a stored map; `display_range` is in codes, as the App wants it."""
    found = {} if stored.field_of_view is None else {"field_of_view": stored.field_of_view}  # few models find one
    return fo.Heatmap(
        map_path=stored.path,
        range=[float(code) for code in display_range],
        quantity=stored.quantity,
        scale=stored.scale,
        offset=stored.offset,
        unit=stored.unit,
        run=run,
        source=source,
        **found,
    )


def to_uncertainty(stored: MapFile, display_range: tuple[int, int], run: str, depth_field: str) -> fo.Heatmap:
    """The label for a stored map of uncertainty."""
    return fo.Heatmap(
        map_path=stored.path,
        range=[float(code) for code in display_range],
        uncertainty_of=depth_field,
        scale=stored.scale,
        offset=stored.offset,
        unit=stored.unit,
        run=run,
    )


def map_files(collection: fo.SampleCollection, field: str) -> list[MapFile | str | None]:
    """The stored map of each sample, in the collection's order.

    Returns:
        None where the sample has no map, a sentence where it has one that is not Plumb's
    """
    names = ["map_path", "quantity", "scale", "offset", "unit"]
    names += ["field_of_view"] if collection.has_field(f"{field}.field_of_view") else []
    has_map = collection.values(f"{field}.id")
    columns = zip(has_map, *collection.values([f"{field}.{name}" for name in names]), strict=True)
    return [None if label is None else _map_file(field, *column) for label, *column in columns]


def _map_file(field, path, quantity, scale, offset, unit, field_of_view=None) -> MapFile | str:
    if path is None:
        return f"{field} has no file: it was not written by Plumb; predict or import it with Plumb"
    if quantity not in QUANTITIES or scale is None or offset is None:
        return f"{path}: {field} does not say what its codes mean; predict or import it with Plumb"
    return MapFile(path, quantity, scale, offset, unit, field_of_view)


def map_of(field: str, label: fo.Heatmap) -> MapFile | str:
    """The stored map of one label, of uncertainty too, whose quantity is that of the depth map it belongs to.

    Returns:
        a sentence where the label is not Plumb's
    """
    names = ("map_path", "quantity", "scale", "offset", "unit", "field_of_view")
    path, quantity, *meaning = (getattr(label, name, None) for name in names)
    if quantity is None and getattr(label, "uncertainty_of", None):
        quantity = "depth" if meaning[2] == "m" else "affine_depth"
    return _map_file(field, path, quantity, *meaning)
