"""Attacks by ids and words of another workspace, in every argument of every tool and in every address of a document."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.settings import Settings
from switchboard.mcp.catalogue import Shown, catalogue
from switchboard.mcp.documents import product_parts
from switchboard.mcp.gateway import make_server, open_office
from switchboard.mcp.managing import Servers
from switchboard.mcp.servers.registry import SERVERS
from tests.foundation import test_operations as everything
from tests.foundation.test_operations import PLANTED, Theirs, Unlimited, anybody, content, lines, requests
from tests.shop import Shop

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

ON = Settings(mcp_enabled=True, mcp_customer_data_enabled=True, mcp_monitoring_enabled=True)
TOOLS = sorted(
    server.prefix + bare
    for server in SERVERS
    for bare, declared in server.declared(OPERATIONS.values()).items()
    if declared.run.__module__.startswith("switchboard.")
)
ECHOES = {"monitoring_audit_list"}  # tell who asks what they asked for before
theirs, mine = everything.theirs, everything.mine  # a shop to break into, and two of who breaks in


@asynccontextmanager
async def intruding(ground: Ground, caller: Caller) -> AsyncGenerator[tuple[Client, dict[str, type]]]:
    """A client of an owner elsewhere, whose allowances do not end; and what each tool is asked with."""
    free = replace(ground, allowances=Unlimited())

    async def who() -> Caller:
        return caller

    offered = catalogue(Servers(free, Flags(ground=free, settings=ON)), SERVERS, OPERATIONS.values(), Shown.ALL)
    parts = product_parts(SERVERS, OPERATIONS, Shown.ALL)
    async with Client(make_server(open_office(free), offered, who, parts)) as client:
        yield client, {name: each.declared.asks for name, each in offered.tools.items()}


def nothing_of(theirs: Theirs, given: str, answer: str) -> None:
    """Fail where an answer holds something of theirs that it was not asked with."""
    told = [word for word in PLANTED if word.lower() in answer.lower() and word.lower() not in given.lower()]
    assert told == [], (given, answer)
    assert not [each for each in theirs.ids if str(each) in answer and str(each) not in given], (given, answer)


@pytest.mark.parametrize("tool", TOOLS)
async def test_no_tool_gives_or_changes_anything_of_another_workspace_and_each_try_is_in_the_trail(
    ground: Ground, server: Embedded, theirs: Theirs, mine: tuple[Shop, Shop], tool: str
):
    await lines(ground, server, theirs.shop.caller)  # so that the trail has all of it
    before, tries = content(server, theirs.shop.workspace.id), 0
    at = next(each for each in SERVERS if tool.startswith(each.prefix))
    declared = at.declared(OPERATIONS.values())[tool.removeprefix(at.prefix)]
    intruder = anybody(mine[0] if declared.reads else mine[1])
    async with intruding(ground, intruder) as (client, asks):
        for request in requests(asks[tool], theirs):
            given = request.model_dump_json(exclude_unset=True)
            tries += 1
            try:
                answer = (await client.call_tool(tool, json.loads(given))).model_dump_json()
            except MCPError as error:
                answer = str(error)
            own = ""
            if tool in ECHOES:
                await lines(ground, server, intruder)
                own = str(content(server, intruder.workspace))
            nothing_of(theirs, given + own, answer)
    assert tries > 0
    assert len(await lines(ground, server, intruder)) >= tries
    assert content(server, theirs.shop.workspace.id) == before


async def test_no_document_is_of_another_workspace(
    ground: Ground, server: Embedded, theirs: Theirs, mine: tuple[Shop, Shop]
):
    await lines(ground, server, theirs.shop.caller)
    before = content(server, theirs.shop.workspace.id)
    async with intruding(ground, anybody(mine[0])) as (client, _):
        templates = (await client.list_resource_templates()).resource_templates
        for template in templates:
            head, _, tail = template.uri_template.partition("{")
            for word in (*theirs.words, *map(str, theirs.ids)):
                uri = f"{head}{word}{tail.partition('}')[2]}"
                try:
                    answer = (await client.read_resource(uri)).model_dump_json()
                except MCPError as error:
                    answer = str(error)
                nothing_of(theirs, uri, answer)
    assert len(templates) >= 3
    assert content(server, theirs.shop.workspace.id) == before
