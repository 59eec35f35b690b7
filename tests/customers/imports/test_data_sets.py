"""Public data sets of real shops, against figures worked out from their files directly."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.records import Settings, Source, Staged
from switchboard.customers.imports.sources import opened
from switchboard.customers.imports.staging import stage
from tests.customers.imports.importing import KEY

DATA = Path(__file__).parents[4] / "shared" / "data"
RETAIL = DATA / "online_retail_2010_2011.parquet"
JOURNEY = DATA / "completejourney_transactions.parquet"
PRODUCTS = DATA / "completejourney_products.parquet"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not RETAIL.exists(), reason=f"the shared data sets are not in {DATA}"),
]


def one(source: duckdb.DuckDBPyConnection | Path, query: str) -> tuple[object, ...]:
    if isinstance(source, Path):
        with duckdb.connect() as database:
            row = database.execute(query.replace("FILE", f"'{source}'")).fetchone()
    else:
        row = source.execute(query).fetchone()
    assert row is not None
    return row


def settings_in(folder: Path, products: Source | None = None) -> Settings:
    now = datetime(2024, 6, 1, tzinfo=UTC)
    return Settings(
        scratch=folder / "scratch", quarantine=folder / "quarantine.csv", key=KEY, now=now, products=products
    )


def test_online_retail_documents_cancellations_and_refunds(tmp_path: Path):
    with opened(RETAIL, tmp_path) as source, stage(source, inspect(source, "orders"), settings_in(tmp_path)) as staged:
        assert staged.plan.preset == "online_retail"
        # Two invoices are bad debt written off: a price below zero, which is no order and no refund.
        assert staged.counts.reasons == {
            "unit_price: negative (a refund has a negative quantity or an amount in refund)": 2
        }
        invoices, cancelled = one(
            RETAIL,
            "SELECT count(DISTINCT invoice), count(DISTINCT invoice) FILTER (starts_with(invoice, 'C')) FROM FILE "
            "WHERE price >= 0",
        )
        assert staged.counts.documents == invoices == 25_898
        assert one(
            staged.database, "SELECT count(*), count_if(is_order) FROM document WHERE starts_with(order_key, 'C')"
        ) == (cancelled, 0)
        assert retail_money(staged) == retail_money_of_the_file()
        assert staged.counts.customers == one(RETAIL, "SELECT count(DISTINCT customer_id) FROM FILE")[0] == 4_372


def retail_money(staged: Staged) -> tuple[Decimal, ...]:
    gross, refund = one(staged.database, "SELECT sum(gross), sum(refund) FROM document")
    return Decimal(str(gross)) / 10_000, Decimal(str(refund)) / 10_000


def retail_money_of_the_file() -> tuple[object, ...]:
    value = "round(quantity * price::DECIMAL(18, 4), 4)"
    return one(
        RETAIL,
        f"SELECT sum({value}) FILTER (quantity > 0), -sum({value}) FILTER (quantity < 0) FROM FILE WHERE price >= 0",
    )


def test_complete_journey_net_is_its_sales_value_and_products_come_from_their_own_file(tmp_path: Path):
    with opened(JOURNEY, tmp_path) as source, opened(PRODUCTS, tmp_path) as products:
        given = settings_in(tmp_path, products)
        with stage(source, inspect(source, "orders"), given) as staged:
            assert staged.plan.preset == "complete_journey"
            assert staged.counts.quarantined == 0
            (net,) = one(staged.database, "SELECT sum(gross) - sum(discount) - sum(refund) FROM line")
            (sales,) = one(JOURNEY, "SELECT sum(sales_value::DECIMAL(18, 4)) FROM FILE")
            assert Decimal(str(net)) / 10_000 == sales
            assert staged.counts.documents == one(JOURNEY, "SELECT count(DISTINCT basket_id) FROM FILE")[0]
            tops = {row[0] for row in staged.database.execute("SELECT DISTINCT top FROM category").fetchall()}
            assert {"GROCERY", "PRODUCE", "DRUG GM"} <= tops
