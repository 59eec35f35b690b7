"""Charts as callers ask for them: drawn of real answers, of shops with nearly nothing, and of names that are traps."""

import base64
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import date

import pytest
from pydantic import JsonValue, ValidationError

from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.records import Nothing
from switchboard.intelligence.chart_records import ChartAsked, ChartDrawn
from switchboard.intelligence.charts.catalogue import CHARTS
from switchboard.intelligence.metrics import Sale
from switchboard.intelligence.metrics import Shop as Example
from switchboard.intelligence.operations.charts import chart, charts
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.predictions_metrics import SHOP as PREDICTED
from switchboard.intelligence.records import RunAsked
from tests.intelligence.answer_fields import operations
from tests.shop import Shop, as_role, open_shop

pytestmark = pytest.mark.slow

NOT_SHOWN = re.compile(r"\bNaN\b|\bnull\b|\bundefined\b|\bInfinity\b|\bNone\b(?! of)")
TRAP = '<script>alert(1)</script> & "quoted" \N{RIGHT-TO-LEFT OVERRIDE}turned'
LONG = "A product whose name goes on and on and says all that could be said of it, and then some more"
SELLING = Example(
    name="a year of tea",
    about="Tea and cups sell all year, and together; what is new rises.",
    sales=(
        Sale("t{n}", "c{n}", "2023-01-02", 10, "tea", "Drinks", discount=1, times=60, every=3),
        Sale("t{n}", "c{n}", "2023-01-02", 5, "cup", "Ware", times=60, every=3),
        Sale("u{n}", "c{n}", "2023-07-01", 12, "tea", "Drinks", times=60, every=3),
        Sale("r{n}", "c{n}", "2023-07-15", 12, "tea", "Drinks", quantity=-1, times=9, every=9),
        Sale("w{n}", "regular", "2023-01-05", 20, "pot", "Ware", times=51, every=7),
        Sale("l{n}", "late", "2023-10-01", 30, "pot", "Ware", times=12, every=7),
        Sale("e{n}", "early", "2023-06-01", 30, "bag", times=12, every=7),
        Sale("e0", "early", "2023-01-03", 600, "bag"),
        Sale("z{n}", "bulk", "2023-03-06T10:00", 900, "pot", "Ware", times=4, every=70),
        Sale("z{n}", "bulk", "2023-03-06T10:00", 90, "tea", "Drinks", times=4, every=70),
        Sale("z{n}", "bulk", "2023-03-06T10:00", 90, "cup", "Ware", times=4, every=70),
        Sale("z{n}", "bulk", "2023-03-06T10:00", 90, "bag", times=4, every=70),
        Sale("o{n}", "once{n}", "2023-02-01", 15, "cup", "Ware", times=15, every=20),
    ),
)
FREQUENCY = "purchase_frequency"


def asked_of(name: str, customer: str) -> dict[str, JsonValue]:
    """What a chart has to be told."""
    regular: dict[str, JsonValue] = {"axis_name": FREQUENCY, "segment_name": "one_time"}
    needed: Mapping[str, dict[str, JsonValue]] = {
        "segment_trend": regular,
        "archetype_trend": {"archetype_id": "4f53cda1"},
        "axis_shapes": {"axis_name": FREQUENCY},
        "group": regular,
        "comparison": {"one": regular, "other": {}},
        "targets": {"goal": "retention"},
        "lifetime_value": {"customer_id": customer},
        "next_purchase": {"customer_id": customer},
        "churn_factors": {"customer_id": customer},
        "win_back": {"least_tier": "Standard"},
        "products_for_customer": {"customer_id": customer},
        "products_for_group": regular,
        "season": {"season": "autumn"},
        "event": {"event": "Halloween"},
        "memberships": {"customer_id": customer},
        "orders": {"customer_id": customer},
        "bought": {"customer_id": customer},
        "similar_customers": {"customer_id": customer},
        "campaign_customers": {"campaign_type": "retention"},
        "settings_preview": {"segments": {"anchors": {"purchase_frequency": [1, 3, 9, 27, 81]}}},
    }
    return needed.get(name, {})


