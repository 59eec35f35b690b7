"""The tools of the product: every operation of the rooms, and what a first contact costs."""

import importlib
import re
from typing import Any

import pytest
from mcp_types import ListToolsResult

from switchboard.accounts.approvals.operations import set_approval_rule
from switchboard.accounts.approvals.records import ApprovalRuleSet
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.callers import Caller
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.operations import OPERATIONS
from switchboard.mcp.brief import brief
from switchboard.mcp.catalogue import Catalogue, Shown, catalogue
from switchboard.mcp.discovery import listed
from switchboard.mcp.gateway import ABOUT, MORE
from switchboard.mcp.managing import Servers
from switchboard.mcp.servers.registry import SERVERS
from tests.api.counter import key_of
from tests.mcp.house import ON, client_of, listening

importlib.import_module("switchboard.house")  # which declares every operation
FIRST_CONTACT = 1_500 * 4  # tokens, counted as 4 bytes


@pytest.fixture
def few(ground: Ground) -> Catalogue:
    return catalogue(Servers(ground, Flags(ground=ground, settings=ON)), SERVERS, OPERATIONS.values(), Shown.FEW)


def test_every_operation_of_a_servers_rooms_is_a_tool_with_a_name_of_its_own(few: Catalogue):
    of_the_rooms = [name for name in OPERATIONS if name.startswith(("customers.", "intelligence.", "jobs.", "audit."))]
    assert sorted(each.declared.name for each in few.tools.values()) == sorted(of_the_rooms)
    assert all(re.fullmatch(r"[a-z0-9_]{1,64}", name) for name in few.tools)
    assert few.tools["customer_data_customers_merge"].declared.name == "customers.merge"
    assert few.tools["customer_data_predict_churn_risk"].declared.name == "intelligence.churn_risk"


async def test_a_first_contact_costs_at_most_1500_tokens(few: Catalogue):
    seen = await few.seen_by(operator_caller(new_id()))
    tools = listed(few.shown, seen)
    answer = ListToolsResult(tools=tools).model_dump_json(by_alias=True, exclude_none=True)
    assert [tool.name.removeprefix("customer_data_") for tool in tools] == [
        "calculate_segment_trends", "get_archetype_stats", "get_customer_profile", "predict_churn_risk",
        "recommend_segments_for_campaign", "search_customers", "search_tools", "describe_tool", "call_tool",
    ]  # fmt: skip
    assert len((answer + ABOUT + MORE).encode()) <= FIRST_CONTACT


@pytest.mark.slow
@pytest.mark.parametrize("address", ["/mcp", "/mcp?tools=all"])
async def test_two_customers_become_one_over_mcp(ground: Ground, operator: Caller, address: str):
    people = [{"customer_id": "a1", "name": "Ada"}, {"customer_id": "b1", "name": "Ada B."}]
    key = await key_of(ground, operator, "owner")

    async with listening(ground, operations=OPERATIONS) as url, client_of(url + address, key) as client:

        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            named = f"customer_data_{tool}"
            answer = await client.call_tool(*(
                ("call_tool", {"name": named, "arguments": arguments}) if address == "/mcp" else (named, arguments)
            ))  # fmt: skip
            assert not answer.is_error, answer.content
            return answer.structured_content or {}

        await call("customers_ingest", people=people)
        shown = await call("customers_preview_merge", customer_id="a1", other_id="b1", survivor="a1")
        assert shown["customer_ids"] == ["a1", "b1"]
        rule = ApprovalRuleSet(operation="customers.merge", needed=False)
        await set_approval_rule(ground, operator, rule, door="test")
        await call("customers_merge", customer_id="a1", other_id="b1", survivor="a1")
        shown = await call("customers_show", customer_id="b1")
    assert shown["customer_id"] == "a1"


def test_a_brief_schema_names_every_argument_and_all_that_are_required():
    for declared in OPERATIONS.values():
        whole = declared.asks.model_json_schema()
        short = brief(whole)
        assert list(short.get("properties", {})) == list(whole.get("properties", {}))
        assert short.get("required") == whole.get("required")


def test_a_brief_schema_keeps_types_and_choices_and_the_gist_of_descriptions():
    text = {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "default": None, "title": "Text"}
    date = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string"}, {"type": "null"}]}
    either = {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "which; more of it"}
    place = {"type": "object", "title": "Near", "properties": {"km": {"type": "number", "minimum": 0}}}
    near = {"anyOf": [{"$ref": "#/$defs/Near"}, {"type": "null"}], "description": "around"}
    sort = {"enum": ["a", "b"], "type": "string", "title": "Sort"}
    whole = {
        "type": "object", "$defs": {"Near": place}, "required": ["sort"], "additionalProperties": False,
        "properties": {"text": text, "date": date, "either": either, "near": near, "sort": sort},
    }  # fmt: skip
    assert brief(whole) == {
        "type": "object",
        "required": ["sort"],
        "properties": {
            "text": {"type": "string"},
            "date": {"type": "string"},
            "either": {"description": "which"},
            "near": {"type": "object", "properties": {"km": {"type": "number"}}, "description": "around"},
            "sort": {"type": "string", "enum": ["a", "b"]},
        },
    }
