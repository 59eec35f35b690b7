"""People who have several words come newest order first, however the words go together."""

from collections.abc import Generator
from datetime import datetime

import psycopg
import pytest

from switchboard.customers.store.keys import reserve
from switchboard.foundation import sql
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.shop import Shop, as_owner, open_shop, rows

pytestmark = pytest.mark.slow
App = psycopg.Connection[tuple[object, ...]]
PEOPLE = 30_000
# Half have 1 and the others 2, but for three; who has 3 has 4; one in five has 5, one in seven 6; all have 7.
ADD = """
insert into person (workspace_id, person_key, customer_id, import_id, last_order_at, words)
select $1, $2::bigint + n, 'c' || n, $3, timestamptz '2024-01-01' + n * interval '1 minute',
    array[1 + n % 2, 7] || case when n < 3 then array[1, 2] else '{}' end || case when n % 3 = 0 then array[3, 4]
    else '{}' end || case when n % 5 = 0 then array[5] else '{}' end || case when n % 7 = 0 then array[6] else '{}' end
from generate_series(1, $4::integer) n
"""


@pytest.fixture(scope="module")
async def shop(ground: Ground, server: Embedded) -> Shop:
    shop = await open_shop(ground)
    async with ground.work(shop.caller) as work:
        first = await reserve(work, "person", PEOPLE)
        await sql.execute(work, ADD, shop.workspace.id, first, new_id(), PEOPLE)
    with as_owner(server) as owner:
        owner.execute("vacuum analyze person")
    return shop


@pytest.fixture
def app(server: Embedded, shop: Shop) -> Generator[App]:
    with psycopg.connect(server.url()) as connection:
        connection.execute("select set_config('app.workspace', %s, true)", (str(shop.workspace.id),))
        yield connection
        connection.rollback()


def pages(app: App, words: list[int], limit: int, most: int) -> list[tuple[object, object]]:
    """The first of who have the words, page by page."""
    found, before = list[tuple[object, object]](), tuple[object, object]((None, None))
    while len(found) < most:
        page = rows(app, "select last_order_at, person_key, found, whole from people_page(%s, %s, %s, %s)",
                    words, *before, limit)  # fmt: skip
        found += [(at, key) for at, key, *_ in page]
        if len(page) < limit:
            break
        before = found[-1]
    return found[:most]


@pytest.mark.parametrize(
    "words", [[1, 2], [3, 4], [1, 3], [5, 6], [1, 5, 6], [3, 5], [1, 2, 6], [1, 7], [7], [6], [1, 99], [99]], ids=str
)
def test_whoever_has_the_words_comes_in_order(app: App, shop: Shop, words: list[int]):
    asked = "select last_order_at, person_key from person where workspace_id = %s and words @> %s::bigint[]"
    expected = rows(app, f"{asked} order by 1 desc, 2 desc limit 500", shop.workspace.id, words)
    assert pages(app, words, 11, 60) == expected[:60]
    assert pages(app, words, 101, 500) == expected


@pytest.mark.parametrize("words", [[1], [7], [1, 2], [3, 4], [5, 6], [1, 7], [1, 2, 6]], ids=str)
def test_of_who_was_counted_the_number_is_told(app: App, shop: Shop, words: list[int]):
    ((there,),) = rows(
        app, "select count(*) from person where workspace_id = %s and words @> %s::bigint[]", shop.workspace.id, words
    )
    page = rows(app, "select found, whole, last_order_at from people_page(%s, null, null, 11)", words)
    assert all(isinstance(at, datetime) for _, _, at in page)
    for found, whole, _ in page:
        assert isinstance(there, int)
        if whole:
            assert found == there
        elif found is not None:
            assert isinstance(found, int)
            assert found <= there