async def draw(shop: Shop, name: str, customer: str, **how: object) -> ChartDrawn:
    """The chart of the shop."""
    asked = ChartAsked.model_validate({"chart": name, "arguments": asked_of(name, customer), **how})
    return await chart(shop.ground, shop.caller, asked, door="test")


async def shop_of(ground: Ground, *files: str) -> Shop:
    made = await open_shop(ground)
    for file in files:
        await made.bring(file)
    await made.segment()
    return made


@pytest.fixture(scope="module")
async def selling(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(SELLING.csv)
    for moment in (date(2023, 6, 30), None):  # two snapshots, between which people moved
        await segment(ground, made.caller, RunAsked(as_of=moment), door="test")
    return made


@pytest.fixture(scope="module")
async def predicted(ground: Ground) -> Shop:
    return await shop_of(ground, PREDICTED.csv)


@pytest.fixture(scope="module")
async def tiny(ground: Ground) -> Shop:
    return await shop_of(ground, "order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")


@pytest.mark.parametrize("name", CHARTS)
async def test_a_chart_of_every_answer_is_drawn_with_what_it_shows_in_a_sentence(selling: Shop, name: str):
    drawn = await draw(selling, name, "regular", format="svg")
    assert drawn.svg is not None
    picture = ET.fromstring(drawn.svg)  # noqa: S314 - our own drawing
    words = list(picture.itertext())
    assert picture.attrib["aria-label"] == drawn.told
    assert CHARTS[name].title in words
    assert not NOT_SHOWN.search(" ".join([*words, drawn.told]))
    assert drawn.told.endswith(".")
    assert re.search(r"\d", drawn.told), drawn.told


@pytest.mark.parametrize("name", [name for name in CHARTS if name != "movement"])
async def test_a_shop_of_one_order_has_pictures_that_say_so(tiny: Shop, name: str):
    for width in (240, 720):
        drawn = await draw(tiny, name, "c1", format="svg", width=width)
        assert drawn.svg is not None
        words = " ".join(ET.fromstring(drawn.svg).itertext())  # noqa: S314 - our own drawing
        assert len(words.split()) > 3
        assert not NOT_SHOWN.search(f"{words} {drawn.told}")


async def test_between_one_snapshot_and_none_nobody_moved(tiny: Shop):
    with pytest.raises(NotFound, match="no two snapshots"):
        await draw(tiny, "movement", "c1", format="svg")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("memberships", r"^regular .*Purchase frequency: .*\d%"),
        ("orders", r"The newest 10 orders: 20 EUR on 21 Dec 2023"),
        ("bought", r"regular bought 1 products, most of it in EUR: pot 1,020"),
        ("axes", r"Purchase frequency, most are .* \(\d+\)"),
        ("data_health", r"^79 customers, 215 orders, 358 days; guests have 0% of net"),
        ("snapshots", r"at the newest 2 snapshots: \d+ on .*2023; \d+ on 30 Jun 2023"),
        ("movement", r"From 30 Jun 2023 to .* 2023 \d+ stayed where they were; \d+ from .* to .*; \d+ joined, 0 left"),
        ("settings_preview", r"would change: Purchase frequency: .* \d+ to \d+"),
    ],
)
async def test_what_a_picture_shows_is_what_was_answered(selling: Shop, name: str, told: str):
    drawn = await draw(selling, name, "regular", format="spec")
    assert re.search(told, drawn.told), drawn.told


@pytest.mark.parametrize("name", ["lifetime_value", "next_purchase", "churn_factors", "win_back", "high_value"])
async def test_what_is_predicted_is_drawn(predicted: Shop, name: str):
    drawn = await draw(predicted, name, "c1", format="spec")
    assert drawn.spec is not None
    assert "it takes" not in drawn.told
    values = drawn.spec["data"]
    assert isinstance(values, dict)
    rows = values["values"]
    assert isinstance(rows, list)
    assert len(rows) >= 3


