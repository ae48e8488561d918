"""Models on Replicate: what is sent, what comes back, what it costs. All against a local server of its protocol."""

from __future__ import annotations

import threading
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from plumb.depthmap import MAX_CODE, read_codes
from plumb.inference import Failed, ImageTask, Predicted, predict_files
from plumb.models import ModelError, ModelSpec, Sampling, StopRun, load_network
from plumb.models.replicate_catalog import HOSTED, PRICES, estimate
from plumb.models.replicate_http import ReplicateError
from plumb.models.replicate_model import ReplicateModel
from tests.replicate_models import (
    MARIGOLD,
    MIDAS,
    QUICK,
    assert_nothing_runs,
    assert_right,
    hosted,
    late_after,
    photo,
    values,
)
from tests.replicate_server import TOKEN, Answer, Plan, Reset, Slow, grey_16, png

OTHER = "somebody/depth-model:0123abcd"


def spec(source: str) -> ModelSpec:
    return ModelSpec("hosted", source, "replicate")


def test_marigolds_first_output_is_affine_depth_in_all_its_16_bits(server):
    model, image = hosted(MARIGOLD), photo()
    (prediction,) = model.infer([image])
    assert prediction.depth.quantity == "affine_depth"
    assert prediction.depth.values.shape == image.shape[:2]
    np.testing.assert_array_equal(np.rint(prediction.depth.values * 65535), grey_16(image))


def test_midas_picture_of_8_bits_is_inverse_depth_near_is_white(server):
    model, image = hosted(MIDAS), photo()
    (prediction,) = model.infer([image])
    assert prediction.depth.quantity == "inverse_depth"
    np.testing.assert_allclose(prediction.depth.values, (grey_16(image) >> 8) / 255, atol=1e-7)


def test_the_image_is_uploaded_without_loss_and_the_prediction_created_from_the_file(server):
    image = photo(size=(48, 64))
    hosted(MARIGOLD).infer([image])
    (name, file), *_ = server.files.items()
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1], image)
    (creation,) = server.calls("create")
    assert creation.json["version"] == MARIGOLD.partition(":")[2]
    assert creation.json["input"]["image"] == f"{server.url}/v1/files/{name}"


def test_every_request_is_written_by_replicates_own_client(server, monkeypatch):
    server.fault("create", Reset(after=True))
    server.plan = lambda image: Plan(("processing",))
    late_after(2, server, monkeypatch)
    with pytest.raises(ReplicateError, match="no result"):
        hosted().infer([photo()])
    wrote = {request.endpoint: request.headers["User-Agent"] for request in server.requests}
    version = metadata.version("replicate")
    assert wrote == dict.fromkeys(["upload", "create", "list", "get", "cancel"], f"replicate-python/{version}")


def test_requests_go_through_the_proxy_that_the_environment_names(server, monkeypatch):
    """Replicate's client alone would not know it."""
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("REPLICATE_BASE_URL", "http://replicate.invalid")
    with pytest.raises(ReplicateError, match="404"):  # as a proxy the server knows no page
        hosted().infer([photo()])
    assert [request.path for request in server.requests] == ["http://replicate.invalid/v1/files"]


def test_a_prediction_is_created_with_the_deadline_after_which_replicate_itself_ends_it(server):
    hosted(MARIGOLD).infer([photo()])
    assert server.calls("create")[0].headers["Cancel-After"] == "20s"


@pytest.mark.parametrize("source, settings, inputs", [
    (MIDAS, {}, {"model_type": "dpt_beit_large_512"}),
    (MARIGOLD, {}, {"num_infer": 1, "seed": 0}),  # the denoising steps are the model's own
    (MARIGOLD, {"steps": 50, "ensemble": 20, "seed": 7}, {"denoise_steps": 50, "num_infer": 20, "seed": 7}),
    (MARIGOLD, {"processing_resolution": 0}, {"num_infer": 1, "seed": 0, "resize_input": False}),
    (MARIGOLD, {"processing_resolution": 768}, {"num_infer": 1, "seed": 0, "resize_input": True}),
])  # fmt: skip
def test_settings_become_the_models_own_inputs(server, source, settings, inputs):
    model = hosted(source, **settings)
    model.infer([photo()])
    sent = server.calls("create")[0].json["input"]
    assert {name: value for name, value in sent.items() if name != "image"} == inputs == model.details()["inputs"]


@pytest.mark.parametrize("source, settings, named", [
    (MIDAS, {"steps": 4}, "no setting steps"),
    (MIDAS, {"ensemble": 2}, "no setting ensemble"),
    (MIDAS, {"processing_resolution": 512}, "no setting processing_resolution"),
    (MARIGOLD, {"steps": 51}, "steps from 1 to 50, not 51"),
    (MARIGOLD, {"ensemble": 21}, "ensemble from 1 to 20, not 21"),
    (MARIGOLD, {"processing_resolution": 512}, "768 or 0, not 512"),
    (MARIGOLD, {"scheduler": "lcm"}, "no setting scheduler"),
    (MARIGOLD, {"tiny_vae": True}, "no setting tiny_vae"),
    (MARIGOLD, {"ensemble": 3, "uncertainty": True}, "no setting uncertainty"),
    (OTHER, {"seed": 1}, "no setting seed"),
])  # fmt: skip
def test_a_setting_that_the_model_cannot_honour_is_refused_before_anything_is_sent(server, source, settings, named):
    with pytest.raises(ModelError, match=named):
        hosted(source, "affine_depth", **settings)
    assert server.requests == []


