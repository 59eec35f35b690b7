"""`switchboard customers search` and `show`."""

from pathlib import Path

import pytest

from tests.cli.line import Line

pytestmark = pytest.mark.slow

PEOPLE = (
    "customer_id,name,email,city,country,tier,accepts email marketing\n"
    "n1,Ann Quill,ann@planted.example,Muenchen,Germany,gold,yes\n"
)


@pytest.fixture
def told(line: Line, orders: Path) -> Line:
    line.json("import", "orders", str(orders))
    line.json("import", "customers", "-", given=PEOPLE)
    line.json("segment")
    return line


def test_somebody_is_found_by_their_name_and_shown_by_their_id(told: Line):
    found = told.json("customers", "search", "Quill")
    assert [each["customer_id"] for each in found["customers"]] == ["n1"]
    shown = told.json("customers", "show", "n1")
    assert (shown["place"]["city"], shown["place"]["country"]) == ("Munich", "DE")
    assert [(each["name"], each["value"], each["source"]) for each in shown["attributes"]] == [("tier", "gold", "shop")]
    assert [(each["channel"], each["state"]) for each in shown["consent"]] == [("email", "given")]


def test_a_customer_reads_well(told: Line):
    said = told.say("customers", "show", "n1").stdout
    assert "Munich, Bayern, DE (48.14, 11.58)" in said
    assert "ann@planted.example" in said
    for word in ("attributes", "tier", "gold", "shop", "consent", "email", "marketing", "given"):
        assert word in said


def test_whom_is_asked_for_must_be_said(line: Line):
    assert "say whom" in line.refused("customers", "search")
    for command in ("search", "count-filter"):
        assert "--filter is no JSON" in line.refused("customers", command, "--filter", "{tier", code=2)
        for levels, code in ((190, 1), (300, 2)):  # deeper than a filter may be, and than JSON is read
            deep = '{"not":' * levels + "{}" + "}" * levels
            assert "filter.not.not" in line.refused("customers", command, "--filter", deep, code=code)
    assert "there is no customer 'nobody'" in line.refused("customers", "show", "nobody")
