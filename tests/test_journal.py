"""The journal: a file that grows while work goes on, whatever a killed process or a full disk left of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.journal import Journal

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(batches=st.lists(st.lists(plain, max_size=4), max_size=5))
def test_what_is_appended_is_read_again_in_its_order(tmp_path_factory, batches):
    journal = Journal(tmp_path_factory.mktemp("journal") / "new" / "a.jsonl")
    for batch in batches:
        journal.append(batch)
    assert list(journal.entries()) == [entry for batch in batches for entry in batch]


@given(cut=st.integers(0, 200), data=st.data())
def test_a_torn_last_line_is_not_read_and_what_is_appended_behind_it_is(tmp_path_factory, cut, data):
    path = tmp_path_factory.mktemp("journal") / "a.jsonl"
    entries = [["path", f"id{number}", {"x": number / 3}] for number in range(4)]
    journal = Journal(path)
    for entry in entries:
        journal.append([entry])
    whole = path.read_bytes()
    path.write_bytes(whole[: min(cut, len(whole))])
    left = list(journal.entries())
    assert left == entries[: len(left)]
    assert len(left) >= len(entries) - 1 or cut < len(whole) - 1
    journal.append([["new"]])
    assert list(journal.entries()) == [*left, ["new"]]


GARBAGE = {
    "not JSON": b"what is this",
    "not text": b"\xff\xfe\x00\x80",
    "zeros of a crashed disk": b"\0" * 5000,
    "an integer of thousands of digits": b"9" * 6000,
    "a thousand brackets": b"[" * 100_000,
    "half an entry": b'[["a.png","b.png"],"id3",[{"metrics":{"abs_rel":0.12',
    "a line end of another system": b"\r\r\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_a_line_of_garbage_is_passed_over(tmp_path, garbage):
    journal = Journal(tmp_path / "a.jsonl")
    journal.append([1])
    with open(tmp_path / "a.jsonl", "ab") as file:
        file.write(garbage)
    journal.append([2])
    assert list(journal.entries()) == [1, 2]


def test_removing_a_journal_leaves_no_empty_folder_and_no_other_journal_without_its_own(tmp_path):
    first, second = (Journal(tmp_path / "evaluations" / f"{name}.jsonl") for name in "ab")
    first.append([1])
    second.append([2])
    first.remove()
    assert list(second.entries()) == [2] and list(first.entries()) == []
    second.remove()
    assert not (tmp_path / "evaluations").exists()
    second.remove()  # another evaluation may have done so
