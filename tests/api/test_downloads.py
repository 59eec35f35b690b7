"""Exports, fetched over HTTP."""

from uuid import UUID

import httpx2

from switchboard.api.app import Api
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.vault import seal_file
from switchboard.intelligence import exports
from tests.api.counter import client_of, key_of

ID = "01a1fe06-b822-713a-842e-a01473fcf3be"


async def written(ground: Ground, caller: Caller) -> None:
    path = exports.place(ground.data_dir, caller.workspace, UUID(ID), "csv")
    async with ground.work(caller) as work:
        seal_file(path, (b"customer_id\n", b"a\n" * 1_000_000), await exports.key_of(work))


async def test_a_large_export_comes_whole(client: httpx2.AsyncClient, ground: Ground, operator: Caller):
    await written(ground, operator)
    answer = await client.get(f"/v1/exports/{ID}")
    assert (answer.status_code, len(answer.content)) == (200, 12 + 2_000_000)
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="profiles.csv"'


async def test_an_export_is_its_workspaces_own_and_needs_the_permission(
    client: httpx2.AsyncClient, api: Api, ground: Ground, operator: Caller, other: Caller
):
    await written(ground, operator)
    async with client_of(api, await key_of(ground, other)) as stranger:
        assert (await stranger.get(f"/v1/exports/{ID}")).status_code == 404
    async with client_of(api, await key_of(ground, operator, "support")) as support:
        assert (await support.get(f"/v1/exports/{ID}")).status_code == 403
    assert (await client.get("/v1/exports/..%2f..%2fkeys")).status_code == 422
