"""The progress bars of an import, and of what takes long."""

import io

import pytest
from rich.console import Console

from switchboard.cli.bars import progress_bar, step_bar
from switchboard.customers.imports.records import Progress, Step
from switchboard.foundation.reached import Reached

STEPS: tuple[Step, ...] = ("grouping", "finishing")


def drawn(*told: Progress) -> str:
    out = io.StringIO()
    with progress_bar(silent=False, console=Console(file=out, force_terminal=True, width=100)) as tell:
        for each in told:
            tell(each)
    return out.getvalue()


def test_storing_has_a_bar_of_its_own_with_the_rows_stored():
    before = Progress(step="reading", rows=900, bytes_read=90, bytes_total=90)
    begun = Progress(step="storing", rows=0, rows_total=2_000, bytes_read=90, bytes_total=90)
    half = Progress(step="storing", rows=1_000, rows_total=2_000, bytes_read=90, bytes_total=90)
    said = drawn(before, begun, half)
    assert "storing" in said
    assert "1,000 rows" in said
    assert "/s" in said


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_can_not_tell_how_far_it_is_promises_no_time(step: Step):
    said = drawn(Progress(step=step, rows=9, bytes_read=90, bytes_total=90))
    assert "9 rows" in said
    assert "0:00" not in said


def reached(*told: Reached, silent: bool = False) -> str:
    out = io.StringIO()
    with step_bar(silent=silent, console=Console(file=out, force_terminal=True, width=100)) as tell:
        for each in told:
            tell(each)
    return out.getvalue()


def test_what_takes_long_has_a_bar_and_what_is_quick_has_none():
    half = Reached(step="measuring all customers", done=4, total=8)
    assert "measuring all customers" in reached(half)
    assert reached() == ""
    assert "measuring" not in reached(half, silent=True)


def test_each_step_takes_the_place_of_the_one_before():
    said = reached(Reached(step="measuring", done=1, total=8), Reached(step="placing all customers"))
    assert "placing all customers" in said
