"""`switchboard import`."""

import gzip
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest

from tests.cli.line import DOCUMENTS, ORDERS, Line

pytestmark = pytest.mark.slow


def test_orders_come_from_a_file_and_again_change_nothing(line: Line, orders: Path):
    first = line.json("import", "orders", str(orders))
    again = line.json("import", "orders", str(orders))
    assert first["counts"]["new"] == DOCUMENTS
    assert (again["counts"]["new"], again["counts"]["replaced"]) == (0, 0)


def test_orders_come_from_standard_input(line: Line):
    assert line.json("import", "orders", "-", given=ORDERS)["counts"]["new"] == DOCUMENTS


def test_orders_come_from_parquet_with_a_map(line: Line, orders: Path, tmp_path: Path):
    path = tmp_path / "orders.parquet"
    columns = "* exclude (customer_id, placed_at), customer_id as buyer, placed_at as bought"
    duckdb.sql(f"copy (select {columns} from '{orders}') to '{path}'")
    said = line.json("import", "orders", str(path), "--map", "customer_id=buyer", "--map", "placed_at=bought")
    assert said["counts"]["new"] == DOCUMENTS


def test_orders_come_from_packed_parquet(line: Line, orders: Path, tmp_path: Path):
    plain, packed = tmp_path / "orders.parquet", tmp_path / "orders.parquet.gz"
    duckdb.sql(f"copy (from '{orders}') to '{plain}'")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    said = line.json("import", "orders", str(packed))
    assert (said["counts"]["new"], said["file"]) == (DOCUMENTS, "orders.parquet.gz")


def test_wrong_rows_are_counted_and_the_rest_is_taken(line: Line):
    said = line.json("import", "orders", "-", given=ORDERS + "bad,c1,no day at all,p1,c1,1,1.00\n")
    assert (said["counts"]["new"], said["counts"]["quarantined"]) == (DOCUMENTS, 1)
    assert said["quarantine"]


def test_people_are_told_where_the_wrong_rows_are(line: Line, tmp_path: Path):
    said = line.say("import", "orders", "-", given=ORDERS + "bad,c1,no day at all,p1,c1,1,1.00\n")
    *words, _ = said.stderr.splitlines()[-1].partition("switchboard ")[2].split()
    assert "no day at all" in line.say(*words).stdout
    file = tmp_path / "wrong.csv"
    assert line.say(*words, str(file)).exit_code == 0
    assert "no day at all" in file.read_text()


def test_customers_come_from_a_file(line: Line, tmp_path: Path):
    path = tmp_path / "people.csv"
    path.write_text("customer_id,email,first_name\nc1,ada@example.com,Ada\nc2,grace@example.com,Grace\n")
    assert line.json("import", "customers", str(path))["counts"]["accepted"] == 2


def test_events_come_from_json_lines(line: Line, tmp_path: Path):
    path = tmp_path / "events.jsonl"
    path.write_text('{"customer_id": "c1", "event": "viewed", "timestamp": "2026-01-02T03:04:05Z"}\n')
    line.json("import", "customers", "-", given="customer_id,email\nc1,ada@example.com\n")
    assert line.json("import", "events", str(path))["counts"]["rows"] == 1


def test_imports_are_listed_newest_first_and_undone(line: Line, orders: Path):
    first = line.json("import", "orders", str(orders))
    line.json("import", "customers", "-", given="customer_id,email\nc1,ada@example.com\n")
    undone = line.json("import", "undo", first["import_id"])
    listed = line.json("import", "list")["imports"]
    assert [each["kind"] for each in listed] == ["customers", "orders"]
    assert undone["removed"] >= DOCUMENTS
    assert [each["status"] for each in listed] == ["done", "undone"]


def test_people_read_it_as_tables(line: Line, orders: Path):
    line.json("import", "orders", str(orders))
    said = line.say("import", "list")
    assert said.exit_code == 0
    assert "orders.csv" in said.stdout
    assert "quarantined: 0" in said.stdout


def test_an_import_leaves_no_upload_behind(line: Line, orders: Path, place: Path):
    before = set((place / "uploads").rglob("*-*-*-*-*/*")) if (place / "uploads").exists() else set[Path]()
    line.json("import", "orders", str(orders))
    assert set((place / "uploads").rglob("*-*-*-*-*/*")) == before


def test_an_import_that_lacks_its_second_file_leaves_no_upload_behind(line: Line, orders: Path, place: Path):
    line.refused("import", "orders", str(orders), "--products", "nowhere.csv")
    assert not set((place / "uploads").rglob("*-*-*-*-*/*"))


