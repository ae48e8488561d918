"""The size of batches: doubled while that pays, halved where memory runs out, told by a clock that the test holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.batch_size import BatchSize


class Machine:
    """Takes `fixed` seconds for a batch and `each` for an image, has room for `room` images, and holds the clock."""

    def __init__(self, fixed: float, each: float, room: int = 1000):
        self.fixed, self.each, self.room, self.now = fixed, each, room, 0.0

    def run(self, size: BatchSize, batches: int) -> None:
        for _ in range(batches):
            images = size.size
            if images > self.room:
                size.out_of_memory(images)
                continue
            self.now += self.fixed + self.each * images
            size.ran(images)


def found(machine: Machine, first: int, largest: int, batches: int = 100) -> int:
    size = BatchSize(first, largest, clock=lambda: machine.now)
    machine.run(size, batches)
    return size.size


def test_a_size_grows_to_the_largest_where_batches_cost_more_than_images():
    assert found(Machine(fixed=1.0, each=0.001), first=8, largest=64) == 64


def test_a_size_stays_where_a_larger_batch_is_no_faster():
    assert found(Machine(fixed=0.0, each=1.0), first=8, largest=64) == 8


def test_a_size_stops_growing_where_that_ceases_to_pay():
    assert found(Machine(fixed=1.0, each=1.0), first=1, largest=1024) in (16, 32)


def test_a_size_that_was_asked_for_is_kept():
    assert found(Machine(fixed=1.0, each=0.001), first=5, largest=5) == 5


@pytest.mark.parametrize("room", [1, 3, 8, 20, 63])
def test_a_size_that_memory_refused_is_not_tried_again_and_all_that_fits_is_used(room):
    machine = Machine(fixed=1.0, each=0.001, room=room)
    size = BatchSize(8, 64, clock=lambda: machine.now)
    machine.run(size, 50)
    assert size.largest <= room and size.size > room // 4
    before = size.size
    machine.run(size, 50)
    assert before <= size.size <= room


def test_batches_that_are_not_whole_tell_nothing_of_the_speed():
    machine = Machine(fixed=1.0, each=0.001)
    size = BatchSize(8, 64, clock=lambda: machine.now)
    for _ in range(50):
        machine.now += 1
        size.ran(3)
    assert size.size == 8


@given(first=st.integers(1, 100), largest=st.integers(1, 100), refused=st.lists(st.integers(1, 200), max_size=10))
def test_a_size_is_always_at_least_one_and_at_most_the_largest(first, largest, refused):
    size = BatchSize(first, largest)
    for images in refused:
        size.out_of_memory(images)
        assert 1 <= size.size <= size.largest <= max(largest, 1)
