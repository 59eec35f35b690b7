"""Subscriptions as callers ask of them: who takes one, who cancels, whose payment fails, and what is missing."""

from datetime import date, timedelta
from typing import Any

import pytest

from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import Operation
from switchboard.intelligence.operations.subscriptions import (
    cancellation_risk,
    payment_failure_risk,
    subscription_conversion,
    subscription_outlook,
)
from switchboard.intelligence.records import Asked
from switchboard.intelligence.subscription_records import OutlookAsked, SubscriptionsAsked
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

FIRST, DAYS = date(2024, 1, 1), 300
REGULARS, OTHERS = 240, 160
HORIZON = 30
LISTS: tuple[Operation[Any, Any], ...] = (subscription_conversion, cancellation_risk, payment_failure_risk)
"""Regulars order every ten days, and each takes a subscription on a day of their own; others order every fifty days and
never take one. Of each third subscriber payments fail every fifteen days, and they cancel on the fortieth."""


def _orders() -> list[str]:
    return [
        f"{who}{n}-{day},{who}{n},{FIRST + timedelta(days=day)}T10:00,p{n % 30},,Drinks,1,10,,"
        for who, count, every in (("r", REGULARS, 10), ("o", OTHERS, 50))
        for n in range(count)
        for day in range(n % every, DAYS, every)
    ]


def _events() -> list[str]:
    found = list[str]()
    for n in range(REGULARS):
        start = 40 + (n * 37) % 400  # of many, after the history ends
        happens = [(start, "subscription_started")]
        if n % 3 == 0:
            happens += [(start + 15, "payment_failed"), (start + 30, "payment_failed")]
            happens += [(start + 40, "subscription_cancelled")]
        found += [f"r{n},{kind},{FIRST + timedelta(days=day)}T12:00" for day, kind in happens if day < DAYS]
    return found


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(orders(*_orders()))
    await made.bring("customer_id,kind,at\n" + "\n".join(_events()) + "\n", kind="events")
    await made.segment()
    return made


async def ask(shop: Shop, operation: Operation[Any, Any], **asked: object) -> Any:
    said = SubscriptionsAsked.model_validate({"horizon_days": HORIZON, **asked})
    return await operation(shop.ground, shop.caller, said, door="test")


async def test_who_takes_a_subscription_is_told_before_who_does_not(shop: Shop):
    found = await ask(shop, subscription_conversion, limit=500)
    assert (found.based_on, found.routine, found.not_enough_data) == ("events", (), ())
    places = [each.customer_id[0] for each in found.customers]
    assert places == sorted(places, reverse=True)  # all regulars before all others
    assert found.total == found.at_risk == len(places)
    assert found.quality.auc > 0.75
    assert found.quality.calibration_error < 0.1
    assert found.customers[0].probability > 4 * found.customers[-1].probability


async def test_whose_payments_failed_is_told_to_cancel(shop: Shop):
    found = await ask(shop, cancellation_risk, limit=500)
    likely = [each.customer_id for each in found.customers if each.probability > 0.5]
    assert likely
    assert all(int(each[1:]) % 3 == 0 for each in likely)
    first = found.customers[0]
    assert first.reasons[0].startswith("Subscribes since ")
    assert any(each.startswith("Payments failed ") for each in first.reasons)
    assert any(each.startswith("Ordered 30 times, every 10 days") for each in first.reasons)
    assert found.expected == pytest.approx(sum(each.probability for each in found.customers))
    assert found.quality.auc > 0.9


async def test_whose_payment_fails_is_told_of_those_who_subscribe(shop: Shop):
    found = await ask(shop, payment_failure_risk, limit=500)
    assert found.population == "customers with a subscription"
    assert 0 < found.total < REGULARS
    assert all(0 <= each.probability <= 1 for each in found.customers)


async def test_customers_come_in_pages(shop: Shop):
    whole = await ask(shop, cancellation_risk, limit=20)
    first = await ask(shop, cancellation_risk, limit=9)
    second = await ask(shop, cancellation_risk, limit=11, cursor=first.next_cursor)
    assert first.customers + second.customers == whole.customers


