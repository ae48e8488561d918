"""Become another program that the kernel ends together with its parent.

    python -I -S tools/exec_bound.py PARENT_PID PROGRAM ARGUMENT...

A program of its own instead of a ``preexec_fn``: code between fork and exec can hang in a process that has
threads, and FiftyOne and torch both start some.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(parent: int, command: list) -> None:
    """Bind to ``parent`` (Linux only; elsewhere only the ordinary clean-up applies) and exec ``command``."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
