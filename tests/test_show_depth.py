"""`show_depth` and what import and prediction set: what a dataset stores of how the App paints its maps."""

from __future__ import annotations

import asyncio

import pytest

URI = "@plumb/depth/show_depth"


@pytest.fixture
def dataset(fo, dataset_name):
    """Two depth fields, one with uncertainty, and boxes; what the App stores is the user's."""
    from plumb.datasets.fields import declare_map_field, declare_uncertainty_field

    made = fo.Dataset(dataset_name)
    made.add_sample(fo.Sample(filepath="/nowhere/picture.png", boxes=fo.Detections()))
    for field in ("truth", "guess"):
        declare_map_field(made, field)
    declare_uncertainty_field(made, "guess_uncertainty")
    return made


@pytest.fixture
def show(foo, dataset):
    """Call the operator from Python; its result, or the error."""

    def run(**params):
        return foo.get_operator(URI)(dataset, **params).result

    return run


def colormaps(dataset) -> dict[str, str]:
    dataset.reload()
    return {scale["path"]: scale["name"] for scale in dataset.app_config.color_scheme.colorscales or []}


# -- what it stores ----------------------------------------------------------------------------------------------


def test_what_was_set_is_stored_with_the_dataset_and_returned(show, dataset):
    result = show(fields=["truth"], colormap="turbo", uncertainty_colormap="magma", opacity=0.5)
    names = {"truth": "turbo", "guess": "turbo", "guess_uncertainty": "magma"}
    assert result == {"fields": ["truth"], "colormaps": names, "opacity": 0.5, "color_by_value": True}
    assert colormaps(dataset) == names
    scheme, active = dataset.app_config.color_scheme, dataset.app_config.active_fields
    assert (scheme.opacity, scheme.color_by) == (0.5, "value")
    assert (active.paths, active.exclude) == (["boxes", "truth"], False)


def test_what_is_not_given_stays_as_it_was(show, dataset):
    show(fields=["truth", "guess"], colormap="turbo", opacity=0.3)
    result = show(colormap={"guess": "inferno"})
    assert result["colormaps"] == {"truth": "turbo", "guess": "inferno"}
    assert (result["fields"], result["opacity"]) == (["truth", "guess"], 0.3)


def test_maps_are_switched_off_by_an_empty_list_and_other_labels_stay_on(show, dataset):
    show(fields=["guess", "guess_uncertainty"])
    assert show(fields=[])["fields"] == []
    dataset.reload()
    assert dataset.app_config.active_fields.paths == ["boxes"]


def test_the_users_other_colours_stay_as_they_are(fo, show, dataset):
    own = [{"value": 0.0, "color": "#000000"}, {"value": 1.0, "color": "#ff0000"}]
    fields = [{"path": "boxes", "fieldColor": "#00ff00"}]
    before = fo.ColorScheme(
        color_pool=["#123456"],
        fields=fields,
        label_tags={"fieldColor": "#0000ff"},
        show_skeletons=False,
        colorscales=[{"path": "boxes", "name": "hot"}, {"path": "truth", "list": own}],
    )
    dataset.app_config.color_scheme = before
    dataset.save()
    show(colormap={"guess": "Spectral"})
    dataset.reload()
    after = dataset.app_config.color_scheme
    assert (list(after.color_pool), after.fields[0]["fieldColor"]) == (["#123456"], "#00ff00")
    assert (after.label_tags["fieldColor"], after.show_skeletons) == ("#0000ff", False)
    assert colormaps(dataset) == {"boxes": "hot", "truth": None, "guess": "Spectral"}
    assert after.colorscales[1]["list"] == own


def test_colour_by_value_can_be_switched_off_and_comes_back_with_the_next_call(show):
    assert not show(color_by_value=False)["color_by_value"]
    assert show(opacity=1)["color_by_value"]


@pytest.mark.parametrize(
    ("given", "stored"), [("grey", "gray"), ("TURBO", "turbo"), ("spectral", "Spectral"), ("Viridis_r", "Viridis_r")]
)
def test_every_colormap_of_the_apps_has_its_own_name(show, given, stored):
    from fiftyone.core.plots.plotly import get_colormap

    assert show(colormap=given)["colormaps"]["truth"] == stored
    assert len(get_colormap(stored)) == 256, "the App's server makes its colours by that name"


