"""`dataset.apply_model(plumb.models.load(name), field)`: the maps of `predict_depth`, by FiftyOne's own loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plumb.depthmap import MapFile, encode_millimetres, read_codes
from plumb.images import read_rgb
from plumb.jobs import finish
from tests.map_datasets import write_label
from tests.tiny_models import save

pytestmark = pytest.mark.usefixtures("one_thread")

HEIGHT, WIDTH = 18, 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    return str(save("dpt", tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture
def model(fo, folder):
    from plumb.models import load

    return load(folder)


@pytest.fixture(autouse=True)
def maps(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("PLUMB_MAPS_DIR", str(tmp_path / "maps"))
    return tmp_path / "maps"


@pytest.fixture
def dataset(fo, dataset_name, tmp_path):
    """Pictures of many kinds, of which FiftyOne reads some otherwise than the App shows them, and of two sizes."""
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.fromarray(noise[..., :3]).save(tmp_path / "colour.png")
    Image.fromarray(noise[..., 0]).save(tmp_path / "grey.png")
    Image.fromarray(noise).save(tmp_path / "transparent.png")
    Image.fromarray(noise[..., :3]).save(tmp_path / "turned.jpg", exif=exif)
    Image.fromarray(noise[..., :3]).save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(noise[..., 0].astype(np.uint16)).save(tmp_path / "deep.png")  # all black to OpenCV
    Image.frombytes("CMYK", (WIDTH, HEIGHT), noise.tobytes()).save(tmp_path / "print.jpg")
    dataset = fo.Dataset(dataset_name)
    dataset.add_samples([fo.Sample(filepath=str(path)) for path in sorted(tmp_path.glob("*.*"))])
    return dataset


def labels(collection, field: str) -> list:
    return [sample[field] for sample in collection]


def decoded(label) -> np.ndarray:
    return MapFile(label.map_path, label.quantity, label.scale, label.offset, label.unit).read()


@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_maps_are_those_of_predict_depth_whatever_the_kind_of_picture(dataset, model, folder, batch_size):
    from plumb.datasets.predicting import predict_depth

    finish(predict_depth(dataset, folder, "ours", batch_size=1))
    dataset.apply_model(model, "depth", batch_size=batch_size, skip_failures=False)
    for applied, ours in zip(labels(dataset, "depth"), labels(dataset, "ours"), strict=True):
        values, expected = decoded(applied), decoded(ours)
        assert values.shape == expected.shape in {(HEIGHT, WIDTH), (WIDTH, HEIGHT)}
        np.testing.assert_allclose(values, expected, atol=1e-3 * np.ptp(expected))
        assert (applied.quantity, applied.unit) == (ours.quantity, ours.unit) == ("inverse_depth", None)
        np.testing.assert_allclose(applied.range, ours.range, atol=70)
        assert read_codes(applied.map_path).max() == 65535
        assert applied.run == "apply_model"


def test_a_field_of_apply_model_can_be_evaluated(fo, dataset, model, maps):
    from plumb.datasets.evaluating import evaluate_depth
    from plumb.datasets.fields import depth_fields

    for sample in dataset:
        shape = read_rgb(sample.filepath).shape[:2]
        millimetres = np.random.default_rng(1).integers(1000, 5000, shape).astype(np.uint16)
        sample["gt_depth"] = write_label(maps, encode_millimetres(millimetres))
        sample["attention"] = fo.Heatmap(map=np.zeros(shape, np.uint8))
        sample.save()
    dataset.add_dynamic_sample_fields("gt_depth")
    dataset.apply_model(model, "depth")
    assert sorted(depth_fields(dataset.limit(2))) == ["depth", "gt_depth"]
    report = finish(evaluate_depth(dataset, ["depth"], metrics=["abs_rel"]))
    assert report["depth"]["scored"] == len(dataset) == dataset.count("depth.abs_rel")


def test_a_view_gets_maps_alone_and_predict_depth_does_not_mix_its_own_with_them(dataset, model, folder):
    from plumb.datasets.predicting import predict_depth

    dataset.take(2, seed=51).apply_model(model, "depth", batch_size=2)
    assert dataset.count("depth") == 2
    with pytest.raises(ValueError, match="apply_model"):
        finish(predict_depth(dataset, folder, "depth"))


def test_each_apply_model_writes_new_files(dataset, model, maps):
    view = dataset.limit(2)
    view.apply_model(model, "depth")
    first = {label.map_path: Path(label.map_path).read_bytes() for label in labels(view, "depth")}
    view.apply_model(model, "depth", batch_size=2)
    second = {label.map_path for label in labels(view, "depth")}
    assert len(first) == len(second) == 2 and not second & set(first)
    assert all(Path(path).read_bytes() == content for path, content in first.items())
    assert all(maps in Path(path).parents for path in second)


def test_a_picture_that_cannot_be_read_is_skipped_or_raised_as_asked(dataset, model):
    broken = dataset.match({"filepath": {"$regex": "colour"}}).first()
    Path(broken.filepath).write_bytes(Path(broken.filepath).read_bytes()[:50])
    dataset.apply_model(model, "depth", skip_failures=True)
    assert dataset.count("depth") == len(dataset) - 1
    broken.reload()
    assert broken["depth"] is None
    with pytest.raises(Exception, match="colour.png"):
        dataset.apply_model(model, "depth", skip_failures=False)


def test_an_output_folder_gets_copies_of_16_bits(dataset, model, tmp_path):
    dataset.apply_model(model, "depth", output_dir=str(tmp_path / "out"))
    for sample in dataset:
        copy = tmp_path / "out" / f"{Path(sample.filepath).stem}.png"
        if "turned" not in sample.filepath:  # two of that name
            np.testing.assert_array_equal(read_codes(copy), read_codes(sample["depth"].map_path))
    assert len(list((tmp_path / "out").iterdir())) == len(dataset)


def test_a_bare_array_gives_codes_in_memory(model, maps):
    rgb = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    grey, transparent = rgb[..., 0], np.dstack([rgb, rgb[..., :1]])
    label, of_grey, of_transparent = model.predict_all([rgb, grey, transparent])
    [expected] = model.network.infer([rgb])
    assert label.map.dtype == np.uint16 and label.map_path is None and label.range[1] > label.range[0] >= 1
    values, expected = label.offset + label.scale * label.map.astype(float), expected.depth.values
    np.testing.assert_allclose(values, expected, atol=1e-3 * np.ptp(expected))
    np.testing.assert_array_equal(of_transparent.map, label.map)
    np.testing.assert_allclose(of_grey.map.astype(int), model.predict(np.dstack([grey] * 3)).map.astype(int), atol=70)
    assert not maps.exists()
    with pytest.raises(ValueError, match="uint8"):
        model.predict(rgb / 255)
