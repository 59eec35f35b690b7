"""MCP Apps: what clients show of a tool's answer in a frame, where they say that they can.

A page is whole in itself: no asset of another place, and a policy that allows its own script and style by their hashes
and nothing else. The client hands it the answer; what customers wrote is set as text, never as markup.
Source: SEP-1865, revision 2026-01-26.
"""

from collections.abc import Iterable, Mapping

from mcp_types import CallToolResult, ReadResourceResult, TextResourceContents, Tool

from switchboard.mcp.app_pages import APPROVAL, AUDIENCE, CUSTOMER, App, page
from switchboard.mcp.catalogue import Offered
from switchboard.mcp.discovery import CALL
from switchboard.mcp.exchange import Exchange
from switchboard.mcp.parts import Document
from switchboard.mcp.servers.server import Declared

EXTENSION = "io.modelcontextprotocol/ui"
MEDIA = "text/html;profile=mcp-app"
NO_DOMAINS: list[str] = []
META = {"ui": {"csp": {"connectDomains": NO_DOMAINS, "resourceDomains": NO_DOMAINS}, "prefersBorder": True}}
SHOWN = {"intelligence.profile": CUSTOMER, "customers.show_filter": AUDIENCE}  # by the operation whose answer it shows


def apps_of(operations: Iterable[Declared], server: str) -> list[Document]:
    """The pages of a server's operations, as documents; that of changes is there for whoever may make one of them."""
    there = list(operations)
    changing = sorted({each.permission for each in there if not each.reads})
    return [
        *(_document(SHOWN[each.name], each.permission, server) for each in there if each.name in SHOWN),
        *(_document(APPROVAL, permission, server) for permission in changing),
    ]


def with_apps(tools: list[Tool], offered: Mapping[str, Offered]) -> list[Tool]:
    """The tools, those of whose answers there is a page with its address."""
    return [_with_app(tool, offered.get(tool.name)) for tool in tools]


def told_of_change(result: CallToolResult, declared: Declared, exchange: Exchange) -> CallToolResult:
    """The result of a change, with what its page says of it, for clients that show it."""
    if declared.reads or not exchange.client_extends(EXTENSION):
        return result
    undo = declared.undo.about if declared.undo else ""
    change = {"operation": declared.name, "title": declared.title, "undo": undo, "tool": exchange.name}
    return result.model_copy(update={"meta": {**(result.meta or {}), "change": change}})


def _document(app: App, permission: str, server: str) -> Document:
    async def read(_: Exchange, uri: str, __: Mapping[str, str]) -> ReadResourceResult:
        contents = TextResourceContents(uri=uri, mime_type=MEDIA, text=page(app), _meta=META)
        return ReadResourceResult(contents=[contents])

    return Document(
        uri=app.uri, name=app.title.lower().replace(" ", "_"), title=app.title,
        about=f"{app.title}, to be shown in a frame.", media=MEDIA, permission=permission, read=read, meta=META,
        server=server, extension=EXTENSION,
    )  # fmt: skip


def _with_app(tool: Tool, offered: Offered | None) -> Tool:
    app = (APPROVAL if tool.name == CALL else None) if offered is None else _app(offered.declared)
    if app is None:
        return tool
    return tool.model_copy(update={"meta": {**(tool.meta or {}), "ui": {"resourceUri": app.uri}}})


def _app(declared: Declared) -> App | None:
    return SHOWN.get(declared.name) if declared.reads else APPROVAL