def test_a_file_that_is_not_there_is_named(line: Line):
    assert line.refused("import", "orders", "nowhere.csv") == (
        "there is no file nowhere.csv; name one, or - for standard input"
    )  # fmt: skip


def test_a_map_that_is_none_is_shown_as_it_should_be(line: Line, orders: Path):
    said = line.refused("import", "orders", str(orders), "--map", "placed_at")
    assert "--map placed_at=Date" in said


def test_a_map_to_a_column_that_is_not_there_names_it(line: Line, orders: Path):
    assert "Nope" in line.refused("import", "orders", str(orders), "--map", "placed_at=Nope")


def test_an_import_that_is_not_there_can_not_be_undone(line: Line):
    name = str(uuid4())
    assert name in line.refused("import", "undo", name)


def test_an_import_is_undone_once(line: Line, orders: Path):
    name = line.json("import", "orders", str(orders))["import_id"]
    line.json("import", "undo", name)
    assert "undone already" in line.refused("import", "undo", name)


def test_a_wrong_word_is_a_wrong_word(line: Line):
    assert "import-id" in line.refused("import", "undo", "no-id", code=2).lower().replace("_", "-")


def test_people_see_how_a_file_is_read_before_it_is(line: Line, tmp_path: Path):
    path = tmp_path / "german.csv"
    path.write_bytes("Kundennummer;Datum;Preis;Größe\nK1;31.03.2026;1.234,50 €;XL\n".encode("cp1252"))
    said = line.say("import", "orders", str(path)).stderr
    found = {words[0]: " ".join(words[1:]) for text in said.splitlines() if (words := text.split())}
    assert (found["encoding"], found["delimiter"], found["decimal"]) == ("cp1252", ";", "mark ,")
    assert found["dates"].startswith("day first")
    assert found["columns"] == "customer_id: Kundennummer"
    assert "unit_price: Preis" in said
    assert found["other"] == "columns Größe"


def test_programs_are_told_how_a_file_was_read(line: Line, orders: Path):
    said = line.json("import", "orders", str(orders))["read_as"]
    assert (said["delimiter"], said["warnings"]) == (",", [])
    assert said["columns"]["placed_at"] == "placed_at"


def test_lines_in_another_encoding_are_told(line: Line, tmp_path: Path):
    path = tmp_path / "mixed.csv"
    good, odd = "c1,2026-01-01,1,Grün\n".encode(), "c2,2026-01-02,1,Blaß\n".encode("cp1252")
    path.write_bytes(b"customer_id,placed_at,price,product\n" + good + odd)
    said = line.json("import", "orders", str(path))
    assert said["counts"]["undecodable"] == 1
    assert said["read_as"]["warnings"] == ["1 lines are not in utf-8: they were read as Windows-1252."]


def test_what_is_detected_can_be_said_instead(line: Line):
    given = "customer_id#placed_at#price\nc1#01/02/2026#1,5\n"
    words = ("--delimiter", "#", "--date-order", "month_first", "--decimal-mark", ",", "--encoding", "utf-8")
    said = line.json("import", "orders", "-", *words, given=given)
    assert said["counts"]["new"] == 1
    assert said["read_as"]["dates"].startswith("month first")


@pytest.mark.parametrize("delimiter", ["ab", "a", '"'])
def test_a_delimiter_that_can_be_none_is_refused(line: Line, orders: Path, delimiter: str):
    assert "single mark" in line.refused("import", "orders", str(orders), "--delimiter", delimiter)


def test_a_folder_is_no_file(line: Line, tmp_path: Path):
    assert line.refused("import", "orders", str(tmp_path)) == f"{tmp_path} is a folder; name one file in it"


def test_orders_come_from_a_named_pipe(line: Line, tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as writing:
        writing.submit(pipe.write_text, ORDERS)
        assert line.json("import", "orders", str(pipe))["counts"]["new"] == DOCUMENTS


def test_a_file_may_have_a_long_name(line: Line, orders: Path, tmp_path: Path):
    long = orders.rename(tmp_path / f"{'long ' * 45}.csv")
    assert line.json("import", "orders", str(long))["file"].endswith("long .csv")


def test_a_field_is_mapped_once(line: Line, orders: Path):
    said = line.refused("import", "orders", str(orders), "--map", "product=category", "--map", "product=product_id")
    assert said == "--map product= is given twice: say it once; a+b takes several columns"


def test_a_source_is_a_short_name(line: Line, orders: Path):
    assert "small letters" in line.refused("import", "orders", str(orders), "--source", "My Shop")


def test_rates_that_are_no_json_are_shown_as_they_should_be(line: Line):
    assert '[{"currency": "USD"' in line.refused("customers", "set-rates", "--rates", "USD=0.92")
