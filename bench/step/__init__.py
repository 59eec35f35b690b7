"""Parts of commands, each in a process of its own: `refresh`, `work_out` and `segment` of a workspace."""

import time
from dataclasses import asdict
from typing import Any

from switchboard.accounts import tenants
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.settings import read_settings
from switchboard.house import open_house
from switchboard.intelligence import refreshing, runs


async def take(step: str, workspace: str) -> dict[str, Any]:
    """Do the step; what it did and how long it took, without the process's own start."""
    async with open_house(read_settings()) as house:
        caller = operator_caller((await tenants.only_or_named(house.ground, workspace)).id)
        async with house.ground.work(caller, timeout_s=3_600) as work:
            began = time.perf_counter()
            done = await STEPS[step](house.ground, work)
        return done | {"took_s": time.perf_counter() - began}


async def refresh(_: Ground, work: Work) -> dict[str, Any]:
    return asdict(await refreshing.refresh(work))


async def segment(_: Ground, work: Work) -> dict[str, Any]:
    run = await runs.segment(work, None)
    return {"customers": run.customers, "archetypes": len(run.archetypes)}


async def work_out(ground: Ground, work: Work) -> dict[str, Any]:
    """What `segment` does before it writes anything."""
    workspace = await tenants.current(work)
    outcome = await runs.at(work, workspace, workspace.as_of(ground.clock()), await runs.settings_of(work), None)
    assert outcome is not None, "the shop has customers"
    return {"customers": len(outcome.result.features)}


STEPS = {"refresh": refresh, "segment": segment, "work_out": work_out}
