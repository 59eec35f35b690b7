"""Lines as the mirror has them, put into warehouses, and what DuckDB's mirror says of them."""

from dataclasses import asdict
from typing import Any

import duckdb
import numpy as np
import pytest
from pydantic import SecretStr

from switchboard.foundation.settings import WarehouseSettings
from switchboard.intelligence.features import FEATURES, AsOf, Features, derived, measure
from switchboard.intelligence.health import examine, health_of
from switchboard.intelligence.sums import NAMES
from switchboard.intelligence.warehouse.asking import numbers, open_warehouse, row
from switchboard.intelligence.warehouse.queries import feature_query, health_query
from tests.intelligence.mirrors import NOW
from tests.intelligence.shops import open_shop

SHOPS = ("generated", "gifts", "grocer")
# Everything that can be in a line: guests, what is unknown, nothing sold, discounts stated and not, several orders of
# one second, documents of two persons, refunds of orders and of nothing.
GENERATED = """create table line as
with rows as (select i, hash(i) % 4000 as d, hash(i || 'p') as p, hash(i || 'g') as g, hash(i || 'd') as o,
    hash(i || 'r') as r from range(10000) t (i))
select d::bigint as document, case when d % 11 <> 0 then d % 300 end::bigint as person,
    (20000 - d % 700)::integer as day,
    (20000 - d % 700)::bigint * 86400 + (hash(i || 's') % 3)::bigint * 3600 as second,
    case when p % 9 <> 0 then p % 40 end::integer as product, case when p % 9 > 1 then p % 7 end::integer as category,
    case when g % 10 <> 0 then g % 1000000 else 0 end::bigint as gross,
    case o % 3 when 1 then 0 when 2 then o % 5000 end::bigint as discount,
    case when r % 15 = 0 then r % 100000 else 0 end::bigint as refund from rows"""
UNITS = ", ".join(
    f"(m.{name}::decimal(18, 0) / 10000)::decimal(18, 4) as {name}" for name in ("gross", "discount", "refund")
)
CONTRACT = f"""select m.person as customer_id, m.document as order_id, m.product as product_id,
    m.category::varchar as category, m.day, m.second, {UNITS} from line m"""


def lines_of(name: str) -> tuple[duckdb.DuckDBPyConnection, AsOf]:
    """A mirror's lines and the moment asked about; of a real shop a twentieth of its customers."""
    if name == "generated":
        con = duckdb.connect()
        con.execute(GENERATED)
        return con, NOW
    shop = open_shop(name)
    shop.con.execute("delete from line where coalesce(person, document) % 20 <> 0")
    return shop.con, shop.now


def as_contract(con: duckdb.DuckDBPyConnection) -> Any:
    """The lines as a table of Arrow with the columns a warehouse has to have, amounts in units with four places."""
    return con.sql(CONTRACT).to_arrow_table()


def settings(url: str, lines: str, **others: Any) -> WarehouseSettings:
    """What names the lines there."""
    usual: dict[str, Any] = {
        "url": SecretStr(url),
        "lines": lines,
        "columns": "",
        "workspace": "main",
        "timeout_s": 300,
    }
    return WarehouseSettings(**(usual | others))


async def assert_as_the_mirror(named: WarehouseSettings, con: duckdb.DuckDBPyConnection, as_of: AsOf) -> None:
    """The warehouse says of everybody what the mirror of the same lines says, to 1e-9, and the same of the shop."""
    warehouse = open_warehouse(named)
    rows = await warehouse.ask(feature_query(warehouse.names, as_of))
    about = await warehouse.ask(health_query(warehouse.names, as_of))
    want, got = measure(con, as_of), _features(rows, as_of)
    assert len(want) > 50
    np.testing.assert_array_equal(got.persons, want.persons)
    for name in FEATURES:
        np.testing.assert_allclose(got[name], want[name], rtol=1e-9, atol=1e-9, err_msg=name)
    assert asdict(health_of(row(about), got)) == pytest.approx(asdict(examine(con, as_of, want)), rel=1e-9)


def _features(rows: Any, as_of: AsOf) -> Features:
    persons = np.array(rows["person"].to_pylist()).astype(np.int64)
    order = np.argsort(persons)
    found = {name: numbers(rows, name)[order] for name in NAMES if name != "person"}
    return Features(as_of=as_of, persons=persons[order], columns=derived(found, as_of))
