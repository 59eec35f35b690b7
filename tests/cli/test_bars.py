"""The progress bar of an import."""

import io

import pytest
from rich.console import Console

from switchboard.cli.bars import progress_bar
from switchboard.customers.imports.records import Progress, Step

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
