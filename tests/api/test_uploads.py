"""Files on their way in."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest

from switchboard.api.app import Api
from switchboard.api.exchange import WentAway
from switchboard.customers import receiving, uploads
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.vault import opened_file
from tests.api.counter import client_of, key_of


@pytest.fixture
async def place(client: httpx2.AsyncClient) -> str:
    begun = await client.post("/v1/customers.begin_upload", json={"name": "orders.csv"})
    path: str = begun.json()["path"]
    return path


async def test_a_file_arrives_and_a_second_one_replaces_it(
    client: httpx2.AsyncClient, ground: Ground, place: str, operator: Caller
):
    first = await client.put(place, content=b"a" * 2_500_000)
    second = await client.put(place, content=b"b" * 3)
    kept = uploads.place(ground.data_dir, operator.workspace, first.json()["upload_id"])
    assert (first.status_code, first.json()["size"]) == (200, 2_500_000)
    assert second.json()["size"] == 3
    async with ground.work(operator) as work:
        key = await uploads.key_of(work)
    assert b"bbb" not in kept.read_bytes()
    assert b"".join(opened_file(kept, key)) == b"bbb"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert list(kept.parent.iterdir()) == [kept]


async def test_nobody_sends_to_an_upload_of_another_workspace_or_to_none(
    client: httpx2.AsyncClient, api: Api, ground: Ground, place: str, other: Caller
):
    async with client_of(api, await key_of(ground, other)) as stranger:
        assert (await stranger.put(place, content=b"x")).status_code == 404
    assert (await client.put("/v1/uploads/00000000-0000-0000-0000-000000000000", content=b"x")).status_code == 404
    assert (await client.put("/v1/uploads/..%2f..%2fkeys", content=b"x")).status_code == 422


async def test_who_may_not_import_sends_nothing(api: Api, ground: Ground, operator: Caller, place: str):
    async with client_of(api, await key_of(ground, operator, "analyst")) as analyst:
        assert (await analyst.put(place, content=b"x")).status_code == 403


async def test_a_file_beyond_its_bound_leaves_nothing(
    client: httpx2.AsyncClient, ground: Ground, operator: Caller, place: str
):
    told = await client.put(place, headers={"content-length": str(receiving.MOST + 1)}, content=b"x")
    assert (told.status_code, told.json()["code"]) == (413, "too_large")
    assert [each.name for each in (ground.data_dir / "uploads" / str(operator.workspace)).iterdir()] == []


async def test_a_file_cut_off_leaves_what_was_there(tmp_path: Path):
    async def cut_off() -> AsyncGenerator[bytes]:
        yield b"half"
        raise WentAway

    kept = tmp_path / "upload"
    kept.write_bytes(b"before")
    with pytest.raises(WentAway):
        await receiving.keep(cut_off(), kept, bytes(32))
    assert kept.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [kept]
