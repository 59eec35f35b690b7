"""A shop whose orders live in a PostgreSQL of its own, against the same shop imported."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql

from switchboard.customers import profiles
from switchboard.customers.erasure.operations import erase
from switchboard.customers.erasure.records import EraseAsked
from switchboard.customers.identities.operations import merge
from switchboard.customers.identities.records import MergeAsked
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch
from switchboard.customers.operations import set_rates
from switchboard.customers.records import DatedRate, Rates
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.jobs import JobRun
from switchboard.intelligence import following, jobs, past, qualities, runs
from switchboard.intelligence.operations.archetypes import churn_aggregate
from switchboard.intelligence.operations.customers import churn_risk, profile
from switchboard.intelligence.operations.exports import export_predictions
from switchboard.intelligence.operations.history import revenue_by_month
from switchboard.intelligence.operations.questions import cohorts
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.operations.selling import category_trends, product_performance
from switchboard.intelligence.records import Asked, ChurnAsked, CustomerAsked, Profile, RunAsked, RunDone
from switchboard.intelligence.shop_records import PredictionsAsked
from tests.intelligence.warehouse import golden
from tests.intelligence.warehouse.lines import COLUMNS, RATES, as_file, as_lines, example, lines, made_up, order_days
from tests.shop import Shop, as_owner, open_shop, rows

pytestmark = pytest.mark.heavy

TABLES = """
create table orders (order_id text, customer_id text, placed_at timestamptz, product_id text, category text,
    quantity integer, unit_price numeric(12, 2), discount numeric(12, 2), refund numeric(12, 2), currency text);
create table rates (currency text, rate numeric(12, 6));
"""
RAW = """
create table {} (customer_id bigint, order_id bigint, product_id integer, category text, day integer, second bigint,
    gross numeric(18, 4), discount numeric(18, 4), refund numeric(18, 4))
