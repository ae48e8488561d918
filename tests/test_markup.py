"""The summary in Markdown and LaTeX: what is bold, what stands in the caption, and that it compiles."""

import math
import re
import shutil
import subprocess

import numpy as np
import pytest

from plumb.markup import compared_markdown, latex, markdown
from plumb.metrics import EIGHT_BIT_METRICS
from tests.small_evaluations import RULES, evaluation

NAN = math.nan


def rows(text):
    """The cells of a Markdown table by the first one of their row."""
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"]
    return {name: rest for name, *rest in cells}


def values(mean, spread=0.0):
    return [mean - spread, mean + spread]


# --- which values are bold ---


def test_the_best_value_is_bold_in_the_direction_of_its_metric():
    a = evaluation("a", {"abs_rel": values(0.1), "delta1": values(0.8)})
    b = evaluation("b", {"abs_rel": values(0.2), "delta1": values(0.9)})
    found = rows(markdown([a, b]))
    assert found["metric"] == ["a", "b"]
    assert found["abs_rel ↓"] == ["**0.100** [0.100, 0.100]", "0.200 [0.200, 0.200]"]
    assert found["delta1 ↑"] == ["0.800 [0.800, 0.800]", "**0.900** [0.900, 0.900]"]


def test_values_that_look_alike_are_bold_together():
    a, b = evaluation("a", {"abs_rel": values(0.20001)}), evaluation("b", {"abs_rel": values(0.20002)})
    assert [cell[:9] for cell in rows(markdown([a, b]))["abs_rel ↓"]] == ["**0.200**"] * 2


def test_one_evaluation_alone_is_not_the_best():
    text = markdown([evaluation("a", {"abs_rel": values(0.1)})])
    assert "**" not in text and "bold" not in text


def test_a_metric_that_the_columns_have_for_different_images_ranks_nobody_and_says_for_how_many():
    a = evaluation("a", {"abs_rel": [0.1, 0.1, 0.1], "boundary_f1": [0.5, 0.5, NAN]})
    b = evaluation("b", {"abs_rel": [0.2, 0.2, 0.2], "boundary_f1": [0.6, 0.6, 0.6]})
    found = rows(markdown([a, b]))
    assert found["boundary_f1 ↑"] == ["0.500 [0.500, 0.500] (n = 2)", "0.600 [0.600, 0.600]"]
    assert found["abs_rel ↓"][0].startswith("**")


def test_a_metric_that_one_lacks_has_a_dash_there():
    a, b = evaluation("a", {"abs_rel": values(0.1), "rmse": values(1.0)}), evaluation("b", {"abs_rel": values(0.2)})
    assert rows(markdown([a, b]))["rmse [m] ↓"] == ["1.000 [1.000, 1.000]", "–"]


def test_what_is_not_comparable_stands_in_tables_of_its_own_and_does_not_compete():
    dpt = evaluation("dpt", {"rmse": values(0.5)})
    metric = evaluation("metric", {"rmse": values(0.1)}, alignments=("none",))
    levels = evaluation("dpt", {"rmse": values(40.0)}, metrics=EIGHT_BIT_METRICS, protocol="r8", eval_key="r8")
    text = markdown([dpt, metric, levels])
    assert "**" not in text
    assert [line for line in text.splitlines() if line.startswith("| metric |")] == [
        "| metric | dpt |",
        "| metric | metric |",
        "| metric | dpt (r8) |",
    ]
    assert rows(text)["rmse [8-bit levels] ↓"] == ["40.00 [40.00, 40.00]"]


@pytest.mark.parametrize("render", [markdown, latex])
def test_models_that_were_scored_on_different_pixels_share_a_table_that_ranks_none_of_them_and_says_why(render):
    a = evaluation("a", {"abs_rel": values(0.1)})
    b = evaluation("b", {"abs_rel": values(0.2)}, n_pixels=np.array([100, 99]))
    both, alone = render([a, b]), render([a, a])
    why = "none is bold, for they were scored on different pixels"
    assert why in both and "**" not in both and "textbf" not in both
    assert why not in alone and ("**" in alone or "textbf" in alone)


