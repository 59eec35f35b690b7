"""A page of whom a filter finds is the same whether few are found or many."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.customers.placed import NEVER_ORDERED, At
from switchboard.intelligence.copies import Everybody
from switchboard.intelligence.matches import Matches

MOMENTS = (NEVER_ORDERED, 1_600_000_000, 1_600_000_001, 1_700_000_000)  # few, so that many ordered at once


def matches(ordered: list[int], chosen: list[bool]) -> Matches:
    """Of people of these moments those who are chosen."""
    persons = np.arange(len(ordered), dtype=np.int64) * 3 + 7
    return Matches(
        of=Everybody(persons=persons, ordered=np.array(ordered, np.int64)), chosen=np.array(chosen, np.bool_)
    )


@settings(deadline=None)
@given(
    people=st.lists(st.tuples(st.sampled_from(MOMENTS), st.booleans()), max_size=200),
    alone=st.booleans(), limit=st.integers(1, 40),
)  # fmt: skip
def test_pages_come_one_after_the_other_newest_order_first(
    people: list[tuple[int, bool]], alone: bool, limit: int
) -> None:
    chosen = [is_chosen for _, is_chosen in people]
    if alone and people:
        chosen = [False] * (len(people) - 1) + [True]
    found = matches([ordered for ordered, _ in people], chosen)
    expected = sorted(zip(found.ordered.tolist(), found.persons.tolist(), strict=True), reverse=True)
    pages, after = list[list[int]](), None
    while True:
        keys, after = found.page(after, limit)
        pages.append(keys.tolist())
        if after is None:
            break
    assert [key for page in pages for key in page] == [key for _, key in expected]
    assert all(len(page) == limit for page in pages[:-1])
    assert len(found) == sum(chosen)


def test_only_some_of_those_who_are_found_are_kept() -> None:
    found = matches([1, 2, 3, 4], [True, False, True, True]).only(np.array([True, False, True]))
    assert found.persons.tolist() == [7, 16]
    assert found.has(np.array([16, 13, 10])).tolist() == [True, False, False]
    assert found.placed(np.array([7, 13])).persons.tolist() == [7]


def test_a_page_begins_after_a_place_nobody_stands_at() -> None:
    found = matches([5, 6, 7], [True, True, True])
    keys, after = found.page(At(at=datetime.fromtimestamp(6, UTC), key=11), 5)
    assert (keys.tolist(), after) == ([10, 7], None)
