"""`switchboard segment` and `export`."""

import csv
import json
from pathlib import Path

import duckdb
import pytest

from switchboard.intelligence.long_questions import asking
from switchboard.intelligence.long_questions.declared import JOB
from tests.cli.line import Line

pytestmark = pytest.mark.slow

CUSTOMERS = 60


def test_a_segmentation_says_what_it_did(line: Line, orders: Path):
    line.json("import", "orders", str(orders))
    assert line.json("segment")["customers"] == CUSTOMERS


def test_a_day_of_the_past_can_be_segmented(line: Line, orders: Path):
    line.json("import", "orders", str(orders))
    said = line.json("segment", "--as-of", "2026-06-01")
    assert said["as_of"].startswith("2026-06-01")


def test_without_orders_the_next_step_is_named(line: Line):
    assert "import orders first" in line.refused("segment")


def test_a_day_that_is_none_is_refused(shop: Line):
    assert "2026-11-21" in shop.refused("segment", "--as-of", "yesterday")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_profiles_are_written_by_the_files_ending(shop: Line, tmp_path: Path, ending: str):
    path = tmp_path / f"profiles.{ending}"
    shop.json("export", "profiles", str(path))
    read = {"csv": duckdb.read_csv, "jsonl": duckdb.read_json, "parquet": duckdb.read_parquet}[ending]
    found = read(str(path))
    assert found.columns[0] == "customer_id"
    assert len(found) == CUSTOMERS


def test_an_id_is_no_formula_to_a_spreadsheet(line: Line, tmp_path: Path):
    line.json("import", "orders", "-", given="customer_id,placed_at,price\n=1+1,2026-01-01,1\n-5,2026-01-02,1\n")
    line.json("segment")
    rows = csv.DictReader(line.say("export", "profiles", "-").stdout.splitlines())
    assert {row["customer_id"] for row in rows} == {"'=1+1", "-5"}
    line.json("export", "profiles", str(tmp_path / "profiles.jsonl"))
    assert '"customer_id":"=1+1"' in (tmp_path / "profiles.jsonl").read_text()


def test_profiles_go_to_standard_output_and_nothing_else_does(shop: Line):
    said = shop.say("export", "profiles", "-")
    rows = list(csv.DictReader(said.stdout.splitlines()))
    assert len(rows) == CUSTOMERS
    assert {"customer_id", "archetype_id", "risk_score"} <= set(rows[0])


def test_an_ending_that_is_unknown_names_the_others(shop: Line, tmp_path: Path):
    assert ".parquet" in shop.refused("export", "profiles", str(tmp_path / "profiles.xlsx"))


def test_a_folder_that_is_not_there_is_said_in_a_sentence(shop: Line, tmp_path: Path):
    said = shop.refused("export", "profiles", str(tmp_path / "nowhere" / "profiles.csv"))
    assert "nowhere" in said


def test_an_operation_is_a_command_with_its_fields_as_options(shop: Line):
    said = shop.json("intelligence", "profile", "--customer-id", "c7")
    assert said["customer_id"] == "c7"


def test_an_option_that_is_a_record_is_written_as_json(shop: Line):
    asked = json.dumps({"purchase_frequency": "one_time"})
    found = shop.json("intelligence", "search", "--segment-filter", asked, "--limit", "5")
    assert len(found["customers"]) <= 5


def test_an_option_that_is_no_json_is_a_wrong_word(shop: Line):
    assert "JSON" in shop.refused("intelligence", "search", "--segment-filter", "{broken", code=2)


def test_a_value_that_can_not_be_is_a_wrong_word(shop: Line):
    assert "limit" in shop.refused("intelligence", "search", "--limit", "100000", code=2)


def test_a_customer_who_is_not_there_is_named(shop: Line):
    assert "nobody" in shop.refused("intelligence", "profile", "--customer-id", "nobody")


def test_people_read_an_answer_as_facts_and_tables(shop: Line):
    said = shop.say("intelligence", "top-archetypes")
    assert said.exit_code == 0
    assert "archetypes" in said.stdout


def test_what_takes_long_is_worked_out_here_as_no_worker_may_run(shop: Line, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asking, "LARGE", CUSTOMERS - 1)
    said = shop.json("intelligence", "churn-aggregate", "--as-of", "2026-09-01")
    assert 0 < said["customers"] <= CUSTOMERS
    assert not any(each["name"] == JOB for each in shop.json("jobs", "list")["jobs"])