def test_models_scored_against_different_truths_do_not_compete():
    a = evaluation("a", {"abs_rel": values(0.1)})
    b = evaluation("b", {"abs_rel": values(0.2)}, gt_field="gt_filled")
    text = markdown([a, b])
    assert "**" not in text and text.count("| metric |") == 2
    assert "ground truth in gt_depth." in text and "ground truth in gt_filled." in text


# --- what is told ---


def test_the_line_above_the_table_tells_protocol_alignment_and_number_of_images():
    a = evaluation("a", {"abs_rel": [0.1, 0.2, NAN]})
    b = evaluation("b", {"abs_rel": [0.1, 0.2, NAN]}, alignments=("lsq_depth",))
    caption, blank, head = markdown([a, b]).splitlines()[:3]
    assert caption.startswith(f"{RULES}. The alignment takes scale and shift from the ground truth ")
    assert "(lsq_depth, lsq_disparity). 2 images. Mean with its 95 % bootstrap interval, the best in bold." in caption
    assert (blank, head) == ("", "| metric | a | b |")


def test_below_the_metrics_stand_alignment_and_counts():
    a = evaluation("a", {"abs_rel": [0.1, NAN]}, missing_pixels=12345, on_filled=1)
    found = rows(markdown([a]))
    assert found["alignment"] == ["lsq_disparity"]
    assert (found["images scored"], found["not scored"], found["flipped"]) == (["1"], ["1"], ["0"])
    assert (found["on filled depth"], found["pixels without prediction"]) == (["1"], ["12,345"])


def test_where_nothing_was_scored_dashes_stand_and_no_zero():
    found = rows(markdown([evaluation("a", {"abs_rel": [NAN]})]))
    assert found["abs_rel ↓"] == ["–"]


@pytest.mark.parametrize(
    ("mean", "shown"), [(0.0, "0.000"), (0.1234, "0.123"), (1.2345, "1.234"), (18.8, "18.80"), (0.01234, "0.0123")]
)
def test_three_or_four_digits_are_shown(mean, shown):
    assert rows(markdown([evaluation("a", {"abs_rel": [mean]})]))["abs_rel ↓"] == [shown]


def test_numbers_too_small_to_tell_from_0_stay_short():
    assert rows(markdown([evaluation("a", {"abs_rel": [1e-17]})]))["abs_rel ↓"] == ["0.000000"]


def test_markup_within_names_and_protocols_is_escaped():
    a = evaluation("a", {"abs_rel": [0.1]}, eval_key="x|y", protocol="mine: <b>truth</b> *of* 0.1 < g")
    lines = markdown([a]).splitlines()
    assert lines[0].startswith(r"mine: \<b>truth\</b> \*of\* 0.1 < g; ground truth in gt_depth. ")
    assert lines[2] == r"| metric | a (x\|y) |"


# --- two models ---


def test_the_better_mean_is_bold_only_where_the_interval_leaves_out_0():
    rng = np.random.default_rng(0)
    hard = rng.lognormal(-2, 0.5, 100)
    a = {"abs_rel": hard, "delta1": 1 - hard, "rmse": hard}
    b = {"abs_rel": hard * 1.1, "delta1": 1 - hard * 0.9, "rmse": rng.permutation(hard)}
    found = rows(compared_markdown(evaluation("a", a), evaluation("b", b)))
    assert found["metric"] == ["a", "b", "difference", "won by a", "tied", "images"]
    assert [cell.startswith("**") for cell in found["abs_rel ↓"][:2]] == [True, False]
    assert [cell.startswith("**") for cell in found["delta1 ↑"][:2]] == [False, True]
    assert [cell.startswith("**") for cell in found["rmse [m] ↓"][:2]] == [False, False]
    assert found["abs_rel ↓"][3:] == ["100.0%", "0.0%", "100"]
    assert re.fullmatch(r"-0\.0\d+ \[-0\.0\d+, -0\.0\d+\]", found["abs_rel ↓"][2])


