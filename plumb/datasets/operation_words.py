"""Operations in words: what one does, from its parameters, and what came of it, from its result or its error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plumb.datasets.predicting import default_field

UNITS = {
    "import_sunrgbd": "scenes",
    "predict_depth": "images",
    "evaluate_depth": "images",
    "manage_depth_runs": "maps",
    "export_depth_report": "runs",
}
"""What each operator counts, in the plural."""
_LABELS = {"import_sunrgbd": "Import SUN RGB-D scenes"}
_LONGEST = 160  # characters


def label(name: str) -> str:
    """An operator's name for people: "predict_depth" -> "Predict depth"."""
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def describe(name: str, params: dict[str, Any]) -> str:
    """What an operation with these parameters does, in one line; "" where there is nothing to say."""
    given = {key: value for key, value in params.items() if value not in (None, "", [])}
    return _cut(_DESCRIPTIONS.get(name, _plainly)(given))


def result_in_words(result: dict[str, Any]) -> str:
    """What an operation returned, in one line.

    Args:
        result: its values by name, with the lengths of lists in place of the lists
    """
    parts = []
    for name, value in result.items():
        if isinstance(value, dict):
            counts = [f"{value[key]} {key}" for key in ("scored", "unscored") if value.get(key) is not None]
            parts.append(f"{name}: {', '.join(counts)}" if counts else name)
        elif isinstance(value, int) and not isinstance(value, bool):
            parts.append(f"{value} {name}")
    return _cut("; ".join(parts) if any(isinstance(value, dict) for value in result.values()) else ", ".join(parts))


def last_error(text: str) -> str:
    """What a traceback says at last, in one line; any other text's first line."""
    lines = text.strip().splitlines()
    frames = [number for number, line in enumerate(lines) if line.startswith("  ")]
    last = lines[frames[-1] + 1 :] if frames and lines[0].startswith("Traceback") else lines
    return next((line.strip() for line in last if line.strip()), lines[-1].strip())


def duration(seconds: float) -> str:
    """A time in its largest unit: 7260.0 -> "2 hours", but 5400.0 -> "90 minutes"."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (unit == "minute" and seconds >= 60):
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{int(seconds)} seconds"


def _prediction(given: dict[str, Any]) -> str:
    model = given.get("model", "")
    field = given.get("field") or (default_field(model) if model else "")
    where = " by Ray" if given.get("engine") == "ray" else ""
    return f"{model} into {field}{where}" if model else f"into {field}"


def _evaluation(given: dict[str, Any]) -> str:
    protocol = given.get("protocol")
    if isinstance(protocol, dict):
        protocol = protocol.get("name", "rules of its own")
    parts = [f"{_listed(given.get('pred_fields'))} against {given.get('gt_field', 'gt_depth')}"]
    parts += [f"protocol {protocol}"] if protocol else []
    parts += [f"alignment {given['alignment']}"] if given.get("alignment", "auto") != "auto" else []
    parts += [f"key {given['eval_key']}"] if "eval_key" in given else []
    return ", ".join(parts)


def _import(given: dict[str, Any]) -> str:
    return f"{given.get('root', '')} into dataset {given.get('dataset_name', '')}"


def _management(given: dict[str, Any]) -> str:
    renamed = f" to {given['new_name']}" if given.get("action") == "rename" and "new_name" in given else ""
    return f"{given.get('action', 'view')} {given.get('run', '')}{renamed}"


def _report(given: dict[str, Any]) -> str:
    return f"to {given.get('path', '')}"


def _plainly(given: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_listed(value)}" for name, value in given.items() if not isinstance(value, (bool, dict)))


_DESCRIPTIONS: dict[str, Callable[[dict[str, Any]], str]] = {
    "import_sunrgbd": _import,
    "predict_depth": _prediction,
    "evaluate_depth": _evaluation,
    "manage_depth_runs": _management,
    "export_depth_report": _report,
}


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "")


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