def test_every_colormap_of_the_form_is_one_that_the_app_has(foo):
    from fiftyone.core.plots.plotly import get_colormap

    from plumb.datasets.appearance import COLORMAPS

    assert {"turbo", "viridis", "magma", "inferno", "cividis", "Spectral", "gray"} == set(COLORMAPS)
    assert all(len(set(map(tuple, get_colormap(name)))) > 200 for name in COLORMAPS)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"fields": ["boxes"]}, "has no maps of Plumb's in 'boxes'; it has truth, guess, guess_uncertainty"),
        ({"fields": "truth"}, "fields is a list of names, not 'truth'"),
        ({"colormap": "sunshine"}, "the App has no colormap 'sunshine'; choose viridis, magma"),
        ({"colormap": {"nothing": "turbo"}}, "has no maps of Plumb's in 'nothing'"),
        ({"colormap": {"truth": 3}}, "a colormap is a name such as 'viridis', not 3"),
        ({"uncertainty_colormap": "sunshine"}, "the App has no colormap 'sunshine'"),
        ({"opacity": 1.5}, "opacity goes from 0 to 1, not 1.5"),
        ({"opacity": float("nan")}, "opacity goes from 0 to 1, not nan"),
        ({"opacity": "much"}, "opacity is a number from 0 to 1, not 'much'"),
        ({"color_by_value": "no"}, "color_by_value is true or false, not 'no'"),
    ],
)
def test_a_wrong_parameter_is_one_clear_message_and_changes_nothing(foo, execute, dataset, params, error):
    before = dataset.app_config.to_dict()
    with pytest.raises(foo.executor.ExecutionError) as raised:
        execute("show_depth", {"dataset": dataset}, **{"opacity": 0.1, **params})
    assert error in str(raised.value)
    dataset.reload()
    assert dataset.app_config.to_dict() == before


def test_a_dataset_without_maps_is_told_what_to_do_first(fo, foo, execute, dataset_name):
    empty = fo.Dataset(dataset_name)
    with pytest.raises(foo.executor.ExecutionError, match="has no maps of Plumb's: import scenes or predict depth"):
        execute("show_depth", {"dataset": empty}, opacity=1)


# -- the form ----------------------------------------------------------------------------------------------------


def test_the_form_begins_with_what_is_shown_now(resolve, show, dataset):
    show(fields=["guess"], colormap="magma", uncertainty_colormap="turbo", opacity=0.4)
    form, valid, _ = resolve("show_depth", dataset)
    properties = form.type.properties
    defaults = {name: properties[name].default for name in properties}
    expected = {"fields": ["guess"], "colormap": "magma", "uncertainty_colormap": "turbo", "opacity": 0.4}
    assert valid and defaults == {**expected, "color_by_value": True}


def test_the_form_names_colormaps_that_differ_and_keeps_them_unless_one_is_chosen(resolve, show, dataset):
    show(colormap={"truth": "magma", "guess": "turbo"})
    form, _, text = resolve("show_depth", dataset)
    assert form.type.properties["colormap"].default is None
    assert "Now truth magma, guess turbo; none chosen keeps them" in text


def test_the_form_says_what_is_missing(fo, resolve, dataset_name):
    assert "There is no dataset to work on" in resolve("show_depth")[2]
    assert "No depth maps here yet" in resolve("show_depth", fo.Dataset(dataset_name))[2]


# -- import and prediction ---------------------------------------------------------------------------------------


def test_import_and_prediction_paint_by_value_and_all_depth_maps_alike(ready):
    ready.reload()
    assert ready.app_config.color_scheme.color_by == "value"
    assert colormaps(ready) == {"gt_depth": "viridis", "dpt": "viridis"}


def test_a_new_map_gets_the_colormap_that_was_chosen_for_the_others_and_uncertainty_another(show, dataset):
    from plumb.datasets.appearance import show_maps

    show(colormap={"truth": "turbo"}, opacity=0.2)
    show_maps(dataset, "guess")
    assert colormaps(dataset) == {"truth": "turbo", "guess": "turbo", "guess_uncertainty": "cividis"}
    assert dataset.app_config.color_scheme.opacity == 0.2
    show(colormap={"guess": "magma"})
    show_maps(dataset, "guess")
    assert colormaps(dataset)["guess"] == "magma", "what was chosen stays"


