"""The size of batches: doubled while that pays, halved where memory runs out, told by a clock that the test holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.batch_size import BatchSize

PIXELS = 640 * 480
LARGER, SMALLER = 4 * PIXELS, PIXELS // 4


class Machine:
    """Takes `fixed` seconds for a batch and `each` for an image, has room for `room` images, and holds the clock."""

    def __init__(self, fixed: float, each: float, room: int = 1000):
        self.fixed, self.each, self.room, self.now = fixed, each, room, 0.0

    def run(self, size: BatchSize, batches: int) -> None:
        for _ in range(batches):
            images = size.of(PIXELS)
            if images > self.room:
                size.out_of_memory(images, PIXELS)
                continue
            self.now += self.fixed + self.each * images
            size.ran(images, PIXELS)


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
    assert room // 4 < size.used == size.of(PIXELS) <= room
    before = size.of(PIXELS)
    machine.run(size, 50)
    assert before <= size.of(PIXELS) <= room


def test_what_memory_refused_for_large_pictures_is_refused_for_larger_ones_and_not_for_smaller_ones():
    size = BatchSize(8, 8)
    size.out_of_memory(8, PIXELS)
    size.out_of_memory(4, PIXELS)
    assert [size.of(pixels) for pixels in (SMALLER, PIXELS, LARGER)] == [8, 2, 2]
    size.out_of_memory(2, LARGER)
    assert [size.of(pixels) for pixels in (SMALLER, PIXELS, LARGER)] == [8, 2, 1]
    size.out_of_memory(8, SMALLER)
    assert [size.of(pixels) for pixels in (SMALLER, PIXELS, LARGER)] == [4, 2, 1]


def test_pictures_that_memory_allows_go_on_growing_beside_such_as_it_refused():
    machine = Machine(fixed=1.0, each=0.001)
    size = BatchSize(8, 64, clock=lambda: machine.now)
    size.out_of_memory(8, LARGER)
    machine.run(size, 50)
    assert (size.of(PIXELS), size.of(LARGER)) == (64, 4)


def test_batches_that_are_not_whole_tell_nothing_of_the_speed():
    machine = Machine(fixed=1.0, each=0.001)
    size = BatchSize(8, 64, clock=lambda: machine.now)
    for _ in range(50):
        machine.now += 1
        size.ran(3, PIXELS)
    assert size.size == 8


@given(
    first=st.integers(1, 100),
    largest=st.integers(1, 100),
    refused=st.lists(st.tuples(st.integers(1, 200), st.integers(1, 1 << 30)), max_size=10),
)
def test_a_size_is_always_at_least_one_and_at_most_the_largest_and_no_larger_for_larger_pictures(
    first, largest, refused
):
    size = BatchSize(first, largest)
    for images, pixels in refused:
        size.out_of_memory(images, pixels)
        assert size.of(pixels) <= max(1, images // 2)
        sizes = [size.of(1 << digits) for digits in range(31)]
        assert sizes[-1] >= 1 and sizes[0] <= largest and sizes == sorted(sizes, reverse=True)
