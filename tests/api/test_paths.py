"""The published paths."""

from typing import Any

import httpx2
import pytest

from switchboard.api.paths.intelligence import INTELLIGENCE
from switchboard.api.paths.tools import QUERIES_PER_HOUR

QUERY = "/api/mcp/query"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/api/mcp/customer/c1", {"customer_id": "c1", "as_of": None}),
        ("/api/mcp/customer/shop:c%2F1%20%C3%A9", {"customer_id": "shop:c/1 é", "as_of": None}),
        ("/api/mcp/customer/c1?as_of=2026-01-01T00:00:00Z", {"customer_id": "c1", "as_of": "2026-01-01T00:00:00Z"}),
        ("/api/mcp/customer/c1?asOf=2026-01-01T00:00:00Z", {"customer_id": "c1", "as_of": "2026-01-01T00:00:00Z"}),
        ("/api/mcp/customer/%ff", {"customer_id": "\ufffd", "as_of": None}),
        ("/api/mcp/customer/c1/churn-risk", {"customer_id": "c1", "as_of": None}),
        ("/api/mcp/customer/random?limit=7", {"metric": "total_ltv", "limit": 7}),
        ("/api/mcp/archetypes/top?metric=avg_ltv&limit=3", {"metric": "avg_ltv", "limit": 3}),
        ("/api/mcp/campaign/retention?max_segments=2", {"goal": "retention", "max_segments": 2}),
        ("/api/mcp/campaign/retention?maxSegments=2", {"goal": "retention", "max_segments": 2}),
    ],
)
async def test_a_path_and_its_query_are_the_request(client: httpx2.AsyncClient, path: str, given: dict[str, Any]):
    answer = await client.get(path)
    assert (answer.status_code, answer.json()) == (200, given)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/mcp/customer/nobody", 404),
        ("/api/mcp/customer/c1?customer_id=c2", 422),
        ("/api/mcp/customer/c1?more=1", 422),
        ("/api/mcp/customer/c1?as_of=yesterday", 422),
        ("/api/mcp/customer/c1?as_of=%ff", 422),
        ("/api/mcp/customer/%00", 422),
        ("/api/mcp/customer/", 404),
        ("/api/mcp/customer/c1/more", 404),
        ("/api/mcp/archetypes/top?limit=0", 422),
        ("/api/mcp/churn/aggregate", 404),  # nobody declared its operation
    ],
)
async def test_what_does_not_fit_is_a_problem(client: httpx2.AsyncClient, path: str, status: int):
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_head_is_the_same_answer_without_its_body(client: httpx2.AsyncClient):
    for path in ("/healthz", "/api/mcp/customer/c1", "/api/mcp/customer/nobody"):
        whole, head = await client.get(path), await client.head(path)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers["content-length"] == whole.headers["content-length"]


async def test_a_search_is_a_body(client: httpx2.AsyncClient):
    answer = await client.post("/api/mcp/search", json={"customerId": "c1"})
    assert (answer.status_code, answer.json()["customer_id"]) == (200, "c1")


async def test_a_path_with_a_fixed_word_comes_before_the_id_it_could_be():
    paths = [row.path for row in INTELLIGENCE]
    assert paths.index("/api/mcp/customer/random") < paths.index("/api/mcp/customer/{id}")


async def test_tools_are_those_the_caller_may_use(client: httpx2.AsyncClient):
    tools = (await client.get("/api/mcp/tools")).json()["tools"]
    assert [tool["name"] for tool in tools] == [
        "get_archetype_stats", "get_customer_profile", "intelligence_churn_risk", "intelligence_profile",
        "intelligence_random_customer", "intelligence_recommend_segments", "intelligence_search",
        "intelligence_top_archetypes", "predict_churn_risk", "search_customers",
    ]  # fmt: skip
    assert tools[1]["input_schema"]["required"] == ["customer_id"]
    assert tools[1]["description"] == "Somebody."


@pytest.mark.parametrize(
    "asked",
    [
        {"tool": "get_customer_profile", "arguments": {"customer_id": "c1"}},
        {"tool_name": "get_customer_profile", "parameters": {"customerId": "c1"}},
        {"toolName": "get_customer_profile", "parameters": {"customer_id": "c1"}},
    ],
)
async def test_a_tool_is_called_by_name(client: httpx2.AsyncClient, asked: dict[str, Any]):
    answer = await client.post(QUERY, json=asked)
    assert answer.json() == {"tool": "get_customer_profile", "result": {"customer_id": "c1", "as_of": None}}
    assert answer.headers["ratelimit-limit"] == str(QUERIES_PER_HOUR)
    assert answer.headers["ratelimit-remaining"] == str(QUERIES_PER_HOUR - 1)


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"tool": "no_such_tool"}, 404, None),
        ({}, 422, ""),
        ({"tool": "get_customer_profile", "tool_name": "get_customer_profile"}, 422, ""),
        ({"tool": "get_customer_profile", "arguments": {"customer": "c1"}}, 422, "customer_id"),
        ({"tool": "get_customer_profile", "arguments": {"customer_id": "nobody"}}, 404, None),
        ({"tool": "calculate_segment_trends"}, 403, None),
    ],
)
async def test_a_query_that_can_not_be_answered_says_why(
    client: httpx2.AsyncClient, asked: dict[str, Any], status: int, field: str | None
):
    answer = await client.post(QUERY, json=asked)
    assert answer.status_code == status
    if field is not None:
        assert answer.json()["errors"][0]["field"] == field


async def test_queries_share_one_limit_over_all_tools(client: httpx2.AsyncClient):
    asked = [
        {"tool": "get_customer_profile", "arguments": {"customer_id": "c1"}},
        {"tool": "search_customers", "arguments": {"customer_id": "c1"}},
    ]
    answers = [await client.post(QUERY, json=asked[n % 2]) for n in range(QUERIES_PER_HOUR + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "limit_reached")
    assert (await client.get("/api/mcp/tools")).status_code == 200
    assert (await client.get("/api/mcp/customer/c1")).status_code == 200