def test_a_colormap_that_was_chosen_for_all_heatmaps_stays_that_of_maps(fo, dataset):
    from plumb.datasets.appearance import show_maps

    dataset.app_config.color_scheme = fo.ColorScheme(default_colorscale={"name": "hot", "list": None})
    dataset.save()
    show_maps(dataset, "guess")
    assert colormaps(dataset) == {}


# -- a page that is open -----------------------------------------------------------------------------------------


def colors(color_by="value", opacity=0.8, **names):
    from plumb.datasets.appearance import Colors

    return Colors(color_by, opacity, {field: {"name": name, "list": None} for field, name in names.items()})


def test_a_page_gets_what_was_stored_meanwhile_but_keeps_what_its_user_changed(fo):
    before = colors(truth="viridis", guess="viridis")
    now = colors(opacity=0.5, truth="turbo", guess="turbo", new="turbo")
    page = colors(opacity=0.8, truth="viridis", guess="magma", mine="hot")
    assert page.updated(before, now) == colors(opacity=0.5, truth="turbo", guess="magma", new="turbo", mine="hot")
    page = colors(color_by="field", opacity=0.1)
    assert page.updated(before, before) == page, "nothing was stored: all is the user's, removed colormaps too"
    assert page.updated(None, now) == colors("field", 0.1, truth="turbo", guess="turbo", new="turbo")


def test_a_page_is_told_the_colours_themselves(fo):
    (scale,) = colors(truth="gray").parameters()["colorscales"]
    assert (scale["path"], scale["name"], len(scale["rgb"]), scale["rgb"][0]) == ("truth", "gray", 256, [0, 0, 0])


def restored(foo, dataset) -> list[str]:
    """The App's operators that a page of this dataset is told to run when it is loaded."""
    from fiftyone.operators.executor import ExecutionContext, Executor

    async def messages():
        operator = foo.get_operator("@plumb/depth/restore_colors")
        ctx = ExecutionContext({"dataset_name": dataset.name, "params": {}}, executor=Executor())
        stream = await operator.execute(ctx)
        return [message.to_json()["body"]["operator_uri"] async for message in stream]

    return asyncio.run(messages())


def test_a_page_that_is_loaded_gets_back_only_colormaps_that_the_app_has_lost(fo, foo, show, dataset):
    assert restored(foo, dataset) == [], "nothing is stored"
    show(colormap="viridis")
    assert restored(foo, dataset) == [], "all maps are in the App's own colormap"
    show(colormap="turbo", fields=[])
    assert restored(foo, dataset) == ["set_color_scheme"]
    show(fields=["truth"])
    assert restored(foo, dataset) == ["set_color_scheme", "reload_samples"], "what is seen is painted anew"


def test_clicked_it_tells_the_page_what_to_paint_and_makes_pictures_anew_only_for_a_new_colormap(click, show, dataset):
    def told(**params):
        messages, error = click("show_depth", dataset, **params)
        assert error is None
        return {message["body"]["operator_uri"]: message["body"]["params"] for message in messages}

    show(colormap="turbo")
    calls = told(opacity=0.5, fields=["guess"], colormap="turbo")
    assert list(calls) == ["set_color_scheme", "set_active_fields"]
    assert calls["set_color_scheme"]["opacity"] == 0.5
    assert calls["set_active_fields"] == {"fields": ["guess"]}, "this page shows no other labels"
    assert list(told(colormap="magma")) == ["set_color_scheme", "reload_samples"]
    assert set(colormaps(dataset).values()) == {"magma"}
    assert "has no maps of Plumb's in 'boxes'" in click("show_depth", dataset, fields=["boxes"])[1]


def test_a_dataset_without_plumbs_maps_is_left_alone(fo, foo, dataset_name):
    other = fo.Dataset(dataset_name)
    other.app_config.color_scheme = fo.ColorScheme(colorscales=[{"path": "heat", "name": "hot"}])
    other.save()
    assert restored(foo, other) == []


def test_the_operator_that_restores_is_not_listed_and_runs_when_a_dataset_is_opened(foo):
    config = foo.get_operator("@plumb/depth/restore_colors").config
    assert config.unlisted and config.on_dataset_open
