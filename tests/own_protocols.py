"""Protocols as users may define them: every one that is valid."""

from hypothesis import strategies as st

from plumb.alignment import ALIGNMENTS
from plumb.metrics import EIGHT_BIT_METRICS, METRICS
from plumb.protocols import SOURCES, Crop, Protocol

_NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9 ._-]{0,58}[A-Za-z0-9])?", fullmatch=True)
_LINES = st.text(max_size=30).filter(lambda words: words.isprintable() and words.strip())


@st.composite
def crops(draw: st.DrawFn) -> Crop:
    """Crops in pixels of a frame, and as fractions of any."""
    frame = draw(st.none() | st.tuples(st.integers(1, 9999), st.integers(1, 9999)))
    edges = []
    for side in frame or (1.0, 1.0):
        numbers = st.integers(0, side) if frame else st.floats(0, side)
        edges += sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
    return Crop(draw(_LINES), *edges, frame=frame)


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    """Protocols of both spaces."""
    space, table = draw(st.sampled_from([("metres", METRICS), ("8-bit", EIGHT_BIT_METRICS)]))
    low = high = cap = None
    if space == "metres":
        depths = st.floats(1e-6, 1e6, exclude_max=True)
        low, high = sorted(draw(st.lists(depths, min_size=2, max_size=2, unique=True)))
        cap = draw(st.none() | st.floats(low, 1e6, exclude_min=True))
    return Protocol(
        draw(_NAMES),
        ground_truth=draw(_LINES),
        source=draw(st.sampled_from(sorted(SOURCES))),
        space=space,
        min_depth=low,
        max_depth=high,
        cap=cap,
        crop=draw(st.none() | crops()),
        alignment=draw(st.sampled_from(["auto", "robust", *ALIGNMENTS])),
        metrics=draw(st.lists(st.sampled_from(list(table)), unique=True).map(tuple) | st.just("all")),
    )
