"""What searches touch is in memory soon after PostgreSQL began."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime

from switchboard.customers import warming
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.shop import as_owner, open_shop, rows

BEFORE = datetime(2024, 1, 1, tzinfo=UTC)  # when another server of these files began
PAGES = """
select pg_relation_size('person_words') / current_setting('block_size')::int,
    (select idx_blks_hit + idx_blks_read from pg_statio_user_indexes where indexrelname = 'person_words')
"""


async def read_of_the_index(server: Embedded, ground: Ground) -> tuple[int, int]:
    """How many pages the index of words has, and how often one was read so far."""
    async with AsyncExitStack() as held:
        for _ in range(ground.database.pool.get_size()):
            connection = await held.enter_async_context(ground.database.pool.acquire())
            await connection.fetchval("select pg_stat_force_next_flush()")
    with as_owner(server) as owner:
        pages, read = rows(owner, PAGES)[0]
    return int(str(pages)), int(str(read))


async def test_the_index_of_words_is_read_once_a_start(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    names = "".join(f"c{n},Anna{n} Quill{n}\n" for n in range(500))
    await shop.bring("customer_id,name\n" + names, "customers")
    with as_owner(server) as owner:
        owner.execute("reindex index person_words")  # what other tests removed leaves pages that nothing leads to
    pages, before = await read_of_the_index(server, ground)
    began = await warming.warmed(ground, BEFORE)
    _, after = await read_of_the_index(server, ground)
    assert after - before >= pages // 2
    assert await warming.warmed(ground, began) == began
    assert (await read_of_the_index(server, ground))[1] - after < pages // 2
