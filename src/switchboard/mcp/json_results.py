"""Results that are a JSON text: what the text says is read again only for whoever needs it as values."""

import re
from typing import Any

from mcp_types import CallToolResult, TextContent
from pydantic_core import from_json

SUSPECT = ("0.0000", *(f"{digit}e" for digit in range(10)))
OTHERWISE = re.compile(r"[:,\[]-?(?:\d+(?:\.\d+)?e|0\.0000)")  # numbers that Python writes with another exponent


class JsonResult(CallToolResult):
    """A result whose first text is JSON, and whose structured content is what that says."""

    @property
    def json_text(self) -> str:
        """The text."""
        first = self.content[0]
        assert isinstance(first, TextContent), "made by json_result"
        return first.text

    @property
    def whole(self) -> CallToolResult:
        """As the SDK tells it."""
        said = from_json(self.json_text)
        return CallToolResult(content=self.content, structured_content=said, is_error=self.is_error, _meta=self.meta)


def json_result(text: str, meta: dict[str, Any] | None = None) -> JsonResult:
    """A JSON text, as text and as what it says."""
    return JsonResult(content=[TextContent(text=text)], _meta=meta)


def is_as_python_writes(text: str) -> bool:
    """Whether Python's json would write what this JSON without spaces says, as pydantic wrote it, in the same bytes."""
    if not text.isascii() or "\x7f" in text:
        return False
    return not (any(each in text for each in SUSPECT) and OTHERWISE.search(text))
