"""What the house costs while nobody wants anything of it, and how soon it stands."""

import time
from collections.abc import Iterator

from bench.figures import Figure, median, say
from soak.client import Client
from soak.house import House, children, cpu_s, pss_mb, until

READY = "/readyz"
STILL_S = 5.0  # after what a start still does


def starts(house: House, client: Client, times: int) -> Iterator[Figure]:
    """From `switchboard up` on a data directory that is there to the first 200; the last one goes on."""
    walls, spent = list[float](), list[float]()
    for last in range(1, times + 1):
        began = time.monotonic()
        house.begin()
        until(lambda: client.call("GET", READY).status == 200, "readiness")
        walls.append(time.monotonic() - began)
        spent.append(sum(map(cpu_s, house.everything())))
        say(f"ready after {walls[-1]:.2f} s")
        if last < times:
            house.stop()
    yield Figure(figure="start_to_ready_p50", value=median(walls), unit="s", target="<= 5")
    yield Figure(figure="start_to_ready_best", value=min(walls), unit="s", target="<= 2.5")
    yield Figure(figure="start_cpu_p50", value=median(spent), unit="s")


def idle(house: House, for_s: float) -> Iterator[Figure]:
    """CPU and memory of all processes together, PostgreSQL's with them."""
    time.sleep(STILL_S)
    before, began = {each: cpu_s(each) for each in _all(house)}, time.monotonic()
    time.sleep(for_s)
    spent = sum(max(0.0, cpu_s(each) - before.get(each, 0.0)) for each in _all(house))
    share = 100 * spent / (time.monotonic() - began)
    yield Figure(figure="idle_cpu_of_one_core", value=share, unit="%", target="<= 2")
    own = [house.up.pid, *children(house.up.pid)] if house.up else []
    ours, all_of_it = sum(map(pss_mb, own)), sum(map(pss_mb, _all(house)))
    yield Figure(figure="memory_pss", value=all_of_it, unit="MB")
    yield Figure(figure="memory_pss_without_postgresql", value=ours, unit="MB")


def _all(house: House) -> list[int]:
    return house.everything()