@pytest.mark.parametrize("quantity", ["affine_depth", "inverse_depth"])
def test_any_other_model_works_when_the_user_says_what_its_picture_means(server, quantity):
    (prediction,) = hosted(OTHER, quantity).infer([photo()])
    assert prediction.depth.quantity == quantity
    assert server.calls("create")[0].json == {"version": "0123abcd", "input": {"image": f"{server.url}/v1/files/file0"}}


@pytest.mark.parametrize("source, quantity", [(OTHER, "auto"), (OTHER, "depth"), (MIDAS, "depth"), (MIDAS, "height")])
def test_a_picture_whose_meaning_is_unknown_or_in_metres_is_refused(source, quantity):
    with pytest.raises(ModelError, match="set quantity to inverse_depth .* or affine_depth"):
        hosted(source, quantity)


@pytest.mark.parametrize("source", ["midas", "cjwbw/midas", "cjwbw/midas:", "a/b/c:d", "https://replicate.com/a/b:c"])
def test_a_name_without_owner_or_version_is_refused_with_an_example(source):
    with pytest.raises(ModelError, match="owner/name:version, such as cjwbw/midas:a6ba"):
        hosted(source, "affine_depth")


@pytest.mark.parametrize("token", [None, "", " \n"])
def test_without_a_token_the_error_says_where_to_put_one(token):
    with pytest.raises(ModelError, match="secret REPLICATE_API_TOKEN"):
        ReplicateModel.load(spec(MIDAS), token=token)


@pytest.mark.parametrize("token", ["r8_two words", "r8_\u00e9", "r8_line\nline"])
def test_a_token_that_no_header_can_hold_is_refused_and_not_quoted(token):
    with pytest.raises(ModelError, match="copy it again") as caught:
        ReplicateModel.load(spec(MIDAS), token=token)
    assert token not in str(caught.value)


def test_a_token_pasted_with_a_line_break_works(server):
    assert_right(ReplicateModel.load(spec(MARIGOLD), token=f" {TOKEN}\n", limits=QUICK), photo())


@pytest.mark.parametrize("address", ["ftp://here", "nonsense", "http://"])
def test_a_base_url_that_is_no_web_address_is_refused(monkeypatch, address):
    monkeypatch.setenv("REPLICATE_BASE_URL", address)
    with pytest.raises(ModelError, match="REPLICATE_BASE_URL"):
        hosted()


def test_the_model_comes_from_load_network_with_the_replicate_backend(server):
    model = load_network(spec(MARIGOLD), token=TOKEN)
    assert (model.name, model.device, model.precision) == ("hosted", server.url.removeprefix("http://"), "")
    assert (model.batch_size, model.largest_batch, model.in_flight) == (1, 1, 8)


def test_several_are_in_flight_and_results_keep_their_order(server):
    model, images = hosted(), [photo(seed) for seed in range(3)]
    finish = threading.Event()
    server.fault("get", *[Slow(finish)] * 3)
    running = [model.start([model.prepare(image)]) for image in images]
    server.wait_for(lambda: len(server.calls("get")) == 3)  # all are created and asked for, none is waited for
    finish.set()
    for one, image in zip(running, images, strict=True):
        np.testing.assert_array_equal(np.rint(one.result()[0].depth.values * 65535), grey_16(image))
    assert_nothing_runs(server)


def test_a_larger_batch_has_no_more_than_eight_predictions_under_way(server):
    model, images = hosted(), [photo(seed) for seed in range(12)]
    finish = threading.Event()
    server.fault("get", *[Slow(finish)] * 8)
    running = model.start([model.prepare(image) for image in images])
    server.wait_for(lambda: len(server.calls("get")) == 8)
    assert len(server.predictions) == 8
    finish.set()
    found = [np.rint(prediction.depth.values * 65535) for prediction in running.result()]
    np.testing.assert_array_equal(found, [grey_16(image) for image in images])


def test_details_tell_version_inputs_and_how_many_predictions_were_created_and_requests_repeated(server):
    model = hosted(MARIGOLD, steps=4)
    server.fault("get", Answer(500))
    model.infer([photo(1), photo(2)])
    assert model.details() == {
        "quantity": "affine_depth", "precision": "", "device": model.device, "weights": MARIGOLD, "version": MARIGOLD,
        "inputs": {"num_infer": 1, "denoise_steps": 4, "seed": 0}, "predictions_created": 2, "requests_repeated": 1,
    }  # fmt: skip


