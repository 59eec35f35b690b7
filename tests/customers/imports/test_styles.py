"""The same rows in any encoding, compression, delimiter, number and date style come in the same."""

import gzip
import io
import subprocess
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.records import Overrides, Progress, Settings
from switchboard.customers.imports.sources import opened
from switchboard.customers.imports.staging import stage
from tests.customers.imports.importing import HEADER, KEY, NOW, Came, Given, imported

pytestmark = pytest.mark.slow

TEXT = f"{HEADER}\n1,Zoë,2024-01-01,Café 5 €,1,2.50\n2,C2,2024-01-02,Tea,2,3\n"


def names(came: Came) -> list[object]:
    return came.column("product", "name")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_is_recognised(encoding: str, tmp_path: Path):
    came = imported(TEXT.encode(encoding), tmp_path)
    assert names(came) == ["Café 5 €", "Tea"]
    assert came.column("document", "customer") == ["C2", "Zoë"]
    assert came.quarantine == []


def test_a_line_in_another_encoding_is_read_as_windows_1252_and_counted(tmp_path: Path):
    mixed = TEXT.encode() + "3,C3,2024-01-03,Crème “fine”,1,1\n".encode("cp1252")
    came = imported(mixed, tmp_path)
    assert names(came) == ["Café 5 €", "Tea", "Crème “fine”"]
    assert came.counts.undecodable == 1


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_line_end_is_understood(ends: str, tmp_path: Path):
    came = imported((TEXT + "3,C3,bad,Tea,1,1\n").replace("\n", ends), tmp_path)
    assert names(came) == ["Café 5 €", "Tea"]
    assert [line for line, _, _ in came.quarantine] == [4]


def test_mixed_line_ends_and_zeros_do_no_harm(tmp_path: Path):
    came = imported(f"{HEADER}\r\n1,C1,2024-01-01,T\0ea,1,1\n2,C1,2024-01-01,Tea,1,1\r\n", tmp_path)
    assert names(came) == ["Tea"]
    assert came.counts.accepted == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_recognised(delimiter: str, tmp_path: Path):
    came = imported(TEXT.replace(",", delimiter), tmp_path)
    assert came.plan.delimiter == delimiter
    assert came.sum("document", "gross") == 8.5


@pytest.mark.parametrize("form", ["gzip", "zstd", "gzip of two parts"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "cp1252"])
def test_packed_files_are_unpacked_by_what_they_are(form: str, kind: str, tmp_path: Path):
    line = (
        '{"order_id":%d,"customer_id":"Zoë","placed_at":"2024-01-0%d","product":"Café","quantity":1,"unit_price":2.5}\n'
    )
    data = {"csv": TEXT.encode(), "jsonl": (line % (1, 1) + line % (2, 2)).encode(), "cp1252": TEXT.encode("cp1252")}[
        kind
    ]
    if kind == "cp1252":
        data = data.replace(b" 5 \x80", b"")
    if form == "zstd":
        data = zstd(data)
    else:
        parts = [data] if form == "gzip" else [data[:50], data[50:]]
        data = b"".join(gzip.compress(part) for part in parts)
    came = imported(data, tmp_path, name="orders")
    assert names(came)[0] == ("Café" if kind != "csv" else "Café 5 €")
    assert came.column("document", "customer")[-1] == "Zoë"
    assert came.counts.accepted == 2


def zstd(data: bytes) -> bytes:
    try:
        return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("needs the zstd tool to pack a file: apt install zstd")


def test_an_over_long_line_in_zstd_is_quarantined_and_lines_after_it_keep_their_numbers(tmp_path: Path):
    text = f'{HEADER}\n1,C1,2024-01-01,Tea,1,1\n2,C1,{"x" * (3 << 20)}\n\n3,C1,bad,"Tea\n",1,1\n4,C1,bad,Tea,1,1\nfew\n'
    came = imported(zstd(text.encode()), tmp_path)
    assert [(line, reasons) for line, reasons, _ in came.quarantine] == [
        (3, "row: longer than 1 MiB"),
        (5, "placed_at: unreadable date"),
        (7, "placed_at: unreadable date"),
        (8, "row: too few fields"),
    ]
    assert came.quarantine[1][2] == '3,C1,bad,"Tea\n",1,1'


def test_a_line_in_another_encoding_inside_zstd_does_not_spoil_the_others(tmp_path: Path):
    came = imported(zstd(TEXT.replace(" 5 €", "").encode() + b"3,C3,2024-01-03,Cr\xe8me,1,1\n"), tmp_path)
    assert names(came) == ["Café", "Tea", "Crème"]
    assert came.counts.undecodable == 1


def test_utf_16_inside_zstd_is_read(tmp_path: Path):
    assert names(imported(zstd(TEXT.encode("utf-16")), tmp_path)) == ["Café 5 €", "Tea"]


