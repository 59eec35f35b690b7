"""Recomputing everything from the mirror, and bringing the mirror up to a day's changes."""

from collections.abc import Iterator

from bench import shop
from bench.figures import Figure, median, say
from bench.place import Place, Ran

CHANGED = 10_000
AGAIN = 3


def measure(place: Place, customers: int, workspace: str = "shop-1") -> Iterator[Figure]:
    """The workspace's orders are there; afterwards it is segmented, a day older."""
    say("the mirror, whole")
    first = _step(place, "refresh", workspace)
    yield Figure(figure=f"mirror of {first.said['lines']:,} lines, whole", value=first.said["took_s"], unit="s")
    yield Figure(figure="mirror, whole, memory", value=first.process_mb, unit="MB")
    say("everything recomputed")
    full = _step(place, "segment", workspace)
    name = f"recompute of {customers:,} customers, with predictions"
    yield Figure(figure=name, value=full.said["took_s"], unit="s", target="<= 25")
    yield Figure(figure=f"{name}, memory", value=full.process_mb, unit="MB", target="<= 2560")
    yield Figure(figure=f"{name}, memory of the database", value=full.server_mb, unit="MB")
    part = _step(place, "work_out", workspace)
    yield Figure(figure=f"{name}, without serving it", value=part.said["took_s"], unit="s")
    again = _step(place, "segment", workspace)
    yield Figure(figure=f"{name}, when nothing changed", value=again.said["took_s"], unit="s", target="<= 25")
    took = [_day(place, customers, workspace, number) for number in range(1, AGAIN + 1)]
    yield Figure(
        figure=f"mirror after a day's {min(CHANGED, customers):,} changed customers", value=median(took), unit="s",
        target="<= 2",
    )  # fmt: skip
    after = _step(place, "segment", workspace)
    yield Figure(figure=f"{name}, days later", value=after.said["took_s"], unit="s", target="<= 25")


def _step(place: Place, name: str, workspace: str) -> Ran:
    """The step, on quiet processors."""
    place.rest()
    return place.step(name, workspace)


def _day(place: Place, customers: int, workspace: str, number: int) -> float:
    """Seconds until the mirror has the orders of one more day."""
    say(f"day {number}")
    day = place.root / "day.csv"
    shop.write_day(day, customers, min(CHANGED, customers), day=number)
    ran = place.run("import", "orders", str(day), "--workspace", workspace)
    say(f"day {number}: imported in {ran.wall_s:.1f} s")
    return _step(place, "refresh", workspace).said["took_s"]