@pytest.mark.parametrize("source", list(HOSTED))
def test_a_known_models_cost_is_told_by_count_price_and_source(source):
    told = estimate(spec(source), 1200)
    price = PRICES[source]
    assert (told.count, told.dollars) == (1200, 1200 * price.dollars)
    page = f"https://replicate.com/{source.partition(':')[0]}"
    for part in (
        "1,200 predictions",
        f"${1200 * price.dollars:,.2f}",
        page,
        price.read,
        "billed to the token's account",
    ):
        assert part in told.sentence


def test_of_an_unknown_price_no_number_is_invented():
    told = estimate(spec(OTHER), 1)
    assert (told.count, told.dollars) == (1, None)
    assert "1 prediction on" in told.sentence and "$" not in told.sentence
    assert told.sentence.endswith("price: see https://replicate.com/somebody/depth-model")


def test_an_estimate_of_settings_that_cannot_be_is_refused_like_loading():
    with pytest.raises(ModelError, match="ensemble"):
        estimate(spec(MARIGOLD), 3, Sampling(ensemble=30))


def tasks(folder: Path, images: list[np.ndarray]) -> list[ImageTask]:
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number}.png")
    return [ImageTask(str(n), str(folder / f"{n}.png"), str(folder / "maps" / f"{n}.png")) for n in range(len(images))]


def test_predict_files_writes_every_map_and_reports_the_one_image_that_failed(server, tmp_path):
    images = [photo(seed, (12, 9)) for seed in range(5)]
    failed = Plan(("starting", "failed"), error="CUDA out of memory")
    server.plan = lambda image: failed if np.array_equal(image, images[3]) else Plan()
    server.fault("output", Answer(503))
    found = {one.task.key: one for one in predict_files(tasks(tmp_path, images), hosted())}
    assert isinstance(found.pop("3"), Failed)
    assert [type(found[key]) for key in "0124"] == [Predicted] * 4
    for key, one in found.items():
        depth = grey_16(images[int(key)]).astype(float)
        spread = 1 + (depth - depth.min()) / np.ptp(depth) * (MAX_CODE - 1)  # a relative map spans all codes
        np.testing.assert_allclose(read_codes(one.task.map_path), spread, atol=0.51)
    assert len(server.predictions) == 5
    assert_nothing_runs(server)


def test_in_batches_of_several_an_image_that_fails_costs_no_other_a_second_prediction(server, tmp_path):
    images = [photo(seed, (12, 9)) for seed in range(5)]
    server.plan = lambda image: Plan(("failed",)) if np.array_equal(image, images[1]) else Plan()
    found = list(predict_files(tasks(tmp_path, images), hosted(), batch_size=3))
    assert [type(one) for one in found] == [Predicted, Failed, Predicted, Predicted, Predicted]
    assert len(server.predictions) == 5
    assert_nothing_runs(server)


def test_predict_files_stops_at_a_refused_token_and_leaves_nothing_running(server, tmp_path):
    server.token = "another"
    with pytest.raises(StopRun, match="REPLICATE_API_TOKEN"):
        list(predict_files(tasks(tmp_path, [photo(seed) for seed in range(20)]), hosted()))
    assert len(server.requests) <= 8  # those that were in flight
    assert_nothing_runs(server)


def test_leaving_predict_files_cancels_what_is_in_flight(server, tmp_path):
    images = [photo(seed) for seed in range(12)]
    good = [image.tobytes() for image in images[:4]]
    server.plan = lambda image: Plan() if image.tobytes() in good else Plan(("processing",))
    outcomes = predict_files(tasks(tmp_path, images), hosted())
    assert next(outcomes).task.key == "0"
    outcomes.close()
    assert_nothing_runs(server)
    assert "canceled" in {state["status"] for state in server.predictions.values()}


def test_replicates_own_client_understands_the_server_of_these_tests(server, tmp_path):
    """Or the tests would prove nothing."""
    replicate = pytest.importorskip("replicate")
    Image.fromarray(photo()).save(tmp_path / "photo.png")
    client = replicate.Client(api_token=TOKEN, base_url=server.url)
    client.poll_interval = 0.001
    with open(tmp_path / "photo.png", "rb") as file:
        prediction = client.predictions.create(version=MIDAS.partition(":")[2], input={"image": file})
    prediction.wait()
    assert prediction.output == [f"{server.url}/outputs/p0/0", f"{server.url}/outputs/p0/1"]
    assert [found.id for found in client.predictions.list()] == ["p0"]
    with pytest.raises(replicate.exceptions.ReplicateError, match="Unauthenticated"):
        replicate.Client(api_token="another", base_url=server.url).predictions.get("p0")


def test_values_of_a_map_are_between_black_and_white(server):
    server.plan = lambda image: Plan(output=png(np.array([[0, 65535, 1]], np.uint16)))
    np.testing.assert_allclose(values(hosted(), photo(size=(1, 3))), [[0, 1, 1 / 65535]], rtol=1e-6)
