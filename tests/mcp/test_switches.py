"""Servers that are off are not there."""

import httpx2
import pytest

from switchboard.foundation import flags as stored
from switchboard.foundation.callers import Caller
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings
from tests.api.counter import key_of
from tests.mcp.house import ON, client_of, listening

OFF = Settings(mcp_enabled=False, mcp_customer_data_enabled=False)
ALONE = Settings(mcp_enabled=True, mcp_customer_data_enabled=False)


@pytest.mark.parametrize(("settings", "whole", "one"), [(OFF, 404, 404), (ALONE, 401, 404), (ON, 401, 401)])
async def test_what_is_off_answers_like_an_unknown_path(ground: Ground, settings: Settings, whole: int, one: int):
    async with listening(ground, settings) as url, httpx2.AsyncClient(base_url=url) as client:
        assert (await client.post("/mcp")).status_code == whole
        assert (await client.post("/mcp/customer-data")).status_code == one


async def test_a_server_that_is_off_has_no_tools_among_all(ground: Ground, operator: Caller):
    async with listening(ground, ALONE) as url, client_of(f"{url}/mcp", await key_of(ground, operator)) as client:
        assert (await client.list_tools()).tools == []


async def test_the_switch_in_the_console_goes_before_the_settings(ground: Ground, operator: Caller):
    try:
        for on, settings in ((True, OFF), (False, ON), (None, ON), (None, OFF)):
            async with ground.work(operator) as work:
                await stored.switch(work, "mcp_enabled", on=on)
            expected = settings.mcp_enabled if on is None else on
            assert await Flags(ground=ground, settings=settings).all_on("mcp_enabled") is expected
    finally:
        async with ground.work(operator) as work:
            await stored.switch(work, "mcp_enabled", on=None)


async def test_a_switch_is_remembered_for_a_moment(ground: Ground, operator: Caller):
    flags = Flags(ground=ground, settings=ON)
    assert await flags.all_on("mcp_monitoring_enabled") is False
    async with ground.work(operator) as work:
        await stored.switch(work, "mcp_monitoring_enabled", on=True)
    assert await flags.all_on("mcp_monitoring_enabled") is False
    assert await Flags(ground=ground, settings=ON).all_on("mcp_monitoring_enabled", "mcp_enabled") is True
