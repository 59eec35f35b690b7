"""Roles: who may do what, as the docs say it."""

from pathlib import Path

import pytest

from switchboard.accounts.roles import CUSTOM, EVERY, GRANTED, ROLES, as_markdown, operator_caller, permissions_of
from switchboard.foundation.ids import new_id
from switchboard.foundation.operations import OPERATIONS

DOCS = Path(__file__).parents[2] / "docs" / "roles.md"


def test_the_docs_show_the_table():
    assert DOCS.read_text() == as_markdown()


@pytest.mark.parametrize(
    ("role", "lacks"),
    [
        ("owner", set[str]()),
        ("admin", {"owners:manage"}),
        ("analyst", {"customers:contact", "customers:import"}),
        ("support", {"customers:search", "customers:export", "campaigns:read"}),
        ("agent", {"customers:contact", "customers:export", "customers:import", "intelligence:run", "jobs:run"}),
    ],
)
def test_what_a_role_lacks(role: str, lacks: set[str]):
    assert lacks.isdisjoint(GRANTED[role])


def test_who_sees_contacts():
    seeing = {role for role in ROLES if "customers:contact" in GRANTED[role]}
    assert seeing == {"owner", "admin", "marketer", "support"}


def test_nobody_has_more_than_the_owner():
    assert GRANTED["owner"] == EVERY
    assert all(granted <= GRANTED["owner"] for granted in GRANTED.values())


def test_a_role_of_no_meaning_may_nothing():
    assert permissions_of("emperor") == frozenset()
    assert permissions_of(CUSTOM) == frozenset()


def test_a_list_narrows_a_role():
    assert permissions_of("support", ["customers:read", "audit:read"]) == {"customers:read"}
    assert permissions_of(CUSTOM, ["customers:read", "no:such"]) == {"customers:read"}


def test_the_local_operator_may_everything():
    assert operator_caller(new_id()).permissions == EVERY


def test_every_operation_names_a_permission_of_the_table():
    assert {declared.permission for declared in OPERATIONS.values()} <= EVERY
