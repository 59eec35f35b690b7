"""Who is let in, by key, token or password, and what is open to all."""

import httpx2
import pytest

from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import Workspace
from switchboard.api.app import Api
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import DatabaseDown
from switchboard.foundation.ground import Ground
from tests.accounts.people import PASSWORD, add_user
from tests.api.counter import client_of, door, key_of

PERSON, ASKED = "/v1/counter.person", {"customer_id": "c1"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer sb_wrong"}, {"authorization": "Basic YTpi"}, {"authorization": "Bearer "},
     {"authorization": "Bearer a.b.c"}, {"x-api-key": ""}, {"authorization": "Bearer \x80\xff"}],
)  # fmt: skip
async def test_nobody_gets_in_without_a_credential(nobody: httpx2.AsyncClient, headers: dict[str, str]):
    sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = await nobody.post(PERSON, json=ASKED, headers=sent)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_may_come_in_either_header(nobody: httpx2.AsyncClient, ground: Ground, operator: Caller):
    key = await key_of(ground, operator)
    for headers in ({"authorization": f"bearer {key}"}, {"x-api-key": key}):
        answer = await nobody.post(PERSON, json=ASKED, headers=headers)
        assert answer.status_code == 200


async def test_a_password_gives_a_token_that_lets_in_until_logout(
    nobody: httpx2.AsyncClient, ground: Ground, workspace: Workspace
):
    email = await add_user(ground, workspace)
    given = (await nobody.post("/api/auth/token", json={"email": email, "password": PASSWORD})).json()
    bearer = {"authorization": f"Bearer {given['access_token']}"}
    assert (given["expires_in"], given["token_type"]) == (86_400, "Bearer")
    assert (await nobody.post(PERSON, json=ASKED, headers=bearer)).status_code == 200
    assert (await nobody.post("/api/auth/logout", headers=bearer)).json() == {}
    assert (await nobody.post(PERSON, json=ASKED, headers=bearer)).status_code == 401


async def test_a_key_gives_a_token_and_a_refresh_token_works_once(
    nobody: httpx2.AsyncClient, ground: Ground, operator: Caller
):
    given = (await nobody.post("/api/auth/token", json={"api_key": await key_of(ground, operator)})).json()
    refreshed = await nobody.post("/api/auth/refresh", json={"refreshToken": given["refresh_token"]})
    again = await nobody.post("/api/auth/refresh", json={"refresh_token": given["refresh_token"]})
    assert refreshed.json()["access_token"] != given["access_token"]
    assert again.status_code == 401


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"email": "mia@example.com", "password": "wrong wrong wrong"}, 401), ({"email": "mia@example.com"}, 422),
     ({}, 422), ({"api_key": "sb_wrong"}, 401), ({"api_key": "sb_x", "email": "mia@example.com"}, 422),
     ({"email": "no address", "password": "x" * 300}, 422)],
)  # fmt: skip
async def test_a_sign_in_that_fails_tells_no_more_than_that(
    nobody: httpx2.AsyncClient, asked: dict[str, str], status: int
):
    answer = await nobody.post("/api/auth/token", json=asked)
    assert answer.status_code == status
    assert "mia@example.com" not in answer.text
    assert "xxx" not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/docs", "/openapi.json"])
async def test_health_and_documents_are_open_to_all(nobody: httpx2.AsyncClient, path: str):
    assert (await nobody.get(path)).status_code == 200


async def test_it_is_not_ready_while_the_database_is_away(ground: Ground):
    async def away() -> None:
        raise DatabaseDown("the database is away")

    async with client_of(door(ground, Credentials(ground, None), ready=away)) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_down")
        assert (await client.get("/healthz")).status_code == 200


async def test_figures_are_shown_to_the_machine_itself_and_to_callers(api: Api, ground: Ground, operator: Caller):
    async with client_of(api) as here, client_of(api, address="192.0.2.7") as away:
        assert "switchboard_calls" in (await here.get("/metrics")).text
        through_a_proxy = await here.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"})
        assert through_a_proxy.status_code == 401
        assert (await away.get("/metrics")).status_code == 401
        known = await away.get("/metrics", headers={"x-api-key": await key_of(ground, operator)})
        assert known.status_code == 200
