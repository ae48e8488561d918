"""Figures: what they say in words, what they draw, and that they leave nothing behind."""

import gc
import io
import math
import pickle
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plumb.figures import error_by_distance, histogram, model_against_model
from plumb.metrics import EIGHT_BIT_METRICS
from tests.small_evaluations import RULES, evaluation

NAN = math.nan
ROOT = Path(__file__).parents[1]


def model(field, factor=1.0, size=50, **changes):
    hard = np.random.default_rng(0).lognormal(-2, 0.5, size) * factor
    sums = [np.array([[10, 0.5 * factor, 9], [0, 0, 0], [30, 6.0 * factor, 20]])] * size
    return evaluation(field, {"abs_rel": hard, "delta1": 1 - hard, "rmse": 3 * hard}, sums=sums, **changes)


@pytest.fixture
def models():
    return [model("dpt"), model("marigold", 0.5, alignments=("lsq_depth",))]


def every_figure(models):
    yield error_by_distance(models)
    yield histogram(models, "rmse")
    yield model_against_model(*models, "rmse")


def words(figure):
    """All that stands in a figure, its lines joined."""
    from matplotlib.text import Text

    return " | ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))


def points(axes):
    return [dots.get_offsets().data for dots in axes.collections]


# --- all of them ---


def test_each_tells_the_protocol_the_models_and_their_alignments(models):
    for figure in every_figure(models):
        told = words(figure)
        assert RULES in told
        assert "dpt, lsq_disparity" in told and "marigold, lsq_depth" in told


def test_each_is_a_picture_of_6_by_4_inches_that_notebooks_can_show(models):
    for figure in every_figure(models):
        assert tuple(figure.get_size_inches()) == (6.0, 4.0)
        assert Image.open(io.BytesIO(figure._repr_png_())).size == (900, 600)
        assert pickle.loads(pickle.dumps(figure))._repr_png_()


def test_each_is_gone_when_nobody_holds_it(models):
    figures = [weakref.ref(figure) for figure in every_figure(models)]
    gc.collect()
    assert [figure() for figure in figures] == [None] * 3


def test_neither_matplotlib_nor_pyplot_is_loaded_before_it_is_needed():
    code = (
        "import sys, numpy as np; import plumb.figures, plumb.markup, plumb.export; "
        "print([name for name in ('matplotlib', 'pandas', 'pyarrow') if name in sys.modules]); "
        "from tests.test_figures import every_figure, model; [f._repr_png_() for f in every_figure([model('a')] * 2)]; "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:2] == ["[]", "False"]


@pytest.mark.parametrize(
    ("other", "message"), [({"protocol": "kitti"}, "protocol"), ({"gt_field": "gt_filled"}, "ground truth.*gt_filled")]
)
def test_evaluations_of_different_protocols_or_truths_are_not_drawn_together(other, message):
    both = [model("dpt"), model("other", **other)]
    for draw in (error_by_distance, lambda e: histogram(e, "rmse"), lambda e: model_against_model(*e, "rmse")):
        with pytest.raises(ValueError, match=message):
            draw(both)
    with pytest.raises(ValueError, match="there is no evaluation"):
        histogram([], "rmse")


def test_a_metric_that_is_not_there_is_named_with_those_that_are(models):
    for draw in (lambda: histogram(models, "speed"), lambda: model_against_model(*models, "speed")):
        with pytest.raises(ValueError, match="dpt has no metric 'speed'; choose from abs_rel, delta1, rmse"):
            draw()


# --- error by distance ---


def test_errors_stand_at_the_middle_of_their_band_and_empty_bands_are_left_out(models):
    top, middle, bottom = error_by_distance(models).axes
    first, second = top.lines
    assert first.get_xydata().tolist() == [[0.5, pytest.approx(0.05)], [2.5, pytest.approx(0.2)]]
    assert second.get_ydata().tolist() == pytest.approx([0.025, 0.1])
    assert middle.lines[0].get_ydata().tolist() == pytest.approx([0.9, 2 / 3])
    assert [bar.get_height() for bar in bottom.patches] == pytest.approx([0.25, 0, 0.75])
    assert bottom.get_xlabel().startswith("true distance [m]")
    assert first.get_color() != second.get_color() and first.get_marker() != second.get_marker()


EMPTY = np.zeros((8, 3))


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        (evaluation("r8", {"rmse": [3.0]}, metrics=EIGHT_BIT_METRICS), "its protocol is in 8 bit"),
        (evaluation("part", {"rmse": [3.0]}), "evaluated together, and these are a part of them; evaluate it again"),
        (evaluation("failed", {"rmse": [NAN]}, sums=[EMPTY]), "none of its images could be scored"),
        (evaluation("failed part", {"rmse": [NAN]}), "none of its images could be scored"),
        (evaluation("far", {"rmse": [3.0]}, sums=[EMPTY]), "all of its pixels are farther than 8 m"),
    ],
    ids=lambda value: getattr(value, "field", ""),
)
def test_an_evaluation_without_distances_is_named_with_the_reason(models, without, reason):
    with pytest.raises(ValueError, match=f"^{without.field} has no errors by distance: .*{reason}"):
        error_by_distance([*models, without])