"""


@pytest.fixture(scope="module")
def warehouse(server: Embedded) -> str:
    """The address of a database of its own with the shop's orders in it, and the guide's view of them."""
    name = f"warehouse_{new_id().hex[-12:]}"
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as owner:
        owner.execute(sql.SQL("create database {} owner switchboard").format(sql.Identifier(name)))
    url = server.url(role="switchboard", database=name)
    with psycopg.connect(url, autocommit=True) as made:
        made.execute(TABLES)
        with made.cursor() as cursor, cursor.copy(f"copy orders ({', '.join(COLUMNS)}) from stdin") as written:
            for each in made_up():
                written.write_row([each[column] for column in COLUMNS])
        with made.cursor() as cursor:
            cursor.executemany("insert into rates values (%s, %s)", list(RATES.items()))
        made.execute(example("PostgreSQL").encode())
    return url


@pytest.fixture(scope="module")
async def here(ground: Ground) -> Shop:
    """The shop, imported and segmented."""
    shop = await open_shop(ground, zone="Europe/Berlin")
    dated = tuple(
        DatedRate(currency=currency, day=day, rate=Decimal(rate))
        for currency, rate in RATES.items() if currency != "EUR" for day in order_days()
    )  # fmt: skip
    await set_rates(ground, shop.caller, Rates(rates=dated), door="test")
    brought = await shop.bring(as_file())
    assert not brought.counts["quarantined"]
    await shop.segment()
    return shop


@pytest.fixture(scope="module")
async def shop(ground: Ground, here: Shop, warehouse: str) -> Shop:
    """The same shop, its orders left where they are, segmented for the same moment; tests only ask it."""
    made = await there(ground, warehouse)
    run = await segmented(made, (await served(here)).as_of)
    assert run.from_warehouse is not None
    assert (run.from_warehouse.left_out, run.from_warehouse.merged) == (0, 0)
    return made


async def there(ground: Ground, url: str, **others: object) -> Shop:
    """An empty shop whose orders live at the address."""
    made = await open_shop(ground, zone="Europe/Berlin")
    named = golden.settings(url, "switchboard_lines", **({"workspace": str(made.workspace.id)} | others))
    return replace(made, ground=replace(ground, warehouse=named))


async def segmented(shop: Shop, as_of: datetime) -> RunDone:
    return await segment(shop.ground, shop.caller, RunAsked(as_of=as_of), door="test")


async def served(shop: Shop) -> runs.Run:
    async with shop.ground.work(shop.caller) as work:
        return await runs.served(work)


async def ids_of(shop: Shop) -> list[str]:
    async with shop.ground.work(shop.caller) as work:
        return sorted((await profiles.ids_of_all(work)).values())


async def seen(shop: Shop, customer_id: str) -> Profile:
    return await profile(shop.ground, shop.caller, CustomerAsked(customer_id=customer_id), door="test")


async def test_a_shop_has_the_figures_it_has_when_it_is_imported(here: Shop, shop: Shop):
    want, got = await served(here), await served(shop)
    assert got.customers == want.customers > 150
    assert got.as_of == want.as_of
    assert got.health == want.health
    assert got.absent == want.absent
    assert got.summary.segments == want.summary.segments
    assert got.summary.levels == want.summary.levels
    assert got.fitted.scale == want.fitted.scale


async def test_every_customer_has_the_profile_they_have_when_they_are_imported(here: Shop, shop: Shop):
    ids = await ids_of(shop)
    assert ids == await ids_of(here)
    for each in ids:
        want, got = await seen(here, each), await seen(shop, each)
        assert got.features == want.features
        assert got.memberships == want.memberships
        assert got.archetype == want.archetype


async def test_predictions_say_that_the_lines_stay_where_they_are(shop: Shop):
    risk = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c001"), door="test")
    assert "stay in the warehouse" in str(risk.model_dump())


async def test_another_horizon_and_an_export_of_predictions_say_the_same(shop: Shop):
    risk = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c001", horizon_days=30), door="test")
    assert "stay in the warehouse" in " ".join(risk.not_enough_data)
    asked = PredictionsAsked(format="csv")
    with pytest.raises(Conflict, match="order lines: they stay in the warehouse"):
        await export_predictions(shop.ground, shop.caller, asked, door="test")


async def test_the_shops_past_is_told_and_a_customers_is_not_made_up(here: Shop, shop: Shop):
    asked = Asked(as_of=(await served(shop)).as_of - timedelta(days=100))
    want = await churn_aggregate(here.ground, here.caller, asked, door="test")
    assert await churn_aggregate(shop.ground, shop.caller, asked, door="test") == want
    with pytest.raises(Conflict, match="live in a warehouse"):
        await profile(shop.ground, shop.caller, CustomerAsked(customer_id="c000", as_of=asked.as_of), door="test")


async def test_a_run_of_the_night_keeps_the_months_before_and_measures_no_predictions(
    ground: Ground, warehouse: str, server: Embedded
):
    made = await there(ground, warehouse)
    asked = JobRun(workspace=made.workspace.id, id=new_id(), subject=new_id(), asked_by=made.caller.id)
    await jobs.segment(made.ground, asked)
    with as_owner(server) as owner:
        names = {row[0] for row in rows(owner, "select name from job where workspace_id = %s", made.workspace.id)}
    assert past.JOB in names
    assert qualities.JOB not in names


async def test_a_question_about_lines_says_that_they_stay_there(shop: Shop):
    questions: Any = (cohorts, product_performance, revenue_by_month, category_trends)
    for question in questions:
        with pytest.raises(Conflict, match="live in a warehouse and this question reads their lines"):
            await question(shop.ground, shop.caller, question.asks(), door="test")


async def test_whoever_is_new_is_taken_up_by_the_id_alone(shop: Shop):
    found = await seen(shop, "c001")
    assert found.orders == ()
    contact = found.contact
    assert contact is None or not any(contact.model_dump().values()), contact


async def test_a_second_run_finds_everybody_there(ground: Ground, warehouse: str):
    again = await there(ground, warehouse)
    first, second = await again.segment(), await again.segment()
    assert first.customers == second.customers == len(await ids_of(again))


async def test_whoever_was_forgotten_stays_forgotten(ground: Ground, warehouse: str):
    made = await there(ground, warehouse)
    before = await made.segment()
    await erase(made.ground, made.caller, EraseAsked(customer_id="c001", confirm="c001"), door="test")
    after = await made.segment()
    assert after.customers == before.customers - 1
    assert after.from_warehouse is not None
    assert after.from_warehouse.left_out == 1
    assert "c001" not in await ids_of(made)


async def test_of_two_who_are_one_here_the_survivors_figures_are_served(ground: Ground, warehouse: str):
    made = await there(ground, warehouse)
    before = await made.segment()
    figures = (await seen(made, "c000")).features
    await merge(made.ground, made.caller, MergeAsked(customer_id="c000", other_id="c001"), door="test")
    after = await made.segment()
    assert after.from_warehouse is not None
    assert after.from_warehouse.merged == 1
    assert after.customers == before.customers - 1
    assert (await seen(made, "c001")).features == figures


async def test_orders_that_arrive_here_do_not_change_figures_from_there(ground: Ground, warehouse: str):
    made = await there(ground, warehouse)
    await made.segment()
    before = (await seen(made, "c000")).features
    order = {
        "order_id": "new",
        "customer_id": "c000",
        "placed_at": "2024-01-01T10:00Z",
        "lines": [{"unit_price": 9999}],
    }
    await ingest(made.ground, made.caller, Batch.model_validate({"orders": [order]}), door="test")
    async with made.ground.work(made.caller) as work:
        assert await following.follow(work) is None
    assert (await seen(made, "c000")).features == before


async def test_a_workspace_that_is_not_named_keeps_its_orders_here(ground: Ground, warehouse: str):
    made = await there(ground, warehouse, workspace="another")
    with pytest.raises(Conflict, match="no orders"):
        await made.segment()


def test_the_guides_view_gives_the_lines(warehouse: str):
    with psycopg.connect(warehouse) as connection:
        assert as_lines(connection.execute(b"select * from switchboard_lines")) == lines()


@pytest.mark.parametrize("name", golden.SHOPS)
async def test_the_same_lines_give_the_same_figures(warehouse: str, name: str):
    con, as_of = golden.lines_of(name)
    table = f"raw_{name}"
    with psycopg.connect(warehouse, autocommit=True) as made, made.cursor() as cursor:
        cursor.execute(sql.SQL(RAW).format(sql.Identifier(table)))
        with cursor.copy(sql.SQL("copy {} from stdin").format(sql.Identifier(table))) as written:
            for each in golden.as_contract(con).to_pylist():
                written.write_row(list(each.values()))
    await golden.assert_as_the_mirror(golden.settings(warehouse, table), con, as_of)
