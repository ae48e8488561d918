"""Workers that take only Plumb's queued operations: `python -m plumb.workers --help`.

`supervisor` keeps one `child` process running for each GPU; both say what they do on stdout.
"""

from __future__ import annotations

import time

PLUGIN = "@plumb/depth"
CLAIMS = "operation/"
"""What the name of the claim begins with that a worker holds on the operation that it runs."""
PRESENT = "worker/"
"""What the name of the claim begins with that each of Plumb's workers holds for as long as it lives."""
MEND = "run it again: only what is missing is done"


def say(who: str, what: str) -> None:
    """A line of the log."""
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {who}: {what}", flush=True)