# --- histogram ---


def test_every_image_with_a_value_is_in_the_histogram():
    dpt = evaluation("dpt", {"rmse": [*np.linspace(1, 2, 30), NAN]})
    (axes,) = histogram([dpt], "rmse").axes
    assert axes.patches[0].get_data().values.sum() == 30
    assert axes.get_xlabel().startswith("rmse [m] of an image")
    assert axes.lines[0].get_xdata()[0] == pytest.approx(1.5)  # the mean
    assert "farther" not in words(axes.figure)


def test_images_far_from_the_rest_do_not_squeeze_it_and_are_counted():
    values = [*np.random.default_rng(0).normal(1.0, 0.1, 500), 50.0, 60.0]
    (axes,) = histogram([evaluation("dpt", {"rmse": values})], "rmse").axes
    assert axes.get_xlim()[1] < 3
    assert axes.patches[0].get_data().values.sum() == 500
    assert "2 farther" in words(axes.figure)


def test_equal_values_and_a_single_one_can_be_drawn():
    for values in ([1.0], [1.0, 1.0, 1.0]):
        (axes,) = histogram([evaluation("dpt", {"rmse": values})], "rmse").axes
        drawn = axes.patches[0].get_data()
        assert drawn.values.sum() == len(values) and drawn.edges[0] < 1.0 < drawn.edges[-1]
    with pytest.raises(ValueError, match="dpt has no image with a value of rmse"):
        histogram([evaluation("dpt", {"rmse": [NAN]})], "rmse")


# --- model against model ---


@pytest.mark.parametrize(("metric", "a_is"), [("rmse", "below"), ("delta1", "above")])
def test_the_side_of_the_diagonal_where_a_model_is_better_carries_its_name_and_colour(metric, a_is):
    a = evaluation("a", {"rmse": [1.0, 2.0, 1.0, 3.0, 1.0], "delta1": [0.9, 0.8, 0.9, 0.7, 0.9]})
    b = evaluation("b", {"rmse": [2.0, 3.0, 4.0, 1.0, 1.0], "delta1": [0.8, 0.7, 0.6, 0.9, 0.9]})
    (axes,) = model_against_model(a, b, metric).axes
    below, above, on = points(axes)
    assert (below[:, 1] < below[:, 0]).all() and (above[:, 1] > above[:, 0]).all() and (on[:, 1] == on[:, 0]).all()
    assert (len(below), len(above)) == ((3, 1) if a_is == "below" else (1, 3))
    assert len(on) == 1
    at = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert (at["a is better"] < at["b is better"]) == (a_is == "below")
    assert "a is better on 60.0% of 5 images, tied on 20.0%" in axes.get_title()
    unit = " [m]" if metric == "rmse" else ""
    assert axes.get_xlabel() == f"{metric}{unit} of b, lsq_disparity"
    assert axes.get_ylabel() == f"{metric}{unit} of a, lsq_disparity"


def test_only_images_with_a_value_from_both_are_drawn_matched_by_their_sample():
    a = evaluation("a", {"rmse": [1.0, 2.0, NAN, 9.0]}, ids=["x", "y", "z", "only a"])
    b = evaluation("b", {"rmse": [5.0, 4.0, 3.0]}, ids=["z", "y", "x"])
    (axes,) = model_against_model(a, b, "rmse").axes
    assert sorted(np.concatenate(points(axes)).tolist()) == [[3.0, 1.0], [4.0, 2.0]]
    with pytest.raises(ValueError, match="no image has rmse from both a and c"):
        model_against_model(a, evaluation("c", {"rmse": [NAN, 1.0]}, ids=["x", "z"]), "rmse")


def test_images_that_the_two_were_scored_on_with_different_pixels_are_told_in_the_title():
    a = evaluation("a", {"rmse": [1.0, 2.0, 3.0]})
    b = evaluation("b", {"rmse": [2.0, 2.0, NAN]}, n_pixels=np.array([99, 100, 0]))
    (axes,) = model_against_model(a, b, "rmse").axes
    assert "1 of them scored on different pixels" in axes.get_title()
    (axes,) = model_against_model(a, evaluation("b", {"rmse": [2.0, 2.0, NAN]}), "rmse").axes
    assert "different pixels" not in axes.get_title()


@pytest.mark.parametrize(("smallest", "scale"), [(0.01, "log"), (0.5, "linear"), (0.0, "linear"), (-1.0, "linear")])
def test_the_axes_are_logarithmic_where_the_values_span_two_powers_of_ten(smallest, scale):
    a, b = evaluation("a", {"rmse": [smallest, 2.0]}), evaluation("b", {"rmse": [1.0, 1.0]})
    (axes,) = model_against_model(a, b, "rmse").axes
    assert (axes.get_xscale(), axes.get_yscale()) == (scale, scale)
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlim()[0] < smallest and axes.get_xlim()[1] > 2.0
