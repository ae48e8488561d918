"""How Plumb compiles its loops: by numba, at first use, without the interpreter's lock, kept on disk.

Importing this module costs half a second, so modules with compiled loops are imported where they are used.
"""

from __future__ import annotations

from functools import partial

import numba

# A division by zero gives infinity or NaN, as numpy does, instead of an exception that every loop would test for.
compiled = partial(numba.njit, nogil=True, cache=True, error_model="numpy")

# For sums: the order of the terms is free, so that several are added at a time. NaN and infinity keep their meaning.
compiled_sums = partial(compiled, fastmath={"reassoc", "contract", "nsz"})
