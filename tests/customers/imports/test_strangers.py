"""Files that are no table as text."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.sources import opened
from switchboard.foundation.errors import Invalid
from tests.customers.imports.importing import HEADER, imported

TEXT = f"{HEADER}\n1,C1,2024-01-01,Tea,1,2.50\n".encode()


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("orders.csv", TEXT)
    return packed.getvalue()


def tarred() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("orders.csv")
        entry.size = len(TEXT)
        archive.addfile(entry, io.BytesIO(TEXT))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped(), "f.csv is a ZIP archive or an Excel workbook: unpack it, or save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "an old Excel workbook: save the sheet as CSV"),
        (tarred(), "a tar archive: unpack the file in it first"),
        (bz2.compress(TEXT), "packed with bzip2: unpack it first"),
        (lzma.compress(TEXT), "packed with xz: unpack it first"),
        (b"%PDF-1.4\n1 0 obj << /Type, /Catalog >>\n", "a PDF: export the data as CSV"),
        (b"<!DOCTYPE html>\n<html><p>Sign in, please</p>\n", "a web page or XML"),
        (bytes(range(256)) * 100, "is no text: import CSV, JSON lines or Parquet"),
        (gzip.compress(bytes(range(256)) * 100), "is no text: import CSV, JSON lines or Parquet"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do_instead(data: bytes, message: str, tmp_path: Path):
    file = tmp_path / "f.csv"
    file.write_bytes(data)
    with opened(file, tmp_path / "scratch") as source, pytest.raises(Invalid, match=message):
        inspect(source, "orders")


def test_a_table_may_begin_like_something_else(tmp_path: Path):
    came = imported("ORC,customer_id,placed_at,price\n1,C1,2024-01-01,2\n", tmp_path)
    assert came.counts.orders == 1