def test_of_a_pair_that_was_scored_on_different_pixels_neither_is_bold_and_the_images_are_counted():
    better, worse = {"abs_rel": [0.1, 0.1, 0.1]}, {"abs_rel": [0.2, 0.2, 0.2]}
    a, b = evaluation("a", better), evaluation("b", worse, n_pixels=np.array([100, 90, 100]))
    text = compared_markdown(a, b)
    assert "**" not in text and "Neither is bold where some of the images were scored on different pixels." in text
    assert rows(text)["abs_rel ↓"][5] == "3 (1 on different pixels)"
    again = compared_markdown(a, evaluation("b", worse))
    assert "**0.100**" in again and "different pixels" not in again


def test_a_pair_with_one_image_or_none_in_common_has_no_interval():
    a, b = evaluation("a", {"abs_rel": [0.1, 0.2]}), evaluation("b", {"abs_rel": [0.3, NAN]})
    assert rows(compared_markdown(a, b))["abs_rel ↓"] == ["0.100", "0.300", "-0.200", "100.0%", "0.0%", "1"]
    nothing = evaluation("b", {"abs_rel": [NAN, NAN]})
    assert rows(compared_markdown(a, nothing))["abs_rel ↓"] == ["–"] * 5 + ["0"]


# --- LaTeX ---


@pytest.fixture
def awkward():
    """Evaluations with everything that LaTeX takes for its own."""
    protocol = r"100%_mine: $a$ & #1 {b} ~ ^ \input <x> 'y', 0.1 < g < 8 m"
    a = evaluation("dpt_v2", {"abs_rel": values(0.1), "masked_psnr": values(-3.0, 1.0)}, protocol=protocol)
    b = evaluation("b", {"abs_rel": values(0.2), "masked_psnr": [4.0, NAN]}, protocol=protocol, eval_key="k_1")
    return [a, b, evaluation("c", {"rmse": values(0.4, 0.1)})]


def test_latex_has_a_table_for_what_is_comparable_with_its_rules_in_the_caption(awkward):
    text = latex(awkward)
    for mark in (r"\begin{table}", r"\toprule", r"\bottomrule", r"\caption{", r"\begin{tabular}{l", r"\end{table}"):
        assert text.count(mark) == 2
    assert r"\begin{tabular}{lrr}" in text and r"\begin{tabular}{lr}" in text
    assert r"\textbf{0.100} {\scriptsize [0.100, 0.100]} & 0.200 {\scriptsize [0.200, 0.200]} \\" in text
    assert r"$-$3.000 {\scriptsize [$-$4.000, $-$2.000]}" in text
    assert r"\caption{100\%\_mine: \$a\$ \& \#1 \{b\} \textasciitilde{} \textasciicircum{} " in text
    assert r"\textbackslash{}input $<$x$>$ 'y', 0.1 $<$ g $<$ 8 m; ground truth in gt\_depth. The" in text
    assert r"metric & dpt\_v2 & b (k\_1) \\" in text


def test_latex_rows_have_as_many_cells_as_columns_and_braces_close(awkward):
    text = latex(awkward)
    for table in text.split(r"\begin{table}")[1:]:
        (columns,) = re.findall(r"\\begin\{tabular\}\{l(r+)\}", table)
        body = [line for line in table.splitlines() if line.endswith(r"\\")]
        assert len(body) > 8
        assert {len(re.findall(r"(?<!\\)&", line)) for line in body} == {len(columns)}
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")


def test_latex_compiles(awkward, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex on this machine")
    document = r"\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}" + "\n"
    wide = [evaluation(f"a_model_of_a_long_name_{n}", {"abs_rel": values(0.1)}, protocol="wide") for n in range(8)]
    (tmp_path / "t.tex").write_text(document + latex([*awkward, *wide]) + r"\end{document}", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout
    assert "Overfull" not in made.stdout
