"""The access log: enough to see what was slow, nothing of whom it was about."""

import json
import os
from collections.abc import Generator

import pytest

from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from tests.api.counter import client_of, door, key_of


@pytest.fixture
def pipe() -> Generator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


async def test_a_request_is_logged_by_the_template_of_its_path(ground: Ground, operator: Caller, pipe: tuple[int, int]):
    log = AccessLog(out=pipe[1])
    async with client_of(door(ground, Credentials(ground, None), log=log), await key_of(ground, operator)) as client:
        answer = await client.get("/api/mcp/customer/mia%40example.com?as_of=2026-01-01T00:00:00Z")
        await client.request('GE"T', "/no/such/path")
    log.write()
    lines = [json.loads(line) for line in os.read(pipe[0], 10_000).splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/api/mcp/customer/{id}", 200), ("OTHER", "", 404)
    ]  # fmt: skip
    assert lines[0]["request_id"] == answer.headers["x-request-id"]
    assert lines[0]["took_us"] > 0
    assert "mia" not in str(lines)


async def test_many_lines_are_not_kept_waiting(pipe: tuple[int, int]):
    log = AccessLog(out=pipe[1])
    for _ in range(200):
        log.line("id", "GET", "/healthz", 200, 1)
    assert len(os.read(pipe[0], 100_000).splitlines()) == 200


async def test_the_log_can_be_off(pipe: tuple[int, int]):
    log = AccessLog(on=False, out=pipe[1])
    log.line("id", "GET", "/healthz", 200, 1)
    log.write()
    os.set_blocking(pipe[0], False)
    with pytest.raises(BlockingIOError):
        os.read(pipe[0], 1)
