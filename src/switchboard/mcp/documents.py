"""Customers, archetypes and audiences as documents with addresses, and what completes their ids and names.

A document is the answer of an operation, so what a caller may see of it is what the operation tells this caller.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from mcp_types import ReadResourceResult, Resource, TextResourceContents

from switchboard.foundation.operations import tool_name
from switchboard.foundation.reading import read_values
from switchboard.mcp.apps import apps_of
from switchboard.mcp.catalogue import Shown
from switchboard.mcp.exchange import Exchange
from switchboard.mcp.parts import Completing, Document, Parts
from switchboard.mcp.prompts import Tools, prompts
from switchboard.mcp.servers.server import Declared, ToolServer

DOOR = "mcp"
JSON = "application/json"
SOME = 20
Operations = Mapping[str, Declared]


def product_parts(servers: Iterable[ToolServer], operations: Operations, shown: Shown) -> Parts:
    """The documents and prompts of these servers, as far as their operations are there."""
    found = [Parts()]
    for server in servers:
        completing = completions(operations)
        found.append(
            Parts(
                documents=(
                    *(
                        make(server, operations, completing)
                        for operation, make in DOCUMENTS.items()
                        if _is_there(operation, server, operations)
                    ),
                    *apps_of(server.declared(operations.values()).values(), server.name),
                ),
                prompts=prompts(server, _named(server, operations, shown), completing),
            )
        )
    return found[0].together(found[1:])


def _is_there(operation: str, server: ToolServer, operations: Operations) -> bool:
    return operation in operations and operation.partition(".")[0] in server.rooms


def completions(operations: Operations) -> dict[str, Completing]:
    """What completes an argument, by its name, as far as the operations are there."""
    ways: dict[str, tuple[str, Callable[..., Any]]] = {
        "customer_id": ("intelligence.search", _customers),
        "archetype_id": ("intelligence.top_archetypes", _archetypes),
        "audience": ("customers.filters", _audiences),
    }
    return {
        name: partial(way, operations[operation]) for name, (operation, way) in ways.items() if operation in operations
    }


async def answer(exchange: Exchange, declared: Declared, **asked: Any) -> Any:
    """What the operation tells the caller."""
    return await declared(exchange.ground, exchange.caller, read_values(declared.asks, asked), door=DOOR)


def _named(server: ToolServer, operations: Operations, shown: Shown) -> Tools:
    """What the server's tools are called at this address, by the names of their operations."""
    prefix = "" if shown is Shown.ALONE else server.prefix
    return {one.name: prefix + tool_name(one) for one in server.declared(operations.values()).values()}


async def _customers(declared: Declared, exchange: Exchange, typed: str, before: Mapping[str, str]) -> list[str]:
    _ = before
    if not typed:
        found = await answer(exchange, declared, limit=SOME)
    else:
        found = await answer(exchange, declared, text=typed, limit=SOME)
    return [each.customer_id for each in found.customers]


async def _archetypes(declared: Declared, exchange: Exchange, typed: str, before: Mapping[str, str]) -> list[str]:
    _ = before
    found = await answer(exchange, declared, limit=100)
    return [each.archetype_id for each in found.archetypes if _begins(typed, each.archetype_id, each.name)]


async def _audiences(declared: Declared, exchange: Exchange, typed: str, before: Mapping[str, str]) -> list[str]:
    _ = before
    found = await answer(exchange, declared, limit=100)
    return [each.name for each in found.filters if _begins(typed, each.name)]


def _begins(typed: str, *words: str) -> bool:
    return any(word.casefold().startswith(typed.casefold()) for word in words)


def _customer(server: ToolServer, operations: Operations, completing: Mapping[str, Completing]) -> Document:
    declared = operations["intelligence.profile"]
    return Document(
        uri="switchboard://customer/{customer_id}", name="customer", title="Customer", media=JSON,
        about="A customer: archetype, segments, figures, newest orders.", server=server.name,
        permission=declared.permission, read=_reading(declared, {"customer_id": "customer_id"}),
        completing=_only(completing, "customer_id"),
    )  # fmt: skip


def _archetype(server: ToolServer, operations: Operations, completing: Mapping[str, Completing]) -> Document:
    declared = operations["intelligence.archetype"]
    return Document(
        uri="switchboard://archetype/{archetype_id}", name="archetype", title="Archetype", media=JSON,
        about="A kind of customer: what they have in common, how many they are, what they are worth.",
        server=server.name, permission=declared.permission,
        read=_reading(declared, {"archetype_id": "archetype_id"}), completing=_only(completing, "archetype_id"),
    )  # fmt: skip


def _audience(server: ToolServer, operations: Operations, completing: Mapping[str, Completing]) -> Document:
    declared, every = operations["customers.show_filter"], operations.get("customers.filters")
    named = {"audience": completing["audience"]} if "audience" in completing else {}

    async def listing(exchange: Exchange) -> list[Resource]:
        found = () if every is None else (await answer(exchange, every, limit=100)).filters
        return [
            Resource(
                uri=f"switchboard://audience/{quote(each.name, safe='')}", name=each.name, title=each.name,
                description=each.about or None, mime_type=JSON,
            )
            for each in found
        ]  # fmt: skip

    return Document(
        uri="switchboard://audience/{audience}", name="audience", title="Audience", media=JSON,
        about="A saved filter: whom it chooses.", server=server.name, permission=declared.permission,
        read=_reading(declared, {"audience": "name"}), completing=named, listing=listing,
    )  # fmt: skip


def _reading(declared: Declared, fields: Mapping[str, str]) -> Any:
    """Reads the document that an operation answers, its variables being fields of what is asked."""

    async def read(exchange: Exchange, uri: str, parts: Mapping[str, str]) -> ReadResourceResult:
        given = await answer(exchange, declared, **{fields[name]: value for name, value in parts.items()})
        text = declared.gives.__pydantic_serializer__.to_json(given).decode()
        return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type=JSON, text=text)])

    return read


def _only(completing: Mapping[str, Completing], *names: str) -> dict[str, Completing]:
    return {name: completing[name] for name in names if name in completing}


Making = Callable[[ToolServer, Operations, Mapping[str, Completing]], Document]
DOCUMENTS: dict[str, Making] = {
    "intelligence.profile": _customer, "intelligence.archetype": _archetype, "customers.show_filter": _audience,
}  # fmt: skip
