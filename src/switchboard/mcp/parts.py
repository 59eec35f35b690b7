"""What an address offers besides the operations: tools with code of their own, documents, prompts."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from mcp_types import (
    CallToolResult,
    GetPromptResult,
    Prompt,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    Tool,
)

from switchboard.mcp.exchange import Exchange

Completing = Callable[[Exchange, str, Mapping[str, str]], Awaitable[list[str]]]
"""Values for an argument that begin like what is typed, best first; given what other arguments hold already."""
VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeTool:
    """A tool that is no operation."""

    tool: Tool
    permission: str
    run: Callable[[Exchange, dict[str, Any]], Awaitable[CallToolResult]]
    task: Literal["never", "may", "must"] = "never"
    """Whether it runs on as a task that the client asks for later; what `must` is refused to clients without tasks."""
    first: Callable[[Exchange, dict[str, Any]], Awaitable[object]] | None = None
    """What is asked before a task begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A resource, or by a template many of them."""

    uri: str
    name: str
    title: str
    about: str
    media: str
    permission: str
    read: Callable[[Exchange, str, Mapping[str, str]], Awaitable[ReadResourceResult]]
    completing: Mapping[str, Completing] = field(default_factory=dict[str, Completing])
    meta: dict[str, Any] | None = None
    server: str | None = None
    extension: str | None = None
    """What a client has to say that it knows; to others the document is not there."""
    listing: Callable[[Exchange], Awaitable[list[Resource]]] | None = None
    """Those of a template that are few enough to be listed."""

    @property
    def is_template(self) -> bool:
        """Whether its address has variables."""
        return VARIABLE.search(self.uri) is not None

    def parts(self, uri: str) -> dict[str, str] | None:
        """The variables in an address of this shape, decoded; None for an address of another."""
        pattern = "".join(
            f"(?P<{piece}>[^/]+)" if at % 2 else re.escape(piece) for at, piece in enumerate(VARIABLE.split(self.uri))
        )
        found = re.fullmatch(pattern, uri)
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}

    @property
    def resource(self) -> Resource:
        """As it is listed."""
        return Resource(
            uri=self.uri,
            name=self.name,
            title=self.title,
            description=self.about,
            mime_type=self.media,
            _meta=self.meta,
        )

    @property
    def template(self) -> ResourceTemplate:
        """As it is listed where its address has variables."""
        return ResourceTemplate(
            uri_template=self.uri, name=self.name, title=self.title, description=self.about, mime_type=self.media
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPart:
    """A prompt: the words that set an agent to a job."""

    prompt: Prompt
    permission: str
    get: Callable[[Exchange, Mapping[str, str]], Awaitable[GetPromptResult]]
    completing: Mapping[str, Completing] = field(default_factory=dict[str, Completing])
    server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """All of these at one address, in the order they are listed."""

    tools: tuple[NativeTool, ...] = ()
    documents: tuple[Document, ...] = ()
    prompts: tuple[PromptPart, ...] = ()

    def native(self, name: str) -> NativeTool | None:
        """The tool of this name."""
        return next((each for each in self.tools if each.tool.name == name), None)

    def together(self, others: Iterable["Parts"]) -> "Parts":
        """These and others."""
        every = [self, *others]
        return Parts(
            tools=tuple(each for parts in every for each in parts.tools),
            documents=tuple(each for parts in every for each in parts.documents),
            prompts=tuple(each for parts in every for each in parts.prompts),
        )
