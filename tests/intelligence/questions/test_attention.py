"""What needs attention, each rule at its boundary, and the facts they look at by hand."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from switchboard.intelligence.product_question_records import CategoryTrend, Sold, Trend
from switchboard.intelligence.questions import attention
from switchboard.intelligence.questions.attention import Checked
from switchboard.intelligence.questions.last_year import Returns, Year, last_year, returned
from switchboard.intelligence.questions.selling import Times, Trends, quarters
from tests.intelligence.mirrors import NOW, Line
from tests.intelligence.questions.plain_shop import shop

YEAR = Year(
    net=1_000.0, guests_net=100.0, customers_net=900.0, buyers=100, top_net=200.0, had_time=100, once=50,
    once_net=300.0, dependent=10, dependent_net=100.0, states_discounts=True,
)  # fmt: skip
TIMES = Times(before_since=date(2024, 1, 1), since=date(2024, 4, 1), until=date(2024, 6, 30), is_whole=True)
CUP = Returns(
    product_id="cup", name="Cup", orders=100, orders_before=100, refunded=40, refunded_before=10, gross=1_000.0,
    refund=300.0, gross_before=1_000.0, refund_before=90.0,
)  # fmt: skip


def test_risk_is_told_above_a_quarter_of_the_years_net():
    assert attention.value_at_risk(7, 250.0, YEAR).sentence is None
    told = attention.value_at_risk(7, 250.1, YEAR)
    assert (told.figure, told.money) == (pytest.approx(0.2501), 250.1)
    assert told.sentence == "7 customers at HIGH or CRITICAL risk of churn brought 25.0% of the last year's net."


def test_one_time_buyers_are_told_above_seven_tenths_of_those_who_had_the_time():
    assert attention.one_time_buyers(replace(YEAR, once=70), "EUR").sentence is None
    told = attention.one_time_buyers(replace(YEAR, once=71), "EUR")
    assert "71 of 100 customers" in (told.sentence or "")
    assert "brought 300 EUR" in (told.sentence or "")
    assert attention.one_time_buyers(replace(YEAR, had_time=0, once=0), "EUR").unknown


def test_ten_customers_are_told_above_a_quarter_where_they_are_a_tenth_at_most():
    assert attention.concentration(replace(YEAR, top_net=250.0), "EUR").sentence is None
    assert "25.1% of the last year's net" in (
        attention.concentration(replace(YEAR, top_net=251.0), "EUR").sentence or ""
    )
    few = attention.concentration(replace(YEAR, top_net=999.0, buyers=99), "EUR")
    assert (few.sentence, few.unknown) == (
        None, "It takes 100 customers who ordered in the last 365 days; there are 99.",
    )  # fmt: skip


def test_guests_are_told_above_three_tenths():
    assert attention.guests(replace(YEAR, guests_net=300.0), "EUR").sentence is None
    assert "30.1%" in (attention.guests(replace(YEAR, guests_net=301.0), "EUR").sentence or "")


def test_dependency_on_discounts_is_told_above_three_tenths_of_the_customers_net():
    assert attention.discount_dependency(replace(YEAR, dependent_net=270.0), "EUR").sentence is None
    assert attention.discount_dependency(replace(YEAR, dependent_net=271.0), "EUR").sentence
    assert attention.discount_dependency(replace(YEAR, states_discounts=False), "EUR").unknown == attention.NO_DISCOUNTS


@pytest.mark.parametrize("net", [0.0, -5.0])
def test_of_a_year_without_revenue_no_share_is_told(net: float):
    nothing = replace(YEAR, net=net, guests_net=0.0, customers_net=net)
    for told in (
        attention.value_at_risk(1, 0.0, nothing), attention.guests(nothing, "EUR"),
        attention.concentration(nothing, "EUR"), attention.discount_dependency(nothing, "EUR"),
    ):  # fmt: skip
        assert (told.figure, told.sentence, told.unknown) == (None, None, attention.NO_NET)


def test_revenue_is_told_below_the_low_end_of_the_forecast_made_before():
    steady = np.full(120, 10.0)
    said = attention.behind_forecast(steady, "EUR")
    assert (said.figure, said.sentence) == (pytest.approx(0.0, abs=1e-6), None)
    assert said.threshold is not None
    assert -1 < said.threshold < 0
    for part, tells in ((1 + said.threshold + 0.01, False), (1 + said.threshold - 0.01, True)):
        fell = np.concatenate([steady[:90], np.full(30, 10.0 * part)])
        told = attention.behind_forecast(fell, "EUR")
        assert (told.threshold, told.sentence is not None) == (pytest.approx(said.threshold), tells)
        assert told.money == pytest.approx(300 * (1 - part), abs=1e-3)
        assert (told.sentence or "").count(" EUR") == 3 * tells


def test_a_short_or_silent_history_is_no_forecast():
    assert "there are 89" in (attention.behind_forecast(np.full(89, 10.0), "EUR").unknown or "")
    assert attention.behind_forecast(np.full(90, 10.0), "EUR").figure is not None
    assert attention.behind_forecast(np.zeros(120), "EUR").unknown == "Nothing was expected of the last 30 days."


def returns(*products: Returns, is_whole: bool = True) -> Checked:
    return attention.rising_returns(products, is_whole=is_whole, currency="EUR")


def test_returns_are_told_where_they_are_high_and_rise_by_more_than_chance():
    told = returns(CUP)
    assert (told.figure, told.money, told.arguments) == (0.3, 300.0, {"product_id": "cup"})
    assert told.sentence == (
        "30% of what Cup sold for in the last 90 days was refunded, 300 EUR, after 9% in the 90 days before."
    )
    assert returns(replace(CUP, refund=200.0)).sentence is None  # a fifth is not above a fifth
    assert returns(replace(CUP, refunded_before=40)).sentence is None  # high, and as high as before
    assert returns(CUP, is_whole=False).unknown == attention.TOO_SHORT


def test_chance_is_the_binomial_one_and_counts_the_products_tested():
    # five of five refunds in the second of two equal times: one in 32
    five = replace(CUP, refunded=5, refunded_before=0)
    assert returns(five).sentence
    assert returns(replace(five, refunded=4)).sentence is None
    assert returns(five, replace(five, product_id="mug")).sentence is None
    both = returns(CUP, replace(CUP, product_id="mug", name="Mug", refund=400.0))
    assert (both.sentence or "").startswith("40% of what Mug sold for")
    assert (both.sentence or "").endswith("; it is one of 2 such products.")
    assert returns().figure == 0.0


def sold(net: float, orders: int) -> Sold:
    return Sold(net=net, lines=orders, orders=orders, buyers=orders)


def category(name: str, now: float, before: float, trend: Trend | None = "falling") -> CategoryTrend:
    change = now / before - 1 if before > 0 else None
    return CategoryTrend(
        category=name, now=sold(now, 40), before=sold(before, 80), net_change=change, net_share=0.5, trend=trend
    )


def test_a_category_is_told_that_falls_by_more_than_chance_and_a_tenth():
    def told(*categories: CategoryTrend, times: Times = TIMES) -> Checked:
        return attention.falling_category(Trends(times=times, categories=categories, uncategorised_net=0.0), "EUR")

    assert told(category("Tea", 90.0, 100.0)).sentence is None
    assert told(category("Tea", 10.0, 100.0, "steady")).sentence is None
    found = told(category("Tea", 89.0, 100.0), category("Ware", 300.0, 400.0), category("Food", 5.0, 0.0, "new"))
    assert found.sentence == (
        "Ware brought 100 EUR less in the last 3 months than in the 3 before (-25%), with 40 orders after 80; it is one"
        " of 2 such categories."
    )
    assert (found.money, found.figure) == (100.0, -0.25)
    assert told().unknown == "No product has a category."
    assert told(category("Tea", 1.0, 9.0), times=replace(TIMES, is_whole=False)).unknown == attention.TOO_SHORT


def test_five_are_told_with_most_money_first():
    found = [
        Checked(rule=rule, threshold=0.1, figure=0.2, money=money, sentence=f"{money}")
        for rule, money in zip(attention.MEANINGS, (1.0, 7.0, 3.0, 6.0, 2.0, 5.0), strict=False)
    ]
    assert [each.money for each in attention.ranked(found)[: attention.MOST]] == [7.0, 6.0, 5.0, 3.0, 2.0]
    assert attention.summary(found) == "6 things need attention, the 5 with most money at stake are told."
    assert attention.summary(found[:1]) == "1 thing needs attention."
    quiet, unknown = replace(found[0], sentence=None), Checked(rule="guests", threshold=0.3, unknown="?")
    assert attention.summary([quiet]) == "Nothing needs attention."
    assert attention.summary([quiet, unknown]) == "Nothing needs attention; 1 of 2 rules lack the data to tell."


def test_the_last_year_is_counted_by_hand():
    year = last_year(shop([
        Line(document=1, person=1, ago=400, gross=50.0),
        Line(document=2, person=1, ago=365, gross=30.0, discount=10.0),  # the first day of the year
        Line(document=3, person=1, ago=10, gross=10.0),
        Line(document=4, person=2, ago=91, gross=40.0), Line(document=5, person=2, ago=5, refund=15.0),
        Line(document=6, person=3, ago=90, gross=5.0),  # had no time to come back yet
        Line(document=7, person=None, ago=7, gross=35.0),
        Line(document=8, person=4, ago=366, gross=99.0), Line(document=9, person=4, ago=-1, gross=99.0),
    ]), NOW)  # fmt: skip
    assert year == Year(
        net=95.0, guests_net=35.0, customers_net=60.0, buyers=3, top_net=60.0, had_time=3, once=2, once_net=25.0,
        dependent=1, dependent_net=30.0, states_discounts=True,
    )  # fmt: skip


def test_returns_are_counted_in_their_own_time():
    times = quarters(shop([]), NOW)
    found = returned(shop([
        Line(document=1, ago=300, gross=5.0, product=1),
        *(Line(document=n, ago=120, gross=10.0, product=1) for n in (2, 3)),
        Line(document=2, ago=100, refund=4.0, product=1),
        *(Line(document=n, ago=20, gross=10.0, product=1) for n in (4, 5)),
        Line(document=5, ago=2, refund=6.0, product=1),
        Line(document=6, ago=20, gross=10.0, product=2),
    ]), NOW, times)  # fmt: skip
    assert found == [
        Returns(
            product_id="p1", name="Product 1", orders=2, orders_before=2, refunded=1, refunded_before=1, gross=20.0,
            refund=6.0, gross_before=20.0, refund_before=4.0,
        )
    ]  # fmt: skip
    assert (times.until - times.since) == timedelta(days=89)


def test_a_shop_without_orders_has_a_year_of_nothing():
    empty = last_year(shop([]), NOW)
    assert (empty.net, empty.buyers, empty.had_time, empty.states_discounts) == (0.0, 0, 0, False)
