"""A page of the App: whether it is what asks, and what it is answered."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
import fiftyone.operators.types as types
from fiftyone.operators.executor import ExecutionResult
from fiftyone.operators.message import GeneratedMessage, MessageType


def asked_by_app(ctx: foo.ExecutionContext) -> bool:
    """Whether a page of the App asks, and not Python code or a worker."""
    # Only the App's server puts the operator's address among the parameters, and only it reads a stream: for
    # calls from Python FiftyOne would drop a generator's result.
    return "operator_uri" in ctx.request_params


def show_text(ctx: foo.ExecutionContext, text: str) -> GeneratedMessage:
    """Show a text, in Markdown, in the dialog of the operator."""
    outputs = types.Object()
    outputs.md(text, name="summary")
    return ctx.ops.show_output(types.Property(outputs).to_json(), {"summary": text})


class Failure(GeneratedMessage):
    """The error of work that had begun, as the App reads it."""

    def __init__(self, error: Exception):
        super().__init__(MessageType.ERROR, cls=ExecutionResult)
        self.error = error

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "error": f"{type(self.error).__name__}: {self.error}"}
