import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from switchboard.foundation.charts import Definition
from switchboard.foundation.charts.definition import text_of
from switchboard.intelligence.charts.customers import churn_levels
from switchboard.intelligence.charts.groups import archetypes_by_members, behaviour, comparison, farthest
from switchboard.intelligence.charts.maps import archetype_map
from switchboard.intelligence.charts.months import month_name, months_over, revenue_by_month
from switchboard.intelligence.group_records import (
    Behaviour,
    Comparison,
    Difference,
    FeatureMean,
    GroupBehaviour,
    GroupShown,
)
from switchboard.intelligence.map_records import ArchetypeMap, Placed
from switchboard.intelligence.past_records import Month, Revenue
from switchboard.intelligence.records import Archetype, ChurnAggregate

AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
CHURN = ChurnAggregate(
    customers=2_000, by_level={"LOW": 1_200, "MEDIUM": 500, "HIGH": 280, "CRITICAL": 20}, at_risk_count=300,
    critical_risk_count=20, value_at_risk=12_345.6, currency="EUR", as_of=AS_OF,
)  # fmt: skip


def revenue(*months: tuple[str, float], as_of: datetime = AS_OF) -> Revenue:
    shown = tuple(Month(month=month, net=net, orders=1, customers=1) for month, net in months)
    return Revenue(months=shown, currency="EUR", as_of=as_of)


def archetype(name: str, members: int) -> Archetype:
    return Archetype(
        archetype_id=name, name=name, dominant_segments={}, signature=(), member_count=members,
        population_percent=members / 10, average_lifetime_value=1, total_revenue=members, currency="EUR", traits=(),
        as_of=AS_OF,
    )  # fmt: skip


SHOP = revenue(("2025-12", 300.0), ("2026-01", 1_250.4), ("2026-02", 900.0), ("2026-03", 100.0))
MANY = [archetype(f"Kind {n}", 10 + n) for n in range(14)]


@pytest.mark.parametrize("width", [300, 720])
def test_every_chart_is_one_that_can_be_drawn(width: int):
    defined: list[Definition] = [
        revenue_by_month(SHOP, UTC_ZONE, width=width),
        churn_levels(CHURN, width=width),
        archetypes_by_members(MANY, width=width),
    ]

    drawn = [json.loads(text_of(each, "light", ground=False)) for each in defined]

    assert [each["width"] for each in drawn] == [width] * 3


def test_the_month_that_runs_is_not_over():
    assert [each.month for each in months_over(SHOP, UTC_ZONE)] == ["2025-12", "2026-01", "2026-02"]


def test_a_month_ends_at_midnight_of_the_shop():
    at_midnight = revenue(("2025-12", 300.0), as_of=datetime(2025, 12, 31, 23, tzinfo=UTC))

    assert [each.month for each in months_over(at_midnight, BERLIN)] == ["2025-12"]
    assert months_over(at_midnight, UTC_ZONE) == ()


def test_revenue_is_told_in_words_too():
    assert revenue_by_month(SHOP, UTC_ZONE, width=720)["description"] == (
        "Net revenue by month in EUR, December 2025 to February 2026: lowest 300 in December 2025,"
        " highest 1,250 in January 2026, 900 in February 2026, the last whole month."
    )


def test_revenue_of_a_first_month_is_told_as_such():
    first = revenue_by_month(revenue(("2026-03", 100.0)), UTC_ZONE, width=300)

    assert first["description"] == "Net revenue by month in EUR: no month is over yet."


@pytest.mark.parametrize(("width", "named"), [(1_000, 25), (300, 9), (100, 3)])
def test_months_are_named_where_there_is_room(width: int, named: int):
    months = [f"{2024 + n // 12}-{n % 12 + 1:02}" for n in range(25)]
    drawn = json.dumps(revenue_by_month(revenue(*((month, 1.0) for month in months)), UTC_ZONE, width=width))

    axis = json.loads(drawn)["encoding"]["x"]["axis"]
    assert len(axis["values"]) == named
    assert "2024-01" in axis["values"]


def test_levels_of_risk_are_told_with_their_shares():
    assert churn_levels(CHURN, width=340)["description"] == (
        "Customers by risk of leaving: Low 1,200 or 60.0%, Medium 500 or 25.0%, High 280 or 14.0%, Critical 20 or 1.0%."
    )


def test_a_shop_without_customers_has_empty_bars():
    nobody = CHURN.model_copy(update={"customers": 0, "by_level": {}})

    assert "Low 0 or 0.0%" in str(churn_levels(nobody, width=340)["description"])


def test_the_largest_archetypes_come_first():
    drawn = archetypes_by_members(MANY, width=720)

    rows = json.loads(json.dumps(drawn["data"]))["values"]
    assert [row["value"] for row in rows] == list(range(23, 13, -1))
    assert str(drawn["description"]).startswith("The 10 largest of 14 archetypes by members: Kind 13, 23 members; Kind")