async def test_a_picture_has_two_pixels_a_point_and_both_themes(tiny: Shop):
    light = await draw(tiny, "churn", "c1", width=300)
    dark = await draw(tiny, "churn", "c1", width=300, theme="dark", title=False)
    pictures = [base64.b64decode(each.png or "") for each in (light, dark)]
    assert all(each.startswith(b"\x89PNG") for each in pictures)
    assert [int.from_bytes(each[16:20]) for each in pictures] == [600, 600]
    heights = [int.from_bytes(each[20:24]) for each in pictures]
    assert heights[0] > heights[1]
    assert light.svg is None
    assert light.spec is None


async def test_names_that_customers_typed_are_words_and_short(ground: Ground):
    shop = await open_shop(ground)
    trap = TRAP.replace('"', '""')
    rows = [f'o{n},c{n},2024-01-0{n}T10:00,p1,"{trap}",10' for n in range(1, 5)]
    head = "order_id,customer_id,placed_at,product_id,product,unit_price"
    await shop.bring("\n".join([head, *rows, f'o9,c9,2024-01-09,p2,"{LONG}",5\n']))
    await shop.segment()
    drawn = await draw(shop, "product_performance", "c1", format="svg", width=300)
    assert drawn.svg is not None
    words = "".join(ET.fromstring(drawn.svg).itertext())  # noqa: S314 - our own drawing
    assert "<script" not in drawn.svg
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in drawn.svg + drawn.told
    assert "<script>alert(1)" in words
    assert LONG not in words
    assert "…" in words


async def test_the_definition_is_told_with_its_data_inside(selling: Shop):
    drawn = await draw(selling, "cohort_retention", "", format="spec", title=False)
    assert drawn.spec is not None
    assert (drawn.spec["width"], drawn.spec["description"], drawn.png) == (720, drawn.told, None)
    assert "title" not in drawn.spec
    assert "2023" in json.dumps(drawn.spec["data"])


async def test_what_a_caller_may_not_ask_is_not_drawn_either(selling: Shop):
    with pytest.raises(NotAllowed, match=r"win_back.*customers:search"):
        await chart(selling.ground, as_role(selling, "support"), ChartAsked(chart="win_back"), door="test")


async def test_an_unknown_chart_is_told_with_the_nearest(selling: Shop):
    with pytest.raises(NotFound, match="cohort_retention"):
        await chart(selling.ground, selling.caller, ChartAsked(chart="cohort-retention"), door="test")


async def test_wrong_arguments_name_the_operation_and_the_field(selling: Shop):
    asked = ChartAsked(chart="revenue_forecast", arguments={"months": 37})
    with pytest.raises(Invalid, match=r"arguments of intelligence\.revenue_forecast: months") as refused:
        await chart(selling.ground, selling.caller, asked, door="test")
    assert refused.value.field == "arguments"
    with pytest.raises(ValidationError):
        ChartAsked(chart="rfm", width=100)


async def test_an_empty_shop_says_what_to_do(ground: Ground):
    with pytest.raises(Conflict, match="import orders"):
        await draw(await open_shop(ground), "rfm", "")


async def test_the_past_is_drawn_as_it_was(selling: Shop):
    asked = ChartAsked(chart="revenue_forecast", arguments={"as_of": "2023-07-01"}, format="spec")
    drawn = await chart(selling.ground, selling.caller, asked, door="test")
    assert "July 2023" in drawn.told
    assert "2023-08" not in json.dumps([row for row in _rows(drawn) if row["kind"] == "was"])


async def test_charts_are_listed_with_the_operation_each_is_of(selling: Shop):
    told = await charts(selling.ground, selling.caller, Nothing(), door="test")
    assert {each.chart for each in told.charts} == set(CHARTS)
    assert {each.operation for each in told.charts} <= operations().keys()


def _rows(drawn: ChartDrawn) -> list[dict[str, JsonValue]]:
    assert drawn.spec is not None
    data = drawn.spec["data"]
    assert isinstance(data, dict)
    rows = data["values"]
    assert isinstance(rows, list)
    return [row for row in rows if isinstance(row, dict)]
