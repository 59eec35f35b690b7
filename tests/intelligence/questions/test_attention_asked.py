"""What needs attention as callers ask it: in which shops, of which moment, and where its links lead."""

from datetime import date, timedelta

import pytest

from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.house import DECLARED
from switchboard.intelligence.attention_records import DismissAsked, Insights, RestoreAsked
from switchboard.intelligence.operations import attention
from switchboard.intelligence.operations.attention import dismiss_insight, insights, restore_insight
from switchboard.intelligence.questions.attention import MEANINGS
from switchboard.intelligence.records import Asked
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

assert attention in DECLARED
BEGIN = date(2023, 1, 2)


def sold() -> str:
    """A year of a shop that sells to guests and once to most customers, whose ware falls and whose cups come back."""
    lines = list[str]()
    for day in range(360):
        at = BEGIN + timedelta(days=day)
        lines.append(f"g{day},,{at}T09:00,tea,Tea,Drinks,1,40,0,")
        lines.append(f"c{day},c{day},{at}T10:00,cup,Cup,Cups,1,20,0,{15 if day >= 270 and day % 2 else ''}")
        if day < 270 or day % 10 == 0:
            lines.append(f"w{day},r{day % 4},{at}T11:00,pot,Pot,Ware,1,30,9,")
    return orders(*lines)


async def ask(shop: Shop, as_of: date | None = None) -> Insights:
    return await insights(shop.ground, shop.caller, Asked(as_of=as_of), door="test")


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(sold())
    await made.segment()
    return made


async def test_at_most_five_are_told_most_money_first(shop: Shop):
    told = await ask(shop)
    assert 3 < len(told.insights) <= 5
    assert [each.money for each in told.insights] == sorted((each.money for each in told.insights), reverse=True)
    assert [each.rule for each in told.rules] == list(MEANINGS)
    found = {each.rule: each.found for each in told.rules}
    assert found["guests"] == found["rising_returns"] == found["falling_category"] == "attention"
    assert found["one_time_buyers"] == "attention"
    first = told.insights[0]
    assert (first.rule, first.money, told.currency) == ("guests", 14_400.0, "EUR")
    assert first.figure > first.threshold


async def test_what_is_dismissed_is_left_out_until_it_is_shown_again(shop: Shop):
    first = (await ask(shop)).insights[0].rule
    dismissed = await dismiss_insight(shop.ground, shop.caller, DismissAsked(rule=first, days=7), door="test")
    then = await ask(shop)
    in_the_past = await ask(shop, date(2023, 12, 20))
    await restore_insight(shop.ground, shop.caller, RestoreAsked(rule=first), door="test")

    assert [each.rule for each in dismissed.dismissed] == [first]
    assert abs(dismissed.dismissed[0].until - shop.ground.clock() - timedelta(days=7)) < timedelta(minutes=1)
    assert first not in {each.rule for each in then.insights}
    assert [each.rule for each in then.dismissed] == [first]
    assert first in {each.rule for each in in_the_past.insights}
    assert (await ask(shop)).insights[0].rule == first


@pytest.mark.parametrize("as_of", [None, date(2023, 12, 20)])
async def test_every_link_is_a_question_that_can_be_asked(shop: Shop, as_of: date | None):
    told = (await ask(shop, as_of)).insights
    assert told
    for each in told:
        assert ("as_of" in each.link.arguments) == (as_of is not None)
        operation = OPERATIONS[each.link.operation]
        asked = operation.asks.model_validate(each.link.arguments)
        assert operation.reads
        await operation(shop.ground, shop.caller, asked, door="test")


async def test_a_moment_of_the_past_is_told_as_it_was(shop: Shop):
    then = await ask(shop, date(2023, 9, 1))
    found = {each.rule: each.found for each in then.rules}
    assert (found["falling_category"], found["rising_returns"]) == ("fine", "fine")
    assert then.as_of.date() == date(2023, 9, 1)
    early = {each.rule: each for each in (await ask(shop, date(2023, 1, 20))).rules}
    assert early["one_time_buyers"].found == early["behind_forecast"].found == "unknown"


@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2023, 1, 1), "before the first order"), (date(2030, 1, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused(shop: Shop, as_of: date, says: str):
    with pytest.raises(Invalid, match=says):
        await ask(shop, as_of)


async def test_nothing_to_say_is_said(ground: Ground):
    made = await open_shop(ground)
    await made.bring(orders(*(
        f"o{n}-{k},c{n},2024-{1 + k:02}-{1 + n % 28:02}T10:00,tea,Tea,Drinks,1,10,0,"
        for n in range(120) for k in range(7)
    )))  # fmt: skip
    await made.segment()
    told = await ask(made)
    assert told.insights == ()
    assert told.summary == "Nothing needs attention."


async def test_one_customer_without_a_product_is_told_what_is_not_known(ground: Ground):
    made = await open_shop(ground)
    await made.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")
    await made.segment()
    told = await ask(made)
    assert {each.found for each in told.rules if each.rule not in {"value_at_risk", "guests"}} == {"unknown"}
    assert all((each.figure is None) == (each.unknown is not None) for each in told.rules)


async def test_an_empty_shop_says_what_to_do(ground: Ground):
    with pytest.raises(Conflict, match="import orders"):
        await ask(await open_shop(ground))