def test_a_long_name_takes_a_second_line():
    long = archetype("Regular buyers with typical baskets who repeat a few products", 5)

    drawn = archetypes_by_members([long, archetype("Everyone else", 1)], width=300)

    rows = json.loads(json.dumps(drawn["data"]))["values"]
    assert rows[0]["label"] == "Regular buyers with typical baskets who\nrepeat a few products"
    assert rows[1]["label"] == "\N{NO-BREAK SPACE}\nEveryone else"
    assert drawn["height"] == 2 * 59


def test_months_read_as_people_say_them():
    assert month_name("2026-11") == "November 2026"
    assert month_name("2026-11", short=True) == "Nov 2026"


FIGURES = (("lifetime_value", "currency", 129.0, 2013.0), ("recency_days", "days", 243.6, 92.65),
           ("orders", "orders", 13.6, 4.32), ("discount_share", "share", 0.25, 0.125))  # fmt: skip
REGULAR = GroupBehaviour(
    group=GroupShown(kind="archetype", name="Regular"), customers=10, share=0.1, total_value=1_290.0, value_share=0.1,
    features=tuple(FeatureMean(feature=name, unit=unit, mean=mean, shop_mean=shop, lift=mean / shop)
                   for name, unit, mean, shop in FIGURES),
    products=(), categories=(), currency="GBP", as_of=AS_OF,
)  # fmt: skip


def rows_of(definition: Definition) -> list[dict[str, str]]:
    return json.loads(text_of(definition, "light", ground=False))["data"]["values"]


def test_figures_of_a_group_carry_their_units():
    drawn = behaviour(REGULAR, width=540)

    assert [row["told"] for row in rows_of(drawn)] == [
        "129 GBP · shop 2,013 GBP", "244 · shop 92.7 days", "13.6 · shop 4.32 orders", "25% · shop 12%",
    ]  # fmt: skip
    assert "Orders placed 13.6 orders, shop 4.32 orders" in str(drawn["description"])
    assert "Time since the last order 244 days, shop 92.7 days" in str(drawn["description"])


def test_figures_of_two_groups_carry_their_units():
    differences = tuple(
        Difference(feature=name, unit=unit, one=one, other=other, ratio=one / other)
        for name, unit, one, other in FIGURES
    )
    group = Behaviour(**{name: getattr(REGULAR, name) for name in Behaviour.model_fields})
    both = Comparison(one=group, other=group, in_both=0, differences=differences, currency="GBP", as_of=AS_OF)

    assert [row["told"] for row in rows_of(comparison(both, width=540))] == [
        "129 GBP · 2,013 GBP", "244 · 92.7 days", "13.6 · 4.32 orders", "25% · 12%",
    ]  # fmt: skip


@pytest.mark.parametrize(("lift", "end"), [(1.3, 2), (0.4, 5), (9, 10), (0.001, 10)])
def test_groups_beside_each_other_have_one_scale(lift: float, end: float):
    far = FeatureMean(feature="orders", unit="orders", mean=lift, shop_mean=1, lift=lift)
    near = FeatureMean(feature="orders", unit="orders", mean=1, shop_mean=1, lift=1)
    groups = [REGULAR.model_copy(update={"features": (each,)}) for each in (near, far)]

    most = farthest(groups)
    drawn = [json.dumps(behaviour(each, width=345, most=most)) for each in groups]

    assert most == end
    assert all(f'"domain": [{1 / end}, {float(end)}]' in each for each in drawn)


def on_map(name: str, members: int, *, value: float, before: int | None = None) -> Placed:
    return Placed(
        archetype_id=name, name=name, dominant_segments={}, is_pinned=False, member_count=members,
        population_percent=1, average_lifetime_value=value, total_revenue=value * members, at_risk_count=0,
        at_risk_share=0, members_before=before, growth=members / before - 1 if before else None,
    )  # fmt: skip


def test_extreme_growth_is_told_as_how_many_times():
    placed = (on_map("Frequent", 108, value=4_000, before=2), on_map("Regular", 60, value=50, before=50),
              on_map("New", 9, value=900))  # fmt: skip
    shown = ArchetypeMap(archetypes=placed, grown_since=AS_OF, customers=177, currency="GBP", as_of=AS_OF)

    told = [row["told"] for row in rows_of(archetype_map(shown, width=1180))]

    assert told[0].endswith("0% at risk, 54 times the 2 of 90 days before")
    assert told[1].endswith("0% at risk, +20% in 90 days")
    assert told[2].endswith("0% at risk, growth not known yet")


@pytest.mark.parametrize("width", [300, 1180])
def test_a_map_has_round_steps_and_names_all_that_have_room(width: int):
    placed = (on_map("Frequent", 108, value=4_000), on_map("Regular", 60, value=50))
    shown = ArchetypeMap(archetypes=placed, grown_since=None, customers=168, currency="GBP", as_of=AS_OF)

    drawn = archetype_map(shown, width=width)

    assert [row["label"] for row in rows_of(drawn)] == ["Frequent", "Regular"]
    assert '"values": [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0]' in json.dumps(drawn)
