"""The three tools that reach what an address does not list: find one, look at it, call it."""

from typing import Any

from mcp_types import Tool, ToolAnnotations
from pydantic import Field, JsonValue

from switchboard.foundation.errors import Invalid
from switchboard.foundation.records import Record
from switchboard.mcp.brief import brief
from switchboard.mcp.catalogue import Offered, Shown
from switchboard.mcp.finding import ABOUT, ARGUMENTS, NAME, TITLE, ranked

SEARCH, DESCRIBE, CALL = "search_tools", "describe_tool", "call_tool"


class ToolsAsked(Record):
    """Which tools."""

    words: str = Field(default="", max_length=200, description="what it should do")
    limit: int = Field(default=10, ge=1, le=100, description="of a page")
    cursor: str | None = Field(default=None, max_length=200, description="next_cursor of the page before")


class ToolNamed(Record):
    """Which tool."""

    name: str = Field(min_length=1, max_length=200, description="as search_tools gives it")


class ToolCall(Record):
    """Which tool, and with what."""

    name: str = Field(min_length=1, max_length=200, description="as search_tools gives it")
    arguments: dict[str, JsonValue] = Field(
        default_factory=dict[str, JsonValue], description="as describe_tool says of it"
    )


class ToolFound(Record):
    """A tool in a few words."""

    name: str
    description: str
    reads: bool = Field(description="changes nothing")


class ToolsFound(Record):
    """The tools the caller may call and whose words fit, best first; all when no words are given."""

    tools: tuple[ToolFound, ...]
    total: int
    next_cursor: str | None


def found(asked: ToolsAsked, seen: list[Offered]) -> ToolsFound:
    """A page of them; raise Invalid for a cursor of another search."""
    by_name = {each.name: each for each in seen}
    names = ranked(asked.words, {name: _said(each) for name, each in by_name.items()})
    if asked.cursor is not None and asked.cursor not in names:
        raise Invalid("cursor: it is not of this search; begin without one", field="cursor")
    begin = 0 if asked.cursor is None else names.index(asked.cursor) + 1
    page = names[begin : begin + asked.limit]
    return ToolsFound(
        tools=tuple(_found(by_name[name]) for name in page), total=len(names),
        next_cursor=page[-1] if begin + len(page) < len(names) else None,
    )  # fmt: skip


def _said(offered: Offered) -> list[tuple[float, str]]:
    declared = offered.declared
    return [
        (NAME, declared.name), (NAME, declared.tool or ""), (TITLE, declared.title), (ABOUT, declared.about),
        (ARGUMENTS, " ".join(declared.asks.model_fields)),
    ]  # fmt: skip


def _found(offered: Offered) -> ToolFound:
    return ToolFound(name=offered.name, description=offered.declared.about, reads=offered.declared.reads)


def _tool(name: str, about: str, asks: type[Record], *, reads: bool) -> Tool:
    schema: dict[str, Any] = brief(asks.model_json_schema())
    hints = ToolAnnotations(read_only_hint=reads, open_world_hint=False)
    return Tool(name=name, description=about, input_schema=schema, annotations=hints)


TOOLS = (
    _tool(SEARCH, "Find more tools by words; without words, all of them.", ToolsAsked, reads=True),
    _tool(DESCRIBE, "One tool in full: what it does, its arguments and its answer.", ToolNamed, reads=True),
    _tool(CALL, "Call a tool that is not listed; it may change things, as describe_tool says.", ToolCall, reads=False),
)


def listed(shown: Shown, seen: list[Offered]) -> list[Tool]:
    """What there is to list of what the caller may call; where there is nothing to find, no tools that find it."""
    if shown is not Shown.FEW:
        return [each.tool for each in seen]
    return [*(each.brief for each in seen if each.is_published), *(TOOLS if seen else ())]
