"""Documents, prompts and completions: what an operation tells the caller, at an address or in words."""

import importlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ReadResourceResult, ResourceTemplateReference

from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.settings import Settings
from switchboard.mcp.exchange import Exchange
from switchboard.mcp.parts import Document, Parts
from tests.api.counter import key_of
from tests.mcp.house import Mode, client_of, listening

pytestmark = pytest.mark.slow
importlib.import_module("switchboard.house")  # which declares every operation

MODES: tuple[Mode, ...] = ("auto", "legacy")
AUDIENCE = {"name": "Big spenders", "about": "whom to thank", "filter": {"country": "GB"}}
CUSTOMER = "switchboard://customer/{customer_id}"


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = await client.call_tool(f"customer_data_{tool}", arguments)
    assert not answer.is_error, answer.content
    return answer.structured_content or {}


@pytest.mark.parametrize("mode", MODES)
async def test_documents_have_addresses_by_templates_and_what_is_saved_is_listed(
    ground: Ground, operator: Caller, mode: Mode
):
    key = await key_of(ground, operator, "owner")
    async with listening(ground, operations=OPERATIONS) as url, client_of(f"{url}/mcp", key, mode) as client:
        before = (await client.list_resources()).resources
        await call(client, "customers_save_filter", **AUDIENCE)
        templates = (await client.list_resource_templates()).resource_templates
        listed = (await client.list_resources(cache_mode="bypass")).resources
        read = await client.read_resource(listed[0].uri)
    assert [each.uri_template for each in templates] == [
        CUSTOMER, "switchboard://archetype/{archetype_id}", "switchboard://audience/{audience}",
    ]  # fmt: skip
    assert all(each.title and each.description and each.mime_type == "application/json" for each in templates)
    assert before == []
    assert [(each.uri, each.description) for each in listed] == [
        ("switchboard://audience/Big%20spenders", "whom to thank")
    ]
    assert json.loads(read.contents[0].text)["about"] == "whom to thank"  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", MODES)
async def test_a_document_that_is_not_there_says_which(ground: Ground, operator: Caller, mode: Mode):
    key = await key_of(ground, operator, "owner")
    async with listening(ground, operations=OPERATIONS) as url, client_of(f"{url}/mcp", key, mode) as client:
        for uri in ("switchboard://customer/nobody", "switchboard://nothing", "https://example.com/x"):
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
            assert refused.value.error.code == -32602
            assert refused.value.error.data == {"uri": uri}


async def test_who_may_not_read_customers_finds_no_document_and_no_prompt(ground: Ground, operator: Caller):
    key = await key_of(ground, operator, "support")
    async with listening(ground, operations=OPERATIONS) as url, client_of(f"{url}/mcp", key) as client:
        uris = [each.uri_template for each in (await client.list_resource_templates()).resource_templates]
        with pytest.raises(MCPError, match="Resource not found"):
            await client.read_resource("switchboard://audience/x")
    assert CUSTOMER in uris
    assert "switchboard://audience/{audience}" not in uris


@pytest.mark.parametrize(("address", "prefix"), [("/mcp", "customer_data_"), ("/mcp/customer-data", "")])
async def test_a_prompt_names_the_tools_as_they_are_called_at_its_address(
    ground: Ground, operator: Caller, address: str, prefix: str
):
    key = await key_of(ground, operator, "owner")
    async with listening(ground, operations=OPERATIONS) as url, client_of(url + address, key) as client:
        names = [each.name for each in (await client.list_prompts()).prompts]
        given = await client.get_prompt("explain_customer", {"customer_id": "c1"})
        with pytest.raises(MCPError, match="name customer_id"):
            await client.get_prompt("explain_customer", {})
    words = json.dumps(given.model_dump(mode="json"))
    assert names == ["weekly_retention_review", "plan_a_win_back", "explain_customer", "compare_archetypes"]
    assert f"`{prefix}get_customer_profile` for `c1`" in words
    assert "{" not in given.messages[0].content.text  # type: ignore[union-attr]


