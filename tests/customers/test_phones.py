"""Phone numbers in E.164, and the short way there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.customers.identities.phones import as_written, e164, taken_apart

REGIONS = ("DE", "AT", "GB", "FR", "IT", "US", "RU", "AR", "BR", "MX", "CH", "NL", "HU", "KE", "JP", "IN", "AU", "KZ")
WRITTEN = st.from_regex(r"(\+[1-9][0-9]{0,2} ?|0|00)?[0-9]{1,4}[ -]?[0-9]{2,9}", fullmatch=True)


@pytest.mark.parametrize(
    ("written", "country", "home", "number"),
    [
        ("+49 170 1234567", None, None, "+491701234567"),
        ("0170/1234567", "DE", None, "+491701234567"),
        ("0170 1234567", None, "DE", "+491701234567"),
        ("+49 (0)170 1234567", None, None, "+491701234567"),
        ("0049 170 1234567", None, "DE", "+491701234567"),
        ("(650) 253-0000", "us", "DE", "+16502530000"),
        ("+39 06 1234567", None, None, "+39061234567"),
        ("0170 1234567", None, None, None),
        ("0170 1234567", "Germany", None, None),
        ("1", "DE", "DE", None),
        ("0170 12345678901234", "DE", "DE", None),
        ("+49 170 1234567 ext. 5", None, None, None),
        ("call me", "DE", None, None),
        ("", "DE", None, None),
    ],
)
def test_a_number_is_told_with_its_country_or_is_none(
    written: str, country: str | None, home: str | None, number: str | None
):
    assert e164(written, country, home) == number


@pytest.mark.heavy
@settings(max_examples=1_000)
@given(written=WRITTEN, region=st.sampled_from(REGIONS))
def test_the_short_way_leads_to_the_same_number(written: str, region: str):
    assert as_written(written, region) in {None, taken_apart(written, region)}


@given(rest=st.from_regex(r"[1-9][0-9]{6,8}", fullmatch=True))
def test_most_numbers_take_the_short_way(rest: str):
    assert as_written(f"+49 170 {rest}", None) == as_written(f"0170 {rest}", "DE") == f"+49170{rest}"
