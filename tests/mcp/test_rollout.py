"""Rollout worked out: who is let in when, and when a plan is taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from switchboard.mcp.rollout import Health, Rollout, Step, judged, lets_in, percent, place, rolled_back

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
PLAN = Rollout(began_at=BEGAN, changed_at=BEGAN)
WELL = Health(calls=1_000, failed=0, p95_ms=20)
CALLERS = [UUID(int=n) for n in range(10_000)]


@pytest.mark.parametrize(("days", "expected"), [(0, 10), (2.9, 10), (3, 25), (7, 50), (13.9, 50), (14, 100)])
def test_a_plan_grows_to_all_callers_in_two_weeks_unless_told_otherwise(days: float, expected: float):
    assert percent(PLAN, BEGAN + timedelta(days=days)) == expected


def test_without_a_plan_everybody_is_let_in_and_after_it_was_taken_back_nobody():
    back = rolled_back(PLAN, "by hand", BEGAN)
    assert [percent(None, BEGAN), percent(back, BEGAN)] == [100, 0]
    assert all(lets_in("a", None, caller, BEGAN) for caller in CALLERS[:100])
    assert not any(lets_in("a", back, caller, BEGAN) for caller in CALLERS[:100])


def test_as_many_are_let_in_as_the_plan_says_and_whoever_is_in_stays_in():
    let_in = [
        {caller for caller in CALLERS if lets_in("a", PLAN, caller, BEGAN + timedelta(days=days))}
        for days in (0, 3, 7, 14)
    ]
    for share, callers in zip((0.1, 0.25, 0.5, 1), let_in, strict=True):
        assert abs(len(callers) / len(CALLERS) - share) < 0.02
    assert all(one <= other for one, other in pairwise(let_in))


def test_callers_stand_elsewhere_for_another_server():
    here = {caller for caller in CALLERS if place("a", caller) < 10}
    there = {caller for caller in CALLERS if place("b", caller) < 10}
    assert 0 < len(here & there) < len(here) / 2


@pytest.mark.parametrize(
    ("health", "reason"),
    [
        (Health(calls=100, failed=6, p95_ms=20), "6.0% of 100 calls failed, more than 5.0%"),
        (
            Health(calls=100, failed=5, p95_ms=2_001),
            "5 % of 100 calls took longer than 2,001 ms, the bound is 2,000 ms",
        ),
    ],
)
def test_a_plan_is_taken_back_when_calls_fail_or_take_too_long(health: Health, reason: str):
    after = judged(PLAN, health, BEGAN + timedelta(hours=1))
    assert (after.state, after.reason) == ("rolled_back", reason)


@pytest.mark.parametrize(
    "health", [WELL, Health(calls=19, failed=19, p95_ms=9_000), Health(calls=100, failed=5, p95_ms=2_000)]
)
def test_a_plan_goes_on_at_its_bounds_and_where_there_are_too_few_calls_to_judge(health: Health):
    assert judged(PLAN, health, BEGAN + timedelta(hours=1)) == PLAN


def test_a_plan_is_done_when_it_lets_everybody_in_and_is_judged_no_more():
    done = judged(PLAN, WELL, BEGAN + timedelta(days=14))
    assert done.state == "done"
    assert judged(done, Health(calls=100, failed=100, p95_ms=1), BEGAN + timedelta(days=15)) == done
    assert percent(replace(done, steps=(Step(percent=10, after_days=0),)), BEGAN) == 100
