"""Lists in memory: who is chosen, in which order, and page after page."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.customers.placed import At
from switchboard.foundation.ground import Ground
from switchboard.intelligence import lists, rosters, runs
from switchboard.intelligence.lists import Listing, listing
from switchboard.intelligence.snapshots import Roster
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

SEGMENTS = ("one_time", "frequent", "rare")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
everybody = st.lists(
    st.tuples(st.integers(-50, 30_000), st.integers(0, 2), st.integers(0, 1), st.integers(0, 10)), max_size=40
)


def of(people: list[tuple[int, int, int, int]]) -> Listing:
    """People with the keys 10, 20, …: (day of the last order, segment, archetype, risk in tenths)."""
    days, segments, archetypes, tenths = np.array(people, np.int32).reshape(-1, 4).T
    return listing(
        Roster(
            persons=np.arange(1, len(people) + 1, dtype=np.int64) * 10,
            last_days=days,
            archetype_ids=("aaaaaaaa", "bbbbbbbb"),
            archetypes=archetypes.astype(np.uint8),
            churn_tenths=tenths.astype(np.uint8),
            axes={"purchase_frequency": (SEGMENTS, segments.astype(np.uint8))},
            absent={},
        )
    )


def keys(of_all: Listing, kept: lists.Chosen, limit: int) -> list[int]:
    """The keys of all pages, one page after the other."""
    found: list[int] = []
    after = None
    while True:
        page = lists.page(of_all, kept, after, limit)
        assert len(page.rows) <= limit
        found += of_all.roster.persons[page.rows].tolist()
        after = page.following
        if after is None:
            return found


@settings(max_examples=200, deadline=None)
@given(people=everybody, limit=st.integers(1, 9), segment=st.sampled_from([*SEGMENTS, None]))
def test_pages_hold_everybody_chosen_once_newest_first(
    people: list[tuple[int, int, int, int]], limit: int, segment: str | None
):
    conditions = {} if segment is None else {"purchase_frequency": segment}
    of_all = of(people)
    kept = lists.chosen(of_all, None, conditions, None)
    wanted = sorted(
        ((-day, -10 * number) for number, (day, code, *_) in enumerate(people, 1)
         if segment is None or SEGMENTS[code] == segment)
    )  # fmt: skip
    assert keys(of_all, kept, limit) == [-key for _, key in wanted]


def test_all_conditions_hold_together():
    of_all = of([(5, 0, 0, 9), (5, 0, 1, 9), (5, 1, 0, 9), (5, 0, 0, 1)])
    kept = lists.chosen(of_all, "aaaaaaaa", {"purchase_frequency": "one_time"}, "CRITICAL")
    assert kept.tolist() == [True, False, False, False]


def test_an_axis_or_archetype_that_was_not_there_has_nobody():
    of_all = of([(5, 0, 0, 9)])
    assert not lists.chosen(of_all, "cccccccc", {}, None).any()
    assert not lists.chosen(of_all, None, {"return_behavior": "rare_returner"}, None).any()


@given(people=everybody, asked=st.lists(st.integers(0, 500), max_size=20))
def test_whom_a_text_found_is_kept_only_when_chosen(people: list[tuple[int, int, int, int]], asked: list[int]):
    of_all = of(people)
    kept = lists.chosen(of_all, "aaaaaaaa", {}, None)
    chosen = set(of_all.roster.persons[kept].tolist())
    assert lists.among(of_all, kept, np.array(asked, np.int64)).tolist() == [each in chosen for each in asked]


@given(people=everybody, asked=st.lists(st.integers(0, 500), max_size=20))
def test_whom_a_text_found_stands_where_lists_show_them(people: list[tuple[int, int, int, int]], asked: list[int]):
    of_all = of(people)
    kept = lists.chosen(of_all, "aaaaaaaa", {}, None)
    shown = lists.newest(of_all, kept, None, len(people))
    found = lists.placed(of_all, kept, np.array(asked, np.int64))
    assert found.page(None, 40)[0].tolist() == [
        each for each in shown.persons.tolist() for _ in range(asked.count(each))
    ]


def test_a_cursor_within_a_day_leaves_the_day_to_come():
    of_all = of([(5, 0, 0, 1), (6, 0, 0, 1), (4, 0, 0, 1)])
    noon = At(at=EPOCH + timedelta(days=5, hours=12), key=1)
    page = lists.page(of_all, np.ones(3, np.bool_), noon, 10)
    assert of_all.roster.persons[page.rows].tolist() == [10, 30]


def test_many_are_found_beyond_the_first_rows_looked_at():
    count = 2 * lists.AT_ONCE + 7
    of_all = of([(number % 900, 0, 0, 1) for number in range(count)])
    oldest = of_all.newest_first[-2:]
    kept = np.zeros(count, np.bool_)
    kept[oldest] = True
    assert lists.page(of_all, kept, None, 1).rows.tolist() == oldest[:1].tolist()


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(orders(*(f"o{n},c{n},2024-03-0{1 + n % 9}T10:00,p1,,,1,10,," for n in range(30))))
    await made.segment()
    return made


async def held(shop: Shop) -> Listing:
    async with shop.ground.work(shop.caller) as work:
        return await rosters.of_run(work, (await runs.served(work)).number)


async def test_a_roster_is_read_once_a_run(shop: Shop):
    first = await held(shop)
    assert await held(shop) is first
    assert len(first) == 30
    await shop.bring(orders("o99,c99,2024-03-09T10:00,p1,,,1,10,,"))
    await shop.segment()
    assert len(await held(shop)) == 31


async def test_the_workspace_asked_last_is_held(shop: Shop, ground: Ground, monkeypatch: pytest.MonkeyPatch):
    other = await open_shop(ground)
    await other.bring(orders("o1,c1,2024-03-09T10:00,p1,,,1,10,,"))
    await other.segment()
    monkeypatch.setattr(rosters, "MOST_HELD", 30)
    first = await held(shop)
    assert len(await held(other)) == 1
    assert await held(shop) is not first
