"""`/api/mcp/tools` and `/api/mcp/query`: the tools by name over plain HTTP, whether or not MCP is switched on."""

from collections.abc import Mapping

from pydantic import Field, JsonValue, model_validator
from pydantic_core import to_json

from switchboard.api.exchange import Answer, Request
from switchboard.api.routes import DOOR, Declared, left
from switchboard.api.serving import Route, Serving
from switchboard.foundation.errors import NotFound
from switchboard.foundation.reading import read_json, read_values
from switchboard.foundation.records import Record

QUERY = "/api/mcp/query"
QUERIES_PER_HOUR = 100
TAG = "api/mcp"


class ToolShown(Record):
    """A tool: its name, what it does and what it asks for."""

    name: str
    description: str
    input_schema: dict[str, JsonValue] = Field(description="JSON Schema of its arguments")


class ToolList(Record):
    """Tools the caller may use."""

    tools: list[ToolShown]


class ToolQuery(Record):
    """One call of a tool, as {tool, arguments} or as {tool_name, parameters}."""

    tool: str | None = Field(default=None, description="the tool's name; or send it as tool_name")
    arguments: dict[str, JsonValue] | None = None
    tool_name: str | None = None
    parameters: dict[str, JsonValue] | None = None

    @model_validator(mode="after")
    def _names_a_tool_once(self) -> "ToolQuery":
        if (self.tool is None) == (self.tool_name is None):
            raise ValueError("name the tool once, as tool or as tool_name")
        if self.arguments is not None and self.parameters is not None:
            raise ValueError("send arguments or parameters, not both")
        return self

    @property
    def name(self) -> str:
        """The tool that is called."""
        return self.tool or self.tool_name or ""

    @property
    def given(self) -> dict[str, JsonValue]:
        """What it is called with."""
        return self.arguments or self.parameters or {}


class ToolAnswer(Record):
    """What the tool gave."""

    tool: str
    result: JsonValue


def tool_routes(serving: Serving, tools: Mapping[str, Declared]) -> list[Route]:
    """The two routes over these tools by name."""

    async def listed(request: Request) -> Answer:
        caller = await serving.caller(request)
        return Answer(_list([shown[name] for name, tool in sorted(tools.items()) if tool.is_for(caller)]))

    async def query(request: Request) -> Answer:
        caller = await serving.caller(request)
        asked = read_json(ToolQuery, await request.body())
        declared = tools.get(asked.name)
        if declared is None:
            raise NotFound("there is no such tool; GET /api/mcp/tools lists them")
        arguments = read_values(declared.asks, asked.given)
        await serving.ground.allowances.spend_published(caller, QUERY, QUERIES_PER_HOUR)
        given = await declared(serving.ground, caller, arguments, door=DOOR)
        result = declared.gives.__pydantic_serializer__.to_json(given)
        return Answer(
            b'{"tool":' + to_json(asked.name) + b',"result":' + result + b"}",
            headers=left(serving, caller, QUERY, QUERIES_PER_HOUR),
        )

    shown = {name: to_json(_shown(name, tool)) for name, tool in tools.items()}
    return [
        Route(
            method="GET", path="/api/mcp/tools", handle=listed, title="List tools", tag=TAG, gives=ToolList,
            about="The tools the caller may use. Calls of this path are not limited.",
        ),
        Route(
            method="POST", path=QUERY, handle=query, title="Call a tool", tag=TAG, asks=ToolQuery, gives=ToolAnswer,
            about=f"Call a tool by its name. At most {QUERIES_PER_HOUR} calls an hour, all tools together.",
        ),
    ]  # fmt: skip


def _shown(name: str, tool: Declared) -> ToolShown:
    return ToolShown(name=name, description=tool.about, input_schema=tool.asks.model_json_schema())


def _list(shown: list[bytes]) -> bytes:
    return b'{"tools":[' + b",".join(shown) + b"]}"
