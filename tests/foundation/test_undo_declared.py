"""Every operation that changes something says how it is taken back."""

import pytest

from switchboard import house
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.terms import Undo, not_undone, undone_by, undone_within

OURS = {name: each for name, each in OPERATIONS.items() if each.run.__module__.startswith("switchboard.")}
CHANGING = {name: each for name, each in OURS.items() if not each.reads}


def test_every_module_that_declares_operations_is_looked_at() -> None:
    assert {each.__name__ for each in house.DECLARED} >= {each.run.__module__ for each in OURS.values()}
    assert len(CHANGING) > 50


def test_whatever_changes_something_says_how_it_is_undone_and_whatever_reads_does_not() -> None:
    assert [name for name, each in CHANGING.items() if each.undo is None] == []
    assert [name for name, each in OURS.items() if each.reads and each.undo is not None] == []


@pytest.mark.parametrize("name", sorted(CHANGING))
def test_an_undo_is_an_operation_for_a_time_or_always_or_a_reason(name: str) -> None:
    undo = CHANGING[name].undo
    assert undo is not None
    assert [undo.by, undo.never].count(None) == 1
    assert undo.within_s is None or (undo.by is not None and undo.within_s > 0)
    assert undo.by is None or undo.by in CHANGING


def test_who_may_do_something_may_undo_it() -> None:
    apart = {
        name: (each.permission, CHANGING[each.undo.by].permission)
        for name, each in CHANGING.items()
        if each.undo is not None and each.undo.by is not None and CHANGING[each.undo.by].permission != each.permission
    }
    assert apart == {"customers.ingest": ("customers:ingest", "customers:import")}  # both of the same roles


def test_every_door_shows_how_a_change_is_undone() -> None:
    assert OURS["customers.merge"].about.endswith("Undone by customers.unmerge, with the merge_id.")
    assert OURS["keys.revoke"].about.endswith("Can not be undone: a revoked key stays revoked; make another.")
    assert "Undone" not in OURS["customers.merges"].about


def test_an_undo_in_words() -> None:
    assert undone_by("keys.revoke") == Undo(by="keys.revoke")
    assert undone_by("keys.revoke").about == "Undone by keys.revoke."
    assert undone_within(30, "jobs.cancel", "its id").about == "Undone by jobs.cancel within 30 seconds, its id."
    assert undone_within(86_400, "jobs.cancel").about == "Undone by jobs.cancel within 24 hours."
    assert undone_within(7 * 86_400, "jobs.cancel").about == "Undone by jobs.cancel within 7 days."
    assert not_undone("it is gone").about == "Can not be undone: it is gone."


def test_what_can_not_be_called_back_or_gives_keys_away_takes_an_approval_by_default() -> None:
    assert {name for name, each in CHANGING.items() if each.needs_approval} == {
        "customers.erase", "customers.merge", "customers.undo_import", "keys.add", "keys.revoke",
        "clients.create", "clients.delete",
    }  # fmt: skip
