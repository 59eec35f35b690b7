"""The options of a change at the command line: tried without a trace, and made once though asked for twice."""

import pytest

from tests.cli.line import Line

pytestmark = pytest.mark.slow
CHANGE = ("limits", "change", "--about", "role", "--name", "analyst")


def allowance(line: Line) -> int | None:
    rules = line.json("limits", "list")["rules"]
    return next((each["per_hour"] for each in rules if each["name"] == "analyst"), None)


def test_a_dry_run_says_so_and_changes_nothing(line: Line):
    told = line.say(*CHANGE, "--per-hour", "9", "--dry-run")
    assert told.exit_code == 0
    assert "A dry run: nothing was changed." in told.stderr
    assert allowance(line) is None


def test_a_change_with_a_key_is_made_once(line: Line):
    first = line.say(*CHANGE, "--per-hour", "9", "--idempotency-key", "k1")
    line.json(*CHANGE, "--per-hour", "7")
    again = line.say(*CHANGE, "--per-hour", "9", "--idempotency-key", "k1")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "It was done before with this key" in again.stderr
    assert allowance(line) == 7
    assert "another request" in line.refused(*CHANGE, "--per-hour", "8", "--idempotency-key", "k1")


def test_a_key_that_is_too_long_is_named(line: Line):
    assert "--idempotency-key" in line.refused(*CHANGE, "--per-hour", "9", "--idempotency-key", "k" * 201)
