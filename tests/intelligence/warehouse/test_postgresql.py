"""A shop whose orders live in a PostgreSQL of its own, against the same shop imported."""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from switchboard.customers import profiles
from switchboard.customers.operations import set_rates
from switchboard.customers.records import DatedRate, Rates
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.settings import WarehouseSettings
from switchboard.intelligence import mirror, moments
from switchboard.intelligence.features import FEATURES, measure
from switchboard.intelligence.health import Health, examine
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.warehouse import measuring
from tests.intelligence.warehouse.lines import COLUMNS, RATES, as_file, example, made_up, order_days
from tests.shop import Shop, open_shop

pytestmark = pytest.mark.slow

TABLES = """
create table orders (order_id text, customer_id text, placed_at timestamptz, product_id text, category text,
    quantity integer, unit_price numeric(12, 2), discount numeric(12, 2), refund numeric(12, 2), currency text);
create table rates (currency text, rate numeric(12, 6));
"""


@pytest.fixture(scope="module")
def warehouse(server: Embedded) -> str:
    """The address of a database of its own with the shop's orders in it, and the guide's view of them."""
    name = f"warehouse_{new_id().hex[:12]}"
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as owner:
        owner.execute(sql.SQL("create database {} owner switchboard").format(sql.Identifier(name)))
    url = server.url(role="switchboard", database=name)
    with psycopg.connect(url, autocommit=True) as made:
        made.execute(TABLES)
        with made.cursor() as cursor, cursor.copy(f"copy orders ({', '.join(COLUMNS)}) from stdin") as rows:
            for each in made_up():
                rows.write_row([each[column] for column in COLUMNS])
        with made.cursor() as cursor:
            cursor.executemany("insert into rates values (%s, %s)", list(RATES.items()))
        made.execute(example("PostgreSQL").encode())
    return url


def settings(shop: Shop, url: str) -> WarehouseSettings:
    return WarehouseSettings(
        url=SecretStr(url), lines="switchboard_lines", columns="", workspace=str(shop.workspace.id), timeout_s=60
    )


async def there(ground: Ground, url: str) -> Shop:
    """An empty shop whose orders live at the address."""
    shop = await open_shop(ground, zone="Europe/Berlin")
    return replace(shop, ground=replace(ground, warehouse=settings(shop, url)))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a shop's features say, by customer id."""

    ids: list[str]
    columns: dict[str, np.ndarray]
    health: Health


@pytest.fixture(scope="module")
async def here(ground: Ground) -> Shop:
    """The same shop, imported."""
    shop = await open_shop(ground, zone="Europe/Berlin")
    for currency, rate in RATES.items():
        days = () if currency == "EUR" else order_days()
        dated = tuple(DatedRate(currency=currency, day=day, rate=Decimal(rate)) for day in days)
        for start in range(0, len(dated), 500):
            await set_rates(ground, shop.caller, Rates(rates=dated[start : start + 500]), door="test")
    brought = await shop.bring(as_file())
    assert not brought.counts["quarantined"], brought
    await shop.segment()
    return shop


async def test_a_shop_in_postgresql_has_the_figures_it_has_when_it_is_imported(
    ground: Ground, here: Shop, warehouse: str
):
    shop = await there(ground, warehouse)
    async with ground.work(here.caller) as work:
        moment = here.workspace.as_of(work.now)
        place, ids = await mirror.place_of(work), await profiles.ids_of_all(work)
        as_of = moments.as_of(moment, here.workspace)
    with published(place) as lines:
        assert lines is not None
        want = measure(lines, as_of)
        healthy = examine(lines, as_of, want)
    async with shop.ground.work(shop.caller) as work:
        found = await measuring.warehouse_of(work)
        assert found is not None
        reading = await measuring.read(work, found, moment, as_of)
    async with ground.work(shop.caller) as work:
        theirs = await profiles.ids_of_all(work)
    got = reading.shop.features
    order = np.argsort([theirs[int(key)] for key in got.persons])
    assert [theirs[int(got.persons[at])] for at in order] == [ids[int(key)] for key in want.persons]
    for name in FEATURES:
        np.testing.assert_allclose(got[name][order], want[name], rtol=1e-9, atol=1e-9, err_msg=name)
    assert reading.shop.health == healthy
