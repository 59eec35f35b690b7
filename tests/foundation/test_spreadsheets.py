"""Text of customers in files for spreadsheets."""

import pytest

from switchboard.foundation.spreadsheets import harmless


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://example.com","x")', "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "=1"]
)
def test_a_formula_becomes_text(text: str):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "c1", "17850", "-5", "+491234567", "-1,234.50", "a=b", "it's"])
def test_what_is_no_formula_stays(text: str):
    assert harmless(text) == text
