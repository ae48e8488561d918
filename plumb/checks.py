"""What a user gives, checked: one ValueError that names the key and says what it must be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real


def check_line(what: str, words: object) -> None:
    """Words that stand in a protocol's line must not break it."""
    if not isinstance(words, str) or not words.strip() or not words.isprintable():
        raise ValueError(f"{what} must be one line of text, not {kind(words)}")


def check_choice(what: str, value: object, choices: Iterable[str]) -> None:
    """A word must be one of ``choices``; what cannot even be hashed is refused like any other."""
    if not isinstance(value, str) or value not in tuple(choices):
        raise ValueError(f"{what} is {kind(value)}; choose from {', '.join(choices)}")


def number_of(what: str, value: object) -> float:
    """A finite number as a plain float, since numpy's do not go into a run's settings."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(f"{what} must be a number, not {kind(value)}")
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits, which TOML may hold
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{what} must be a finite number, not {number}")
    return number


def pixels_of(what: str, value: object) -> int:
    """A whole number as a plain int; 45.0, as some formats write 45, is one."""
    number = number_of(what, value)
    if number != int(number):
        raise ValueError(f"{what} must be a whole number of pixels, not {number}")
    return int(number)


def kind(value: object) -> str:
    """What was given, for an error: short texts as they are, all else by its type (a table can be endless)."""
    names = {bool: "true or false", int: "a number", float: "a number", dict: "a table", list: "a list", str: "a text"}
    if isinstance(value, str) and len(value) <= 80:
        return repr(value)
    return "None" if value is None else names.get(type(value), type(value).__name__)


def shown(number: float) -> str:
    """A number as short as can be without changing it: 8 for 8.0, but 8.0000001 in full."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)
