"""A user's own protocols: from Python, from a plain table, or from a TOML file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli

from plumb.protocols import PROTOCOLS, Protocol


def load_protocol(what: Protocol | Mapping[str, Any] | str | os.PathLike[str]) -> Protocol:
    """Find a protocol by whatever names or holds it.

    Args:
        what: a protocol, a key of :data:`plumb.protocols.PROTOCOLS`, a table as :meth:`Protocol.from_dict` reads it,
            or the path of a TOML file that holds such a table; a file without a name is named by its stem

    Raises:
        ValueError: no such protocol or file, the file or its table is wrong (the message names the file, and the
            line where TOML itself is broken), or the name belongs to a named protocol of other rules
    """
    if isinstance(what, Protocol):
        protocol = what
    elif isinstance(what, Mapping):
        protocol = Protocol.from_dict(what)
    elif isinstance(what, str | os.PathLike) and Path(what).suffix.lower() == ".toml":
        return _load_file(Path(what))
    elif isinstance(what, str) and what in PROTOCOLS:
        return PROTOCOLS[what]
    else:
        raise ValueError(
            f"unknown protocol {what!r}; use one of {', '.join(PROTOCOLS)}, or the path of a protocol's .toml file"
        )
    return _with_a_name_of_its_own(protocol)


def _load_file(path: Path) -> Protocol:
    try:
        # Editors on Windows put a byte order mark first, which is no TOML.
        text = Path(os.path.expanduser(path)).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file; give the path of a protocol's TOML file") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error}); save it as UTF-8") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None
    try:
        table = tomli.loads(text)
    except (ValueError, RecursionError) as error:  # not all that tomli raises is its own: endless integers are not
        raise ValueError(f"{path}: not valid TOML: {error}") from None
    try:
        return _with_a_name_of_its_own(Protocol.from_dict({"name": path.stem, **table}))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _with_a_name_of_its_own(protocol: Protocol) -> Protocol:
    """A number must not stand under the name of rules that it was not computed by."""
    named = PROTOCOLS.get(protocol.name.lower())
    if named is not None and named != protocol:
        raise ValueError(
            f"the name {protocol.name!r} belongs to a protocol of other rules ({named.describe()}); "
            'give this one a name of its own, as by name = "..."'
        )
    return protocol