async def test_later_events_are_never_looked_at(shop: Shop):
    then = date(2024, 8, 1)
    before = await ask(shop, cancellation_risk, as_of=then, limit=500)
    later = [
        f"r{n},{kind},2024-08-0{2 + n % 7}T09:00"
        for n in range(60)
        for kind in ("payment_failed", "subscription_cancelled")
    ]
    brought = await shop.bring("customer_id,kind,at\n" + "\n".join(later) + "\n", kind="events", source="late")
    await shop.segment()
    after = await ask(shop, cancellation_risk, as_of=then, limit=500)
    await shop.undo(brought)
    await shop.segment()
    assert before == after


async def test_one_customer_is_told_all_three(shop: Shop):
    async def of(customer_id: str) -> Any:
        asked = OutlookAsked(customer_id=customer_id, horizon_days=HORIZON)
        return await subscription_outlook(shop.ground, shop.caller, asked, door="test")

    subscriber = (await ask(shop, cancellation_risk, limit=1)).customers[0]
    found = await of(subscriber.customer_id)
    assert found.subscribes
    assert found.cancellation.probability == subscriber.probability
    assert found.conversion.probability is None
    assert found.conversion.reasons == (
        "It can not happen to them: it is told of customers without a subscription who ordered in the last 365 days.",
    )
    other = await of("o1")
    assert (other.subscribes, other.cancellation.probability) == (False, None)
    assert other.conversion.probability is not None


async def test_a_shop_without_subscriptions_is_told_whose_routine_one_would_fit(ground: Ground):
    made = await open_shop(ground)
    await made.bring(orders(*_orders()))
    await made.segment()
    found = await ask(made, subscription_conversion, limit=5)
    assert found.not_enough_data == ("30 customers with an event of the kind subscription_started; there are 0",)
    assert (found.based_on, found.customers, found.expected) == ("routine", (), None)
    first = found.routine[0]
    assert (first.fit, first.repeat_share, first.usual_gap_days) == (1.0, 1.0, 10.0)
    assert first.reason.startswith("30 orders, every 10 days in the mean; 100% of the products")
    assert found.total == REGULARS + OTHERS
    for operation, kind in ((cancellation_risk, "subscription_cancelled"), (payment_failure_risk, "payment_failed")):
        told = (await ask(made, operation)).not_enough_data
        assert told == (
            "100 customers with a subscription; there are 0",
            "100 customers with an event of the kind subscription_started; there are 0",
            f"30 customers with an event of the kind {kind}; there are 0",
        )


@pytest.mark.parametrize("operation", LISTS)
async def test_a_shop_of_three_customers_is_told_what_is_missing(ground: Ground, operation: Operation[Any, Any]):
    made = await open_shop(ground)
    await made.bring(orders(*(f"o{n},c{n},2024-01-0{n}T10:00,tea,Tea,,1,10,," for n in (1, 2, 3))))
    await made.segment()
    told = await ask(made, operation)
    assert told.customers == ()
    assert len(told.not_enough_data) >= 3
    assert all("; there are " in each for each in told.not_enough_data)


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2021, 1, 1), "before the first order"), (date(2030, 1, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused(shop: Shop, operation: Operation[Any, Any], as_of: date, says: str):
    with pytest.raises(Invalid, match=says) as refused:
        await ask(shop, operation, as_of=as_of)
    assert refused.value.field == "as_of"


@pytest.mark.parametrize("operation", LISTS)
async def test_an_empty_shop_says_what_to_do(ground: Ground, operation: Operation[Any, Any]):
    with pytest.raises(Conflict, match="import orders"):
        await ask(await open_shop(ground), operation)


async def test_a_customer_who_is_not_there_is_not_found(shop: Shop):
    asked: Asked = OutlookAsked(customer_id="nobody")
    with pytest.raises(NotFound, match="nobody"):
        await subscription_outlook(shop.ground, shop.caller, asked, door="test")
