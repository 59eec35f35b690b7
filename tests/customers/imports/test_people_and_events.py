"""Files of customers and of events."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from switchboard.foundation.errors import Invalid
from tests.customers.imports.importing import Given, imported

PEOPLE = Given(kind="customers")
EVENTS = Given(kind="events")


def test_a_person_has_contact_consent_and_attributes_with_a_kind(tmp_path: Path):
    text = (
        "Customer ID,Email,First Name,Last Name,Phone,Country,Zip,Created at,Accepts Marketing,Size,Tier,VIP,Since\n"
        "C1,ann@x.eu,Ann,Archer,+49 1,DE,10115,2023-05-01,yes,38,gold,true,2020-01-01\n"
        "C2,,Bob,,,,,,maybe,39.5,silver,false,2021-01-01\n"
    )
    came = imported(text, tmp_path, PEOPLE)
    first, second = came["person"]
    assert (first["customer"], first["email"], first["name"], first["postal_code"]) == (
        "C1",
        "ann@x.eu",
        "Ann Archer",
        "10115",
    )
    assert first["created_at"] == datetime(2023, 5, 1)  # noqa: DTZ001 - UTC, as the table has it
    assert (first["consent_email"], second["consent_email"]) == (True, None)
    kinds = {each.name: each.kind for each in came.extras}
    assert kinds == {"Size": "number", "Tier": "text", "VIP": "flag", "Since": "date"}


def test_a_row_without_id_and_email_is_nobody(tmp_path: Path):
    came = imported("customer_id,email,name\n,,Ann\n,b@x.eu,Bob\n", tmp_path, PEOPLE)
    assert came.quarantine == [(2, "customer_id: missing, and no e-mail", ",,Ann")]
    assert came.column("person", "email") == ["b@x.eu"]


def test_an_email_that_can_not_be_one_is_kept_and_marked_unless_it_is_all_there_is(tmp_path: Path):
    came = imported("customer_id,email\nC1,nonsense\n,nonsense\nC2,c@x.eu\n", tmp_path, PEOPLE)
    assert [(row["customer"], row["email_ok"]) for row in came["person"]] == [("C1", False), ("C2", True)]
    assert came.reasons() == ["email: not an address, and no customer_id"]


def test_of_rows_of_the_same_person_the_last_counts(tmp_path: Path):
    came = imported("customer_id,email\nC1,old@x.eu\nC1,new@x.eu\n,A@x.eu\n,a@x.eu\n", tmp_path, PEOPLE)
    assert came.column("person", "email") == ["new@x.eu", "a@x.eu"]
    assert (came.counts.rows, came.counts.accepted, came.counts.duplicates) == (4, 2, 2)


def test_a_person_has_the_same_content_as_long_as_nothing_changes(tmp_path: Path):
    one = imported("customer_id,email,tier\nC1,a@x.eu,gold\nC2,b@x.eu,gold\n", tmp_path, PEOPLE)
    other = imported("customer_id;email;tier\nC2;b@x.eu;gold\nC1;a@x.eu;silver\n", tmp_path, PEOPLE)
    contents = [{row["customer"]: row["content"] for row in came["person"]} for came in (one, other)]
    assert contents[0]["C2"] == contents[1]["C2"]
    assert contents[0]["C1"] != contents[1]["C1"]


def test_customers_need_an_id_or_an_email(tmp_path: Path):
    with pytest.raises(Invalid, match="No customer_id column") as refused:
        imported("surname,place\nAnn,Paris\n", tmp_path, PEOPLE)
    assert refused.value.field == "customer_id"


def test_an_event_has_a_kind_a_time_and_everything_else_as_properties(tmp_path: Path):
    text = (
        "event,timestamp,user_id,page,amount\n"
        "viewed,2024-05-01T10:00:00Z,C1,/tea,\nbought,2024-05-01 10:05:00+00:00,C1,,2.5\n"
    )
    came = imported(text, tmp_path, EVENTS)
    assert [(row["kind"], row["customer"]) for row in came["event"]] == [("viewed", "C1"), ("bought", "C1")]
    assert [json.loads(str(row["properties"])) for row in came["event"]] == [{"page": "/tea"}, {"amount": "2.5"}]
    assert came["event"][1]["at"] == datetime(2024, 5, 1, 10, 5)  # noqa: DTZ001 - UTC, as the table has it


def test_events_from_json_lines_keep_their_nested_properties(tmp_path: Path):
    line = '{"event_id":"e1","kind":"viewed","at":1714557600,"customer_id":"C1","properties":{"a":[1]},"page":"x"}'
    came = imported(f"{line}\n{line.replace('viewed', 'bought')}\n", tmp_path, EVENTS, name="events.jsonl")
    assert came.column("event", "kind") == ["bought"]
    assert came.counts.duplicates == 1
    assert json.loads(str(came["event"][0]["properties"])) == {"a": [1], "page": "x"}


def test_wrong_events_are_quarantined(tmp_path: Path):
    text = "kind,at,customer_id\nviewed,2024-05-01,\n,2024-05-01,C1\nviewed,2094-05-01,C1\nviewed,2024-05-01,C1\n"
    came = imported(text, tmp_path, EVENTS)
    assert [(line, reasons) for line, reasons, _ in came.quarantine] == [
        (2, "customer_id: missing, and no e-mail"),
        (3, "kind: missing"),
        (4, "at: in the future"),
    ]
    assert came.counts.accepted == 1
