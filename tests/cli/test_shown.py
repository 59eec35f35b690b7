"""Answers as people read them."""

import pytest

from switchboard.cli.shown import show
from switchboard.foundation.records import Record


class Figures(Record):
    """Some figures."""

    spent: float


@pytest.mark.parametrize(
    ("figure", "read"),
    [
        (57120.91, "57,120.91"), (848.55, "848.55"), (5030.6, "5,030.60"), (-1234567.0, "-1,234,567"),
        (0.33333, "0.3333"), (12.5, "12.5"), (0.0, "0"),
    ],
)  # fmt: skip
def test_no_money_is_rounded_away(figure: float, read: str, capsys: pytest.CaptureFixture[str]):
    show(Figures(spent=figure))
    assert capsys.readouterr().out.split() == ["spent", read]
