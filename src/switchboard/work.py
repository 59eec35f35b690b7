"""A worker process: the house with its jobs, its schedules and its reactions to news."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from multiprocessing import parent_process

from switchboard.customers.warming import keep_warm
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.events import keep_reacting
from switchboard.foundation.job_runner import JOBS_AT_ONCE, Jobs
from switchboard.foundation.settings import Settings, read_settings
from switchboard.house import background, open_house, until_gone

GIVE_WAY = 10  # of 19
CONNECTIONS_EACH = 3
"""Of a job at most: what it holds, and two units of work beside."""


async def work(settings: Settings, *, parent: int | None = None) -> None:
    """Work until told to stop, or until the process that began this one is gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM) if parent is None else (signal.SIGTERM,):
        loop.add_signal_handler(number, stop.set)
    if signal.SIGTERM in signal.sigpending():  # told to end before it began
        return
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    async with AsyncExitStack() as leaving:
        enough = max(settings.pool_size, CONNECTIONS_EACH * JOBS_AT_ONCE)  # opened as they are needed
        house = await leaving.enter_async_context(open_house(settings.model_copy(update={"pool_size": enough})))
        jobs = Jobs(url=house.url, ground=house.ground, bell=house.bell)
        background(leaving, keep_reacting(house.ground, house.bell))
        background(leaving, keep_warm(house.ground))
        await jobs.start()
        leaving.push_async_callback(jobs.stop)
        background(leaving, house.bell.keep())
        if parent is not None:
            background(leaving, until_gone(parent, stop.set))
            os.nice(GIVE_WAY)  # to who waits for an answer; not before the database is up, which would inherit it
        await stop.wait()


def main() -> None:
    """`switchboard worker`: alone until told to stop; or forked by `switchboard up`, with which it ends."""
    above = parent_process()
    try:
        asyncio.run(work(read_settings(), parent=above.pid if above else None))
    except SwitchboardError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
