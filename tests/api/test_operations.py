"""`POST /v1/<operation>`: what goes in, what comes out, and what goes wrong."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest
import structlog.testing

from switchboard.api.app import Api
from tests.api.counter import client_of

ECHO = "/v1/counter.echo"


async def test_an_operation_is_answered_in_snake_case(client: httpx2.AsyncClient):
    answer = await client.post(ECHO, json={"customer_id": "c1", "order_lines": [{"product_id": "p", "unit_price": 2}]})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {
        "customer_id": "c1", "as_of": None, "order_lines": [{"product_id": "p", "unit_price": 2.0}], "column_names": {}
    }  # fmt: skip


async def test_names_may_be_sent_in_camel_case_at_any_depth_but_data_stays_as_it_is(client: httpx2.AsyncClient):
    asked = {
        "customerId": "c1", "orderLines": [{"productId": "p", "unitPrice": 2}], "columnNames": {"orderId": "myColumn"}
    }  # fmt: skip
    answer = await client.post(ECHO, json=asked)
    assert answer.status_code == 200
    assert answer.json()["order_lines"] == [{"product_id": "p", "unit_price": 2.0}]
    assert answer.json()["column_names"] == {"orderId": "myColumn"}


async def test_a_name_sent_both_ways_is_refused(client: httpx2.AsyncClient):
    answer = await client.post(ECHO, json={"customer_id": "c1", "customerId": "c2"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "customerId")


async def test_no_body_is_an_empty_request(client: httpx2.AsyncClient):
    answer = await client.post("/v1/counter.twice")
    assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize(
    ("path", "asked", "status", "code"),
    [
        ("/v1/counter.person", {"customer_id": "nobody"}, 404, "not_found"),
        ("/v1/counter.later", {}, 409, "not_segmented"),
        ("/v1/counter.manage", {}, 403, "not_allowed"),
        ("/v1/counter.echo", {}, 422, "invalid"),
        ("/v1/counter.echo", {"customer_id": "c", "more": 1}, 422, "invalid"),
        ("/v1/counter.echo", {"customer_id": "a\0b"}, 422, "invalid"),
        ("/v1/counter.echo", [], 422, "invalid"),
        ("/v1/counter.nothing", {}, 404, "not_found"),
        ("/v1/", {}, 404, "not_found"),
        ("/elsewhere", {}, 404, "not_found"),
    ],
)
async def test_what_goes_wrong_is_a_problem(
    client: httpx2.AsyncClient, path: str, asked: object, status: int, code: str
):
    answer = await client.post(path, json=asked)
    said = answer.json()
    assert (answer.status_code, said["status"], said["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= said.keys()


async def test_a_wrong_value_is_named_with_its_field_and_not_repeated(client: httpx2.AsyncClient):
    answer = await client.post(ECHO, json={"customer_id": "c", "order_lines": [{"product_id": {"secret": "word"}}]})
    said = answer.json()
    assert said["errors"] == [{"field": "order_lines.0.product_id", "message": "Input should be a valid string"}]
    assert "the fields are: customer_id, as_of" in said["detail"]
    assert "word" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"customer_id": "\\ud800"}', b"[" * 5_000, b"NaN,"])
async def test_what_is_no_json_is_told(client: httpx2.AsyncClient, body: bytes):
    answer = await client.post(ECHO, content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")


async def test_a_body_beyond_a_megabyte_is_refused(client: httpx2.AsyncClient):
    answer = await client.post(ECHO, content=b" " * 1_000_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_body_in_pieces_is_put_together(client: httpx2.AsyncClient):
    async def pieces():
        for piece in (b'{"customer', b'_id":', b'"c1"}'):
            yield piece

    answer = await client.post(ECHO, content=pieces())
    assert answer.json()["customer_id"] == "c1"


async def test_a_wrong_method_is_told_the_right_one(client: httpx2.AsyncClient):
    answer = await client.get(ECHO)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path", ["oauth-authorization-server", "oauth-authorization-server/mcp", "openid-configuration"]
)
async def test_what_is_not_well_known_is_not_there_rather_than_a_page_to_sign_in(api: Api, method: str, path: str):
    """Clients of MCP that look for an authorization server would take a page for one that is broken."""

    async def home(*_: object) -> None:
        pytest.fail("a page was asked for")

    async with client_of(replace(api, home=home)) as http:
        answer = await http.request(method, f"/.well-known/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_bug_says_nothing_of_itself_and_is_logged_without_its_message(client: httpx2.AsyncClient):
    with structlog.testing.capture_logs() as lines:
        answer = await client.post("/v1/counter.break")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["detail"]
    assert (lines[0]["error"], lines[0]["path"]) == ("ZeroDivisionError", "/v1/counter.break")
    assert "mia@example.com" not in str(lines[0]["at"]).replace('raise ZeroDivisionError("mia@example.com")', "")


async def test_every_answer_is_guarded_and_has_an_id_of_our_own(client: httpx2.AsyncClient):
    answers = [
        await client.post(ECHO, json={"customer_id": "c"}, headers={"x-request-id": "theirs"}),
        await client.post("/v1/nothing"),
        await client.get("/healthz"),
    ]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 3
    assert "theirs" not in ids
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["cache-control"] == "no-store"


async def test_a_published_limit_is_told_and_kept(client: httpx2.AsyncClient):
    first, second, third = [await client.post("/v1/counter.twice") for _ in range(3)]
    told: list[Any] = [(each.status_code, each.headers["ratelimit-remaining"]) for each in (first, second, third)]
    assert told == [(200, "1"), (200, "0"), (429, "0")]
    assert first.headers["ratelimit-limit"] == "2"
    assert third.json()["code"] == "limit_reached"
    assert 0 < int(third.headers["retry-after"]) <= 3600
    assert third.headers["ratelimit-reset"] == third.headers["retry-after"]
