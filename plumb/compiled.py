"""How Plumb compiles its loops: by numba, at first use, without the interpreter's lock, kept on disk.

Importing this module costs half a second, so modules with compiled loops are imported where they are used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numba


def compiled(**options: Any) -> Callable[[Callable], Callable]:
    """A decorator for functions of arrays and numbers.

    Args:
        **options: of ``numba.njit``
    """
    # A division by zero gives infinity or NaN, as numpy does, instead of an exception that every loop would test for.
    options = {"nogil": True, "error_model": "numpy", **options}

    def decorate(function: Callable) -> Callable:
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:  # neither the plugin's folder nor a home can be written: each process compiles for itself
            return numba.njit(**options)(function)

    return decorate


# For sums: the order of the terms is free, so that several are added at a time. NaN and infinity keep their meaning.
compiled_sums = partial(compiled, fastmath={"reassoc", "contract", "nsz"})