def test_parquet_may_be_packed_in_gzip_again(tmp_path: Path):
    rows = "VALUES ('C1', DATE '2024-01-01', 2.5)"
    with duckdb.connect() as database:
        plain = str(tmp_path / "plain.parquet")
        database.sql(f"FROM ({rows}) AS t(customer_id, placed_at, unit_price)").write_parquet(plain)
    came = imported(gzip.compress((tmp_path / "plain.parquet").read_bytes()), tmp_path, name="orders.gz")
    assert came.sum("document", "gross") == 2.5


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_read_like_a_file(pack: type[bytes], tmp_path: Path):
    settings = Settings(scratch=tmp_path / "scratch", quarantine=tmp_path / "q.csv", key=KEY, now=NOW)
    with opened(io.BytesIO(pack(TEXT.encode())), tmp_path / "scratch") as source:
        assert source.name == "-"
        with stage(source, inspect(source, "orders", Overrides()), settings) as staged:
            assert staged.counts.accepted == 2
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,234.56", 12_345_600),
        ("1.234,56", 12_345_600),
        ("1 234,56", 12_345_600),
        ("1\u00a0234,56 €", 12_345_600),
        ("1'234.56", 12_345_600),
        ("$1,234.56", 12_345_600),
        ("EUR 1.234,56", 12_345_600),
        ("1234,5", 12_345_000),
        ("12.5", 125_000),
        (",5", 5_000),
        ("1.234.567,5", 12_345_675_000),
        (" 7 ", 70_000),
        ("+7", 70_000),
        ("₹ 12.34.567,5", 12_345_675_000),
    ],
)
def test_prices_are_read_as_the_file_writes_them(written: str, value: int, tmp_path: Path):
    came = imported(f'customer_id;placed_at;unit_price\nC1;2024-01-01;"{written}"\n', tmp_path)
    assert came.column("line", "unit_price") == [value]


@pytest.mark.parametrize("written", ["-5", "5-", "(5)", "-5,00 €"])
def test_minus_signs_are_read_as_bookkeepers_write_them(written: str, tmp_path: Path):
    came = imported(f'customer_id;placed_at;total\nC1;2024-01-01;"{written}"\nC1;2024-01-02;"1,50"\n', tmp_path)
    assert came.column("line", "refund")[0] == 50_000


@pytest.mark.parametrize("written", ["12.5", "1.23", "1,2,3", "abc", "12 apples", "1.2345,6"])
def test_a_number_in_another_style_than_the_file_is_not_guessed(written: str, tmp_path: Path):
    rows = "C1;2024-01-01;1,50\nC1;2024-01-01;2.000,50\nC1;2024-01-01;3,50\n"
    came = imported(f'customer_id;placed_at;unit_price\n{rows}C2;2024-01-01;"{written}"\n', tmp_path)
    assert came.reasons() == ["unit_price: unreadable number"]


@pytest.mark.parametrize(
    "written",
    [
        "2024-02-13 09:05:00",
        "2024-02-13T09:05",
        "2024-02-13T09:05:00.000",
        "2024-02-13T09:05:00Z",
        "2024-02-13 10:05:00 +0100",
        "2024-02-13T04:05:00-05:00",
        "2024-02-13 09:05:00 UTC",
        "2024/02/13 09:05",
        "13/02/2024 09:05",
        "2/13/2024 9:05 AM",
        "02/13/24 09:05",
        "13.02.2024 09:05",
        "13-Feb-2024 09:05",
        "Feb 13, 2024 9:05 AM",
        "13 February 2024 09:05",
        "1707815100",
        "1707815100000",
    ],
)
def test_moments_are_read_as_the_file_writes_them(written: str, tmp_path: Path):
    came = imported(f'customer_id,placed_at,unit_price\nC1,"{written}",1\n', tmp_path)
    assert came.column("document", "placed_at") == [datetime(2024, 2, 13, 9, 5)]  # noqa: DTZ001 - as the table has it


def test_a_zone_in_a_file_that_mostly_has_none_is_heeded(tmp_path: Path):
    rows = "C1,2024-01-01 10:00,1\n" * 5 + "C1,2024-02-13T09:05:00Z,1\nC1,2024-02-13 10:05:00 +0100,1\n"
    came = imported(f"customer_id,placed_at,unit_price\n{rows}", tmp_path, Given(zone="Europe/Berlin"))
    assert came.column("document", "placed_at")[-1] == datetime(2024, 2, 13, 9, 5)  # noqa: DTZ001 - as the table has it
    assert came.column("document", "lines") == [5, 2]


def test_the_whole_file_decides_what_the_sample_leaves_open(tmp_path: Path):
    early = "C1,1/2/2024,1\n" * 60_000
    came = imported(gzip.compress(f"customer_id,placed_at,unit_price\n{early}C2,1/23/2024,1\n".encode()), tmp_path)
    assert came.plan.dates.order == "month_first"
    assert came.plan.warnings == ()
    assert came.quarantine == []


def test_whoever_is_told_may_stop_an_import(tmp_path: Path):
    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    (tmp_path / "f.csv").write_text(TEXT)
    settings = Settings(scratch=tmp_path / "scratch", quarantine=tmp_path / "q.csv", key=KEY, now=NOW, progress=stop)
    with opened(tmp_path / "f.csv", tmp_path / "scratch") as source:
        plan = inspect(source, "orders")
        with pytest.raises(KeyboardInterrupt), stage(source, plan, settings):
            pass
    assert list((tmp_path / "scratch").iterdir()) == []


def test_progress_is_told_from_preparing_to_grouping(tmp_path: Path):
    told: list[Progress] = []
    (tmp_path / "f.csv").write_text(TEXT)
    settings = Settings(scratch=tmp_path, quarantine=tmp_path / "q.csv", key=KEY, now=NOW, progress=told.append)
    with opened(tmp_path / "f.csv", tmp_path) as source, stage(source, inspect(source, "orders"), settings):
        pass
    assert told[0].step == "preparing"
    assert (told[-1].step, told[-1].rows, told[-1].bytes_read) == ("grouping", 3, told[-1].bytes_total)
