"""What is asked wrongly of any question: each gets a clear answer that names the field, and none breaks."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import JsonValue

from switchboard.foundation import kept
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS, Operation
from switchboard.foundation.reading import read_values
from switchboard.house import DECLARED
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.heavy

assert kept in DECLARED, "importing the house declares them"
GIVEN: Mapping[str, dict[str, JsonValue]] = {
    "intelligence.archetype": {"archetype_id": "gone"},
    "intelligence.bought": {"customer_id": "c1"},
    "intelligence.churn_risk": {"customer_id": "c1"},
    "intelligence.archetype_trend": {"archetype_id": "4feeea72"},
    "intelligence.axis_shapes": {"axis_name": "purchase_frequency"},
    "intelligence.compare_groups": {
        "one": {},
        "other": {"axis_name": "purchase_value", "segment_name": "large_baskets"},
    },
    "intelligence.event_engagement": {"event": "Easter"},
    "intelligence.ltv_forecast": {"customer_id": "c1"},
    "intelligence.next_purchase": {"customer_id": "c1"},
    "intelligence.orders": {"customer_id": "c1"},
    "intelligence.preview_archetype": {"filter": {"bought": {}}},
    "intelligence.profile": {"customer_id": "c1"},
    "intelligence.recommend_customers": {"campaign_type": "winback"},
    "intelligence.recommend_products": {"customer_id": "c1"},
    "intelligence.recommend_segments": {"goal": "retention"},
    "intelligence.seasonal_engagement": {"season": "winter"},
    "intelligence.segment_trends": {"axis_name": "purchase_frequency", "segment_name": "weekly"},
    "intelligence.similar_customers": {"customer_id": "c1"},
    "intelligence.subscription_outlook": {"customer_id": "c1"},
}
"""What has to be said of a question beside its moment."""
LISTED_ELSEWHERE = {"intelligence.snapshots"}  # runs of all moments; as_of is where the list begins
QUESTIONS = [
    name
    for name, declared in sorted(OPERATIONS.items())
    if name.startswith("intelligence.")
    and declared.reads
    and "as_of" in declared.asks.model_fields
    and name not in LISTED_ELSEWHERE
]
# A few of everything: regulars, one-time buyers, a guest, a refund, discounts.
SOLD = orders(
    *(f"w{n}-{k},c{n},{date(2023, 1, 2) + timedelta(days=7 * k + n)}T10:00,tea,Tea,Drinks,1,{10 + n},1,"
      for n in range(8) for k in range(40)),
    *(f"o{n},d{n},2023-0{1 + n % 9}-15T09:00,cup,Cup,Ware,2,{20 + n},," for n in range(12)),
    "g1,,2023-05-05T12:00,cup,Cup,Ware,1,20,,",
    "r1,c3,2023-06-06T12:00,tea,Tea,Drinks,-1,10,,",
)  # fmt: skip
FIRST = datetime(2023, 1, 2, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground, zone="Asia/Tokyo")
    await made.bring(SOLD)
    await made.segment()
    return made


def asked(name: str, **more: JsonValue) -> tuple[Operation[Any, Any], Any]:
    declared = OPERATIONS[name]
    return declared, read_values(declared.asks, {**GIVEN.get(name, {}), **more})


async def ask(shop: Shop, name: str, **more: JsonValue) -> Any:
    declared, said = asked(name, **more)
    return await declared(shop.ground, shop.caller, said, door="test")


def numbers(told: JsonValue) -> Iterator[float]:
    if isinstance(told, dict):
        for each in told.values():
            yield from numbers(each)
    elif isinstance(told, list):
        for each in told:
            yield from numbers(each)
    elif isinstance(told, float):
        yield told


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("as_of", ["2022-12-31", "2023-01-02T00:59:00Z", "1900-01-01"])
async def test_before_the_first_order_nothing_is_told(shop: Shop, name: str, as_of: str):
    with pytest.raises(Invalid, match="as_of") as refused:
        await ask(shop, name, as_of=as_of)
    assert refused.value.field == "as_of"


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("as_of", ["2030-01-01", "2999-12-31T23:59:59+14:00"])
async def test_after_the_clock_nothing_is_told(shop: Shop, name: str, as_of: str):
    with pytest.raises(Invalid, match="as_of is after the workspace's clock") as refused:
        await ask(shop, name, as_of=as_of)
    assert refused.value.field == "as_of"


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("as_of", ["yesterday", "2023-13-01", "2023-06-01T10:00", ["2023-06-01"]])
def test_a_moment_that_is_none_is_named(name: str, as_of: JsonValue):
    with pytest.raises(Invalid) as refused:
        asked(name, as_of=as_of)
    assert (refused.value.field or "").startswith("as_of")


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_instant_is_the_same_in_every_zone(shop: Shop, name: str):
    if name == "intelligence.random_customer":
        return  # another one each time
    moment = datetime(2023, 8, 1, tzinfo=timezone(timedelta(hours=9)))  # midnight in Tokyo
    said = ["2023-08-01", moment.isoformat(), moment.astimezone(UTC).isoformat(),
            moment.astimezone(timezone(timedelta(hours=-8))).isoformat()]  # fmt: skip
    told = set[str]()
    for each in said:
        try:
            told.add((await ask(shop, name, as_of=each)).model_dump_json())
        except (Invalid, NotFound) as refused:
            told.add(str(refused))
    assert len(told) == 1


@pytest.mark.parametrize("name", QUESTIONS)
async def test_every_number_of_an_answer_is_one(shop: Shop, name: str):
    try:
        told = await ask(shop, name)
    except NotFound:
        return
    assert all(math.isfinite(each) for each in numbers(json.loads(told.model_dump_json())))


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_empty_shop_is_told_what_to_do(ground: Ground, name: str):
    made = await open_shop(ground)
    with pytest.raises((Conflict, NotFound)) as refused:
        await ask(made, name)
    assert getattr(refused.value, "code", "") in {"not_segmented", "not_found"}


@pytest.mark.parametrize("name", [each for each in QUESTIONS if "months" in OPERATIONS[each].asks.model_fields])
@pytest.mark.parametrize("months", [0, 37, "six", -1, 1.5, [0]])
async def test_months_that_can_not_be_are_named(shop: Shop, name: str, months: JsonValue):
    if name == "intelligence.seasonal_engagement":
        months = [months] if not isinstance(months, list) else months
    with pytest.raises(Invalid) as refused:
        given = {"season": None} if name == "intelligence.seasonal_engagement" else {}
        await ask(shop, name, months=months, **given)
    assert (refused.value.field or "").startswith("months")


@pytest.mark.parametrize("name", [each for each in QUESTIONS if "limit" in OPERATIONS[each].asks.model_fields])
@pytest.mark.parametrize("limit", [0, -1, 1_000_001, "many"])
def test_a_limit_that_can_not_be_is_named(name: str, limit: JsonValue):
    with pytest.raises(Invalid) as refused:
        asked(name, limit=limit)
    assert refused.value.field == "limit"


@pytest.mark.parametrize("name", [each for each in QUESTIONS if "cursor" in OPERATIONS[each].asks.model_fields])
async def test_a_cursor_of_nobody_is_refused(shop: Shop, name: str):
    with pytest.raises(Invalid, match="cursor"):
        await ask(shop, name, cursor="not-ours")


@pytest.mark.parametrize("name", [each for each in QUESTIONS if "customer_id" in OPERATIONS[each].asks.model_fields])
async def test_a_customer_who_is_not_there_is_not_found(shop: Shop, name: str):
    with pytest.raises(NotFound, match="nobody"):
        await ask(shop, name, customer_id="nobody")


@pytest.mark.parametrize("name", [each for each in QUESTIONS if "archetype_id" in OPERATIONS[each].asks.model_fields])
async def test_an_archetype_that_is_no_more_is_not_found(shop: Shop, name: str):
    with pytest.raises(NotFound, match="gone"):
        await ask(shop, name, archetype_id="gone")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        (each, field)
        for each in QUESTIONS
        for field in ("product_id", "category")
        if field in OPERATIONS[each].asks.model_fields
    ],
)
async def test_a_product_or_category_that_is_not_there_is_not_found(shop: Shop, name: str, field: str):
    with pytest.raises(NotFound, match="rum"):
        await ask(shop, name, **{field: "rum"})


async def test_a_metric_that_is_not_there_is_told_which_there_are(shop: Shop):
    with pytest.raises(Invalid, match="total_ltv, avg_ltv, member_count") as refused:
        await ask(shop, "intelligence.top_archetypes", metric="fame")
    assert refused.value.field == "metric"


async def test_what_is_asked_too_much_is_named():
    for name in QUESTIONS:
        with pytest.raises(Invalid) as refused:
            asked(name, nonsense=1)
        assert refused.value.field == "nonsense"
