"""How far the storing of an import is, as it is told."""

import pytest

from switchboard.customers import copying
from switchboard.customers.imports.records import Progress
from switchboard.customers.operations import import_file, watching
from switchboard.customers.records import ImportRequest
from switchboard.foundation.ground import Ground
from tests.shop import open_shop, orders

pytestmark = pytest.mark.slow

LINES = 30_000
MANY = orders(*(f"o{n // 3},c{n // 30},2024-03-0{n % 9 + 1}T10:00,p{n % 50},,,1,{n % 7 + 1},," for n in range(LINES)))
DOCUMENTS, PEOPLE, PRODUCTS = LINES // 3, LINES // 30, 50


async def told(ground: Ground, text: str) -> list[Progress]:
    shop, heard = await open_shop(ground), list[Progress]()
    upload = await shop.upload(text)
    with watching(heard.append):
        await import_file(ground, shop.caller, ImportRequest(upload_id=upload), door="test")
    return heard


async def test_an_import_is_done_when_its_rows_are_stored_not_when_they_are_read(ground: Ground):
    steps = [each.step for each in await told(ground, MANY)]
    assert list(dict.fromkeys(steps)) == ["preparing", "reading", "grouping", "storing", "finishing", "done"]
    assert steps.count("done") == 1


async def test_storing_counts_the_rows_that_are_in_the_store(ground: Ground):
    storing = [each for each in await told(ground, MANY) if each.step in {"storing", "finishing", "done"}]
    assert {each.rows_total for each in storing} == {LINES + DOCUMENTS + PEOPLE + PRODUCTS}
    rows = [each.rows for each in storing]
    assert rows[0] == 0
    assert rows == sorted(rows)
    assert rows[-1] == storing[-1].rows_total


@pytest.mark.parametrize("size", [1, 7, 100, 5_000])
def test_a_piece_goes_out_in_parts_with_all_its_rows(size: int):
    piece = bytes(range(250)) * 4
    parts = list(copying.parts(piece, 33, size))
    assert b"".join(part for part, _ in parts) == piece
    assert sum(rows for _, rows in parts) == 33
    assert max(len(part) for part, _ in parts) <= size
