"""The compare panel's Python half on groups of slices, on patches, and on media that depth cannot be predicted for."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.managed_datasets import EVALUATION, PREDICTION, evaluate, write_uncertainty


@pytest.fixture
def group(fo, ready):
    """Make a dataset of groups with these slices; the samples of "left" have the depth maps of `ready`."""
    made = []

    def make(*slices, shown):
        dataset = fo.Dataset(f"{ready.name}-groups-{len(made)}")
        made.append(dataset)
        dataset.add_group_field("pair", default=shown)
        for number, sample in enumerate(ready):
            pair = fo.Group()
            for name in slices:
                bare = fo.Sample(filepath=f"/nowhere/{number}-{name}.{'fo3d' if name == 'cloud' else 'png'}")
                member = sample.copy() if name == "left" else bare
                member["pair"] = pair.element(name)
                dataset.add_sample(member)
        return dataset

    yield make
    for dataset in made:
        dataset.delete()


def ids_of(dataset, name):
    return dataset.select_group_slices(name, _allow_mixed=True).values("id")


@pytest.mark.parametrize("shown", ["left", "right", "cloud"])
def test_maps_are_found_on_their_slice_whichever_is_shown(group, shown):
    from plumb.datasets.looking import describe, records

    dataset = group("right", "left", "cloud", shown=shown)
    told = describe(dataset)
    assert (told["truth"], told["problem"]) == ("gt_depth", None)
    assert [(row["name"], row["role"]) for row in told["fields"]] == [("gt_depth", "truth"), ("dpt", "prediction")]
    left = ids_of(dataset, "left")
    of_left = records(dataset, left)
    assert [record["id"] for record in of_left] == left
    assert all(set(record["maps"]) == {"gt_depth", "dpt"} and record["note"] is None for record in of_left)


def test_uncertainty_keeps_its_role_on_samples_that_were_copied_without_the_schema(fo, fresh):
    from plumb.datasets.looking import describe

    write_uncertainty(fresh, PREDICTION)
    dataset = fo.Dataset(f"{fresh.name}-copies")
    dataset.add_samples([sample.copy() for sample in fresh])
    assert not dataset.has_field("dpt_uncertainty.uncertainty_of")
    roles = {row["name"]: (row["role"], row["of"]) for row in describe(dataset)["fields"]}
    dataset.delete()
    assert roles == {
        "gt_depth": ("truth", None),
        "dpt": ("prediction", None),
        "dpt_uncertainty": ("uncertainty", "dpt"),
    }


def test_in_the_place_of_a_slice_without_maps_stands_the_one_of_its_group_that_has_some_and_it_says_so(group):
    from plumb.datasets.looking import records

    dataset = group("cloud", "left", shown="cloud")
    left, cloud = records(dataset, ids_of(dataset, "left")), records(dataset, ids_of(dataset, "cloud"))
    assert [record["id"] for record in cloud] == ids_of(dataset, "cloud")
    assert {record["note"] for record in cloud} == {"cloud has no depth map; shown is left, of the same group."}
    changed = ("id", "note")
    for of_cloud, of_left in zip(cloud, left, strict=True):
        assert {key: value for key, value in of_cloud.items() if key not in changed} == {
            key: value for key, value in of_left.items() if key not in changed
        }


def test_the_slice_that_is_looked_at_is_told_under_the_id_of_the_slice_that_the_grid_shows(group):
    from plumb.datasets.looking import list_samples, records

    dataset = group("left", "right", "cloud", shown="left")
    for sample in dataset.select_group_slices("right").iter_samples(autosave=True):
        sample["dpt"] = dataset.first().dpt.copy()
    evaluate(dataset)
    left = ids_of(dataset, "left")
    of_right = records(dataset, left, dataset.view(), "right")
    assert [record["id"] for record in of_right] == left
    assert [record["name"] for record in of_right] == [f"{number}-right.png" for number in range(len(left))]
    assert all(record["note"] is None and list(record["maps"]) == ["dpt"] for record in of_right)
    assert [record["name"] for record in records(dataset, ids_of(dataset, "right"), None, "left")] == [
        record["name"] for record in records(dataset, left)
    ]
    (of_cloud,) = records(dataset, left[:1], None, "cloud")
    assert of_cloud["note"] == "cloud has no depth map; shown is left, of the same group."
    assert records(dataset, left, None, "no such slice") == records(dataset, left)
    assert set(list_samples(dataset.view(), EVALUATION, "rmse", "right")["values"]) == {None}
    assert None not in list_samples(dataset.view(), EVALUATION, "rmse", "cloud")["values"]


def test_of_several_slices_with_maps_the_first_in_the_datasets_order_stands_in(group):
    from plumb.datasets.looking import records

    dataset = group("cloud", "left", "right", shown="cloud")
    for sample in dataset.select_group_slices("right"):
        sample["gt_depth"] = dataset[ids_of(dataset, "left")[0]].gt_depth.copy()
        sample.save()
    assert dataset.group_slices == ["cloud", "left", "right"]
    (record,) = records(dataset, ids_of(dataset, "cloud")[:1])
    assert record["note"].startswith("cloud has no depth map; shown is left")
    (own,) = records(dataset, ids_of(dataset, "right")[:1])
    assert own["note"] is None and list(own["maps"]) == ["gt_depth"]


def test_a_group_without_any_map_is_told_as_it_is(group):
    from plumb.datasets.looking import records

    dataset = group("left", "cloud", shown="cloud")
    dataset.delete_samples(ids_of(dataset, "left")[:1])
    record, *others = records(dataset, ids_of(dataset, "cloud"))
    assert (record["maps"], record["note"]) == ({}, None) and record["name"].endswith("cloud.fo3d")
    assert all(other["maps"] for other in others)


def test_the_list_is_of_the_slice_that_the_grid_shows_with_the_metrics_of_its_groups(group):
    from plumb.datasets.looking import list_samples

    dataset = group("cloud", "left", shown="left")
    evaluate(dataset)
    expected = dataset.values("dpt.rmse")
    assert None not in expected and len(set(expected)) == len(expected)
    assert list_samples(dataset.view(), EVALUATION, "rmse") == {"ids": ids_of(dataset, "left"), "values": expected}
    dataset.group_slice = "cloud"
    assert list_samples(dataset.view()) == {"ids": ids_of(dataset, "cloud"), "values": None}
    assert list_samples(dataset.view(), EVALUATION, "rmse") == {"ids": ids_of(dataset, "cloud"), "values": expected}
    flat = dataset.select_group_slices(_allow_mixed=True)
    both = list_samples(flat, EVALUATION, "rmse")
    assert both["ids"] == flat.values("id")
    assert sorted(both["values"]) == sorted(itertools.chain(expected, expected))


@pytest.fixture
def patches(fo, fresh):
    """Patches of the two boxes that each sample has."""
    evaluate(fresh)
    for sample in fresh:
        boxes = [fo.Detection(label=label, bounding_box=[0.1, 0.1, 0.5, 0.5]) for label in ("chair", "table")]
        sample["boxes"] = fo.Detections(detections=boxes)
        sample.save()
    return fresh.to_patches("boxes")


def test_a_patch_is_told_as_its_picture_under_its_own_id_and_it_says_so(fresh, patches):
    from plumb.datasets.looking import records

    ids, pictures = patches.values(["id", "sample_id"])
    told = records(fresh, ids, patches)
    assert [record["id"] for record in told] == ids
    assert {record["note"] for record in told} == {"This is the picture that the patch is of."}
    own = {record["id"]: record for record in records(fresh, fresh.values("id"), fresh.view())}
    assert [record["maps"] for record in told] == [own[key]["maps"] for key in pictures]
    assert records(fresh, ids, fresh.view()) == []


def test_the_list_of_patches_has_the_metrics_of_their_pictures(fresh, patches):
    from plumb.datasets.looking import list_samples

    rmse = dict(zip(*fresh.values(["id", "dpt.rmse"]), strict=True))
    ids, pictures = patches.values(["id", "sample_id"])
    assert list_samples(patches, EVALUATION, "rmse") == {"ids": ids, "values": [rmse[key] for key in pictures]}


def test_saved_and_filtered_views_are_listed_as_they_are(fresh, fo):
    from plumb.datasets.looking import list_samples

    evaluate(fresh)
    worst = fresh.sort_by("dpt.rmse", reverse=True).limit(2)
    fresh.save_view("worst", worst)
    told = list_samples(fresh.load_saved_view("worst"), EVALUATION, "rmse")
    assert told == {"ids": worst.values("id"), "values": sorted(fresh.values("dpt.rmse"), reverse=True)[:2]}
    assert list_samples(fresh.match(fo.ViewField("dpt.rmse") < 0)) == {"ids": [], "values": None}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["/nowhere/walk.mp4"], "holds videos; depth maps are of pictures. Make a dataset of their frames"),
        (["/nowhere/cloud.fo3d"], r"has no pictures \(3d\)"),
    ],
)
def test_of_media_that_depth_cannot_be_predicted_for_it_says_what_to_do(fo, dataset_name, files, words):
    from plumb.datasets.looking import describe

    dataset = fo.Dataset(dataset_name)
    dataset.add_samples([fo.Sample(filepath=file) for file in files])
    assert re.search(words, describe(dataset)["problem"])


def test_groups_without_depth_say_which_slice_to_make_a_dataset_of_and_that_advice_works(fo, dataset_name):
    from plumb.datasets.looking import describe

    dataset = fo.Dataset(dataset_name)
    dataset.add_group_field("group", default="cloud")
    one = fo.Group()
    files = {"cloud": "/nowhere/0.fo3d", "front": "/nowhere/0.png"}
    dataset.add_samples([fo.Sample(filepath=file, group=one.element(name)) for name, file in files.items()])
    assert 'dataset.select_group_slices("front").clone()' in describe(dataset)["problem"]
    clone = dataset.select_group_slices("front").clone()
    assert (clone.media_type, describe(clone)["fields"], describe(clone)["problem"]) == ("image", [], None)
    clone.delete()