async def test_every_prompt_names_only_tools_that_are_there(ground: Ground, operator: Caller):
    key = await key_of(ground, operator, "owner")
    async with listening(ground, operations=OPERATIONS) as url, client_of(f"{url}/mcp?tools=all", key) as client:
        pages = [await client.list_tools()]
        while pages[-1].next_cursor:
            pages.append(await client.list_tools(cursor=pages[-1].next_cursor))
        with pytest.raises(MCPError, match="it is not of this list"):
            await client.list_tools(cursor="nothing")
        prompts = (await client.list_prompts()).prompts
        said = [await client.get_prompt(each.name, {"customer_id": "c1"}) for each in prompts]
    named = {word for each in said for word in each.messages[0].content.text.split("`")[1::2]} - {"c1"}  # type: ignore[union-attr]
    tools = [each.name for page in pages for each in page.tools]
    assert len(set(tools)) == len(tools) > len(pages[0].tools)
    assert named
    assert named <= set(tools)


@pytest.mark.parametrize("mode", MODES)
async def test_names_are_completed_from_what_is_there(ground: Ground, operator: Caller, mode: Mode):
    key = await key_of(ground, operator, "owner")
    of_audiences = ResourceTemplateReference(uri="switchboard://audience/{audience}")
    async with listening(ground, operations=OPERATIONS) as url, client_of(f"{url}/mcp", key, mode) as client:
        for name in ("Big spenders", "Birthdays", "Winter"):
            await call(client, "customers_save_filter", **(AUDIENCE | {"name": name}))
        found = await client.complete(of_audiences, {"name": "audience", "value": "bi"})
        nothing = await client.complete(PromptReference(name="explain_customer"), {"name": "other", "value": "a"})
        with pytest.raises(MCPError, match="there is no such prompt or template"):
            await client.complete(PromptReference(name="no_such"), {"name": "x", "value": ""})
    assert sorted(found.completion.values) == ["Big spenders", "Birthdays"]
    assert nothing.completion.values == []


@pytest.mark.parametrize("mode", MODES)
async def test_an_address_that_no_text_can_hold_is_refused_in_words(ground: Ground, operator: Caller, mode: Mode):
    key = await key_of(ground, operator, "owner")
    of_customers = ResourceTemplateReference(uri=CUSTOMER)
    async with listening(ground, operations=OPERATIONS) as url, client_of(f"{url}/mcp", key, mode) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource("switchboard://customer/%00")
        completed = await client.complete(of_customers, {"name": "customer_id", "value": "\x00"})
    assert (refused.value.error.code, "U+0000" in refused.value.error.message) == (-32602, True)
    assert completed.completion.values == []


@pytest.mark.parametrize("mode", MODES)
async def test_a_bug_says_nothing_of_itself(ground: Ground, operator: Caller, mode: Mode):
    key, name = await key_of(ground, operator, "owner"), "Ada Lovelace"

    async def broken(_: Exchange, __: str, ___: Mapping[str, str]) -> ReadResourceResult:
        raise ValueError(name)

    document = Document(
        uri="switchboard://broken", name="broken", title="Broken", about="Broken.", media="text/plain",
        permission="workspace:read", read=broken,
    )  # fmt: skip
    async with (
        listening(ground, operations=OPERATIONS, more=Parts(documents=(document,))) as url,
        client_of(f"{url}/mcp", key, mode) as client,
    ):
        with pytest.raises(MCPError) as failed:
            await client.read_resource("switchboard://broken")
    assert (failed.value.error.code, failed.value.error.message) == (-32603, "Internal server error")


async def test_what_is_off_has_no_documents(ground: Ground, operator: Caller):
    key = await key_of(ground, operator, "owner")
    off = Settings(mcp_enabled=True, mcp_customer_data_enabled=False)
    async with listening(ground, off, OPERATIONS) as url, client_of(f"{url}/mcp", key) as client:
        assert (await client.list_resource_templates()).resource_templates == []
        assert (await client.list_prompts()).prompts == []
