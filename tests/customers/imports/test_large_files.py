"""Files that are read in pieces by several threads, within a limit of memory."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.quarantine import rows_of
from switchboard.customers.imports.records import Settings, Staged
from switchboard.customers.imports.sources import opened
from switchboard.customers.imports.staging import stage
from tests.customers.imports.importing import HEADER, KEY, NOW

pytestmark = pytest.mark.slow

ROWS = 400_000
NAME = "a product with a name that fills the file " * 2


@contextmanager
def staged(lines: Iterator[str], folder: Path) -> Generator[Staged]:
    file = folder / "orders.csv"
    with file.open("w") as out:
        out.writelines(line + "\n" for line in (HEADER, *lines))
    settings = Settings(
        scratch=folder / "scratch", quarantine=folder / "q.csv", key=KEY, now=NOW, memory_mb=256, threads=4
    )
    with opened(file, folder / "scratch") as source, stage(source, inspect(source, "orders"), settings) as found:
        yield found


def one(found: Staged, query: str) -> tuple[object, ...]:
    row = found.database.execute(query).fetchone()
    assert row is not None
    return row


def test_the_order_of_the_file_and_its_line_numbers_survive_reading_in_parallel(tmp_path: Path):
    def lines() -> Iterator[str]:
        for row in range(ROWS):
            name = f'"{NAME}\nin two lines"' if row % 1000 == 7 else NAME
            placed = "never" if row % 50_000 == 11 else "2024-01-01"
            yield f"{row},C{row % 90},{placed},{name},1,2.50" if row % 70_000 != 13 else "too few"

    with staged(lines(), tmp_path) as found:
        per_customer = "OVER (PARTITION BY customer ORDER BY document_no)"
        steps = f"SELECT order_key::INT - lag(order_key::INT) {per_customer} AS step FROM document"
        assert one(found, f"SELECT count(*) FROM ({steps}) WHERE step < 0") == (0,)
        wrong = [str(row.place) for row in rows_of(tmp_path / "q.csv", KEY)]
        expected = [row for row in range(ROWS) if row % 50_000 == 11 or row % 70_000 == 13]
        assert [int(line) for line in wrong] == [row + 2 + (row + 992) // 1000 for row in expected]
        assert found.counts.accepted == ROWS - len(expected)


@pytest.mark.parametrize("shape", ["one giant order", "one customer", "one document a line"])
def test_shops_of_any_shape_come_in(shape: str, tmp_path: Path):
    def lines() -> Iterator[str]:
        for row in range(ROWS):
            order = 1 if shape == "one giant order" else row
            customer = row if shape == "one document a line" else 1
            yield f"{order},C{customer},2024-01-01,{NAME},1,2.50"

    with staged(lines(), tmp_path) as found:
        documents = 1 if shape == "one giant order" else ROWS
        assert (found.counts.documents, found.counts.accepted) == (documents, ROWS)
        assert one(found, "SELECT sum(gross), max(lines) FROM document") == (ROWS * 25_000, ROWS // documents)
        assert one(found, "SELECT max(ordinal) FROM line") == (ROWS // documents,)
