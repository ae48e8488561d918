"""The settings of diffusion models: what is out of range is refused with the mend."""

from __future__ import annotations

import pytest

from plumb.models import Sampling


@pytest.mark.parametrize("wrong, said", [
    ({"steps": 0}, "steps is a whole number from 1, not 0"),
    ({"steps": 2.5}, "steps is a whole number from 1, not 2.5"),
    ({"steps": True}, "steps is a whole number from 1, not True"),
    ({"ensemble": 0}, "ensemble is a whole number from 1, not 0"),
    ({"ensemble": None}, "ensemble is a whole number from 1, not None"),
    ({"seed": -1}, "seed is a whole number from 0, not -1"),
    ({"seed": 2**53 + 1}, "seed is a whole number up to 9007199254740992, not 9007199254740993"),
    ({"processing_resolution": -1}, "processing_resolution is a whole number from 0, not -1"),
    ({"scheduler": "euler"}, "unknown scheduler 'euler'; use one of auto, ddim, lcm"),
    ({"uncertainty": True, "ensemble": 2}, "set ensemble to 3 or more, not 2"),
])  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_with_what_can(wrong, said):
    with pytest.raises(ValueError, match=said):
        Sampling(**wrong)


def test_what_is_left_open_is_the_checkpoints_own():
    assert Sampling() == Sampling(None, 1, 0, None, "auto", False, False)
    assert Sampling(steps=1, ensemble=3, seed=2**53, processing_resolution=0, uncertainty=True).steps == 1
