"""`switchboard customers erase` and `export`, and `switchboard retention`."""

import json
from pathlib import Path

import pytest

from tests.cli.line import Line

pytestmark = pytest.mark.slow

PEOPLE = "customer_id,name,email\nc1,<b>Ann</b> Quill,ann@planted.example\nc2,Bob Reed,bob@planted.example\n"


@pytest.fixture
def people(line: Line) -> Line:
    line.json("import", "customers", "-", given=PEOPLE)
    return line


def test_a_customer_is_erased_once_the_id_was_typed_again(people: Line):
    said = people.say("customers", "erase", "c1", "--json", given="c1\n")
    assert said.exit_code == 0, said.output
    made = json.loads(said.stdout)
    assert made["complete"]
    assert made["removed"]["person"] == 1
    assert "quarantined rows" in said.stderr
    assert "no customer 'c1'" in people.refused("customers", "export", "c1")
    assert people.json("customers", "erasure-certificates", "--customer-id", "c1")["certificates"] == [made]


def test_nobody_is_erased_when_another_id_was_typed(people: Line):
    said = people.say("customers", "erase", "c1", given="c2\n")
    assert (said.exit_code, said.stdout) == (1, "")
    assert "nothing was removed" in said.stderr
    assert people.json("customers", "export", "c1")["customer_ids"] == ["c1"]


def test_what_is_held_is_written_as_data_or_as_a_page(people: Line, tmp_path: Path):
    page, data = tmp_path / "c1.html", tmp_path / "c1.json"
    people.json("customers", "export", "c1", str(page))
    assert people.json("customers", "export", "c1", str(data))["places"] >= 2
    told = {place["place"]: place["entries"] for place in json.loads(data.read_text())["places"]}
    assert told["person"][0]["contact"]["email"] == "ann@planted.example"
    assert "&lt;b&gt;Ann&lt;/b&gt; Quill" in page.read_text()
    assert "<b>" not in page.read_text()


def test_what_is_kept_how_long_is_shown_and_changed(people: Line):
    kinds = {each["kind"]: each for each in people.json("retention")["kinds"]}
    assert (kinds["orders"]["keeps_days"], kinds["events"]["keeps_days"], kinds["audit"]["keeps_days"]) == (
        None, 760, 760,
    )  # fmt: skip
    kinds = {each["kind"]: each for each in people.json("retention", "--keep", "events=30")["kinds"]}
    events = kinds["events"]
    assert (events["keeps_days"], events["default_days"], events["is_set"]) == (30, 760, True)
    kinds = {each["kind"]: each for each in people.json("retention", "--keep", "events=forever")["kinds"]}
    assert (kinds["events"]["keeps_days"], kinds["events"]["is_set"]) == (None, True)
    assert not people.json("retention", "--apply", "--yes")["dry_run"]
    assert "events=365" in people.refused("retention", "--keep", "events=soon")
    assert "no kind 'cake'" in people.refused("retention", "--keep", "cake=5")
