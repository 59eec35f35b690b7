"""A worker process: the house with its jobs, its schedules and its reactions to news."""

import asyncio
import contextlib
import os
import signal
from contextlib import AsyncExitStack

from switchboard.foundation.events import keep_reacting
from switchboard.foundation.job_runner import Jobs
from switchboard.foundation.settings import Settings, read_settings
from switchboard.house import background, open_house, until_gone


async def work(settings: Settings, *, parent: int | None = None) -> None:
    """Work until told to stop, or until the process that began this one is gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as leaving:
        house = await leaving.enter_async_context(open_house(settings))
        jobs = Jobs(url=house.url, ground=house.ground, bell=house.bell)
        background(leaving, keep_reacting(house.ground, house.bell))
        await jobs.start()
        leaving.push_async_callback(jobs.stop)
        background(leaving, house.bell.keep())
        if parent is not None:
            background(leaving, until_gone(parent, stop.set))
        await stop.wait()


def main() -> None:
    """The worker that `switchboard up` begins: it ends with it."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(work(read_settings(), parent=os.getppid()))


if __name__ == "__main__":
    main()
