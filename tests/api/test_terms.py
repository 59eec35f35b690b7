"""The headers of a change over HTTP: asked twice it is done once, a dry run leaves nothing, an approval is named."""

import httpx2
import pytest

from switchboard.api.app import Api
from switchboard.api.errors import problem_of
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.clock import now
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import Approval, ApprovalNeeded, Wanted
from tests.api.counter import client_of, key_of

pytestmark = pytest.mark.slow
BEGIN = "/v1/customers.begin_upload"
ASKED = {"name": "orders.csv"}


async def uploads(ground: Ground, operator: Caller) -> int:
    async with ground.work(operator) as work:
        query = "select count(*) from upload where workspace_id = $1"
        return int(str(await sql.fetch_value(work, query, operator.workspace)))


async def test_the_same_key_is_given_the_same_answer(client: httpx2.AsyncClient, ground: Ground, operator: Caller):
    first, again = [await client.post(BEGIN, json=ASKED, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await uploads(ground, operator) == 1


async def test_a_key_of_another_request_is_a_conflict(client: httpx2.AsyncClient, ground: Ground, operator: Caller):
    await client.post(BEGIN, json=ASKED, headers={"Idempotency-Key": "k-1"})
    other = await client.post(BEGIN, json={"name": "other.csv"}, headers={"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert await uploads(ground, operator) == 1


async def test_a_dry_run_says_so_and_leaves_nothing(client: httpx2.AsyncClient, ground: Ground, operator: Caller):
    tried = await client.post(BEGIN, json=ASKED, headers={"Dry-Run": "true"})
    assert (tried.status_code, tried.headers["dry-run"]) == (200, "true")
    assert tried.json()["upload_id"]
    assert await uploads(ground, operator) == 0
    done = await client.post(BEGIN, json=ASKED, headers={"Dry-Run": "false"})
    assert "dry-run" not in done.headers
    assert await uploads(ground, operator) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Idempotency-Key", ""), ("Idempotency-Key", "k" * 201), ("Idempotency-Key", "k\x7f"), ("Dry-Run", "maybe"),
        ("Approval", "none"),
    ],
)  # fmt: skip
async def test_a_header_that_can_not_be_read_is_named(
    client: httpx2.AsyncClient, ground: Ground, operator: Caller, name: str, said: str
):
    answer = await client.post(BEGIN, json=ASKED, headers={name: said})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)
    assert await uploads(ground, operator) == 0


@pytest.mark.parametrize("twice", [("Dry-Run", "true", "false"), ("Idempotency-Key", "a", "b")])
async def test_a_header_that_says_two_things_is_refused(
    client: httpx2.AsyncClient, ground: Ground, operator: Caller, twice: tuple[str, str, str]
):
    name, one, other = twice
    answer = await client.post(BEGIN, json=ASKED, headers=[(name, one), (name, other)])
    assert (answer.status_code, answer.json()["detail"]) == (422, f"{name}: send it once")
    assert await uploads(ground, operator) == 0


async def test_an_approval_that_is_none_is_refused(client: httpx2.AsyncClient, ground: Ground, operator: Caller):
    answer = await client.post(BEGIN, json=ASKED, headers={"Approval": str(new_id())})
    assert (answer.status_code, answer.json()["code"]) == (403, "approval_unknown")
    assert await uploads(ground, operator) == 0


async def test_whoever_has_to_wait_for_a_person_is_told_the_approvals_id():
    wanted = Wanted(
        operation="keys.add", title="Make an API key", permission="keys:manage", by_default=True, asked=Nothing()
    )
    approval = Approval(id=new_id(), expires_at=now())
    answer = problem_of(ApprovalNeeded(wanted, approval, "https://shop.example"))
    assert answer.status == 409
    assert dict(answer.headers)[b"approval"] == str(approval.id).encode()


async def test_a_reading_operation_takes_no_notice_of_a_key(client: httpx2.AsyncClient):
    answers = [
        await client.post("/v1/counter.echo", json={"customer_id": each}, headers={"Idempotency-Key": "k"})
        for each in ("c1", "c2")
    ]
    assert [each.json()["customer_id"] for each in answers] == ["c1", "c2"]


async def test_the_document_shows_the_headers_of_changes_alone(api: Api, ground: Ground, operator: Caller):
    async with client_of(api, await key_of(ground, operator)) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    headers = {
        path: [each["name"] for each in paths[path]["post"].get("parameters", ()) if each["in"] == "header"]
        for path in (BEGIN, "/v1/counter.echo")
    }
    assert headers == {BEGIN: ["Idempotency-Key", "Dry-Run", "Approval"], "/v1/counter.echo": []}
    assert "goes by itself after some days" in paths[BEGIN]["post"]["description"]
