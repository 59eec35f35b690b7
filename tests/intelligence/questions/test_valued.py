"""Whom to keep, win back and address, by hand: customers given by the figures that are served of them."""

from collections.abc import Mapping

import duckdb
import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.churn import ValueTiers
from switchboard.intelligence.operations.valued import campaign_named
from switchboard.intelligence.packing import VOCABULARY
from switchboard.intelligence.people_mirror import SHAPE
from switchboard.intelligence.questions import addressing, valued
from switchboard.intelligence.questions.valued import Band, Wanted
from switchboard.intelligence.value_records import CampaignAsked, WinBackAsked

TIERS = ValueTiers()
GONE, LATE = (VOCABULARY["purchase_cadence"].index(name) for name in ("out_of_rhythm", "running_late"))
ROUTINE = VOCABULARY["repurchase_behavior"].index("routine_buyer")


def served(*customers: Mapping[str, float | None]) -> duckdb.DuckDBPyConnection:
    """The table of served figures, persons 1, 2, …; what is not said is that of an ordinary customer."""
    con = duckdb.connect()
    con.execute(f"create table customer ({SHAPE})")
    for number, said in enumerate(customers, start=1):
        row: dict[str, float | None] = {
            "person": number, "run": 1, "f_orders": 4, "value": 100.0, "risk": 2, "f_recency_days": 30,
            "f_tenure_days": 395, "f_gaps": 3, "f_gap_mean": 10, "f_net_365": 50.0, "e_churns": 0.5, "e_value": 20.0,
            **said,
        }  # fmt: skip
        con.execute(f"insert into customer ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))
    return con


def persons(page: valued.Page) -> list[int]:
    return [each.person for each in page.customers]


def test_a_tier_begins_with_its_least_value():
    shop = served(*({"value": value} for value in (4_999.99, 5_000.0, 2_000.0, 1_999.99, 500.0, 499.99)))
    assert persons(valued.page(shop, Wanted(fits=valued.reaches("VIP", TIERS), by="value", limit=9))) == [2]
    assert persons(valued.page(shop, Wanted(fits=valued.reaches("High Value", TIERS), by="value", limit=9))) == [
        2,
        1,
        3,
    ]
    shown = valued.tiers_shown(valued.bands(shop, TIERS), TIERS)
    assert [(each.tier, each.from_value, each.customers) for each in shown] == [
        ("VIP", 5_000.0, 1), ("High Value", 2_000.0, 2), ("Mid Value", 500.0, 2), ("Standard", 0.0, 1),
    ]  # fmt: skip
    assert [each.lifetime_value for each in shown] == pytest.approx([5_000.0, 6_999.99, 2_499.99, 499.99])
    assert sum(each.value_share or 0 for each in shown) == pytest.approx(1.0)
    assert [each.expected_value for each in shown] == [20.0, 40.0, 40.0, 20.0]


def test_who_has_no_figures_is_in_no_list():
    shop = served({}, {"run": None}, {"f_orders": None})
    page = valued.page(shop, Wanted(fits="true", by="value", limit=9))
    assert (persons(page), page.total) == ([1], 1)
    assert [each.customers for each in valued.bands(shop, TIERS)] == [1]


def test_what_is_not_known_comes_last_and_pages_go_through_all_once():
    shop = served({"e_value": None}, {"e_value": 5.0}, {"e_value": 9.0}, {"e_value": 9.0, "value": 200.0})
    found = [persons(valued.page(shop, Wanted(fits="true", by="e_value", limit=2, first=first))) for first in (0, 2, 4)]
    assert found == [[4, 3], [2, 1], []]


def test_bands_are_those_of_the_published_table():
    shop = served(*({"risk": risk} for risk in (0, 2, 3, 4, 5, 6, 7, 10)))
    assert [(valued.BANDS[each.band][0], each.customers) for each in valued.bands(shop, TIERS)] == [
        ("CRITICAL", 2), ("ELEVATED", 2), ("MODERATE", 2), ("LOW", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tier", "risk", "says"),
    [
        ("VIP", "CRITICAL", "Retention priority"), ("High Value", "CRITICAL", "Retention priority"),
        ("High Value", "ELEVATED", "Retention strategy"), ("Mid Value", "CRITICAL", "Retention alert"),
        ("Standard", "CRITICAL", "Retention alert"), ("High Value", "LOW", "VIP customer"),
        ("High Value", "MODERATE", None), ("Mid Value", "ELEVATED", None), ("Standard", "LOW", None),
    ],
)  # fmt: skip
def test_a_group_has_the_action_of_the_published_table(tier: str, risk: str, says: str | None):
    number = [name for name, *_ in valued.BANDS].index(risk)
    of = Band(
        tier=[str(each) for each in valued.TIERS].index(tier), band=number, customers=1, value=1, net_365=1,
        expected=1, churns=0.5, known=1,
    )  # fmt: skip
    told = valued.action(of, TIERS)
    assert (told is None) if says is None else (told or "").startswith(says)


def test_a_plan_begins_with_what_has_an_action_and_most_at_stake():
    shop = served(
        {"value": 900.0, "risk": 8, "f_net_365": 300.0}, {"value": 3_000.0, "risk": 5, "f_net_365": 700.0},
        {"value": 9_000.0, "risk": 4, "f_net_365": 5_000.0}, {"value": 900.0, "risk": 7, "f_net_365": 500.0},
    )  # fmt: skip
    plan = valued.plan(valued.bands(shop, TIERS), TIERS)
    assert [(each.tier, each.risk, each.customers, each.net_365) for each in plan] == [
        ("Mid Value", "CRITICAL", 2, 800.0), ("High Value", "ELEVATED", 1, 700.0), ("VIP", "MODERATE", 1, 5_000.0),
    ]  # fmt: skip
    assert plan[-1].action is None
    assert plan[0].filter == {
        "all": [
            {"feature": "lifetime_value", "at_least": 500.0, "less_than": 2_000.0},
            {"feature": "risk_score", "at_least": 0.7, "at_most": 1.0},
        ]
    }
    assert valued.plan((), TIERS) == ()


def test_who_lapsed_against_their_own_gap_is_ordered_by_expected_loss():
    shop = served(
        {"value": 600.0, "s_purchase_cadence": GONE},  # 375 days active: 600 x 365 / 375 a year, half of it at stake
        {"value": 600.0, "s_purchase_cadence": GONE, "e_churns": 0.9},
        {"value": 9_000.0, "s_purchase_cadence": LATE},
        {"value": 499.99, "s_purchase_cadence": GONE},
        {"value": 800.0, "s_purchase_cadence": GONE, "f_gaps": 0, "f_gap_mean": None},
        {"value": 800.0, "s_purchase_cadence": GONE, "f_tenure_days": 100, "e_churns": 0.1},  # a year at least
    )
    found = addressing.lapsed(shop, TIERS, WinBackAsked(), 0)
    assert (persons(found.page), found.customers) == ([2, 1, 6], 3)
    assert found.yearly_net == pytest.approx(2 * 584 + 800)
    assert found.expected_loss == pytest.approx(0.9 * 584 + 0.5 * 584 + 80)
    assert addressing.why_lapsed(found.page.customers[1], "Mid Value", "EUR") == (
        "Last ordered 30 days ago, 3.0 of their usual gaps of 10 days; Mid Value, worth 584.00 EUR a year, of which"
        " 292.00 are at stake: 50% not to buy within 90 days."
    )
    assert addressing.lapsed(shop, TIERS, WinBackAsked(least_tier="VIP"), 0).customers == 0


def test_without_predictions_who_lapsed_is_ordered_by_worth():
    shop = served(*({"value": value, "s_purchase_cadence": GONE, "e_churns": None} for value in (600.0, 700.0)))
    found = addressing.lapsed(shop, TIERS, WinBackAsked(), 0)
    assert (persons(found.page), found.expected_loss) == ([2, 1], None)
    assert addressing.why_lapsed(found.page.customers[0], "Mid Value", "EUR").endswith("a year.")


def test_a_campaign_takes_who_qualifies_and_is_worth_enough():
    shop = served(
        {"s_repurchase_behavior": ROUTINE, "e_value": 5.0, "value": 300.0},
        {"s_repurchase_behavior": ROUTINE, "e_value": 50.0, "value": 199.99},
        {"s_repurchase_behavior": ROUTINE, "e_value": 9.0, "value": 200.0},
        {"s_repurchase_behavior": None, "e_value": 99.0, "value": 900.0},
    )
    asked = CampaignAsked(campaign_type="subscription", min_ltv=200, target_size=1)
    found = addressing.for_campaign(shop, "subscription", asked)
    assert (persons(found.page), found.qualifying, found.worth) == ([3], 3, 2)
    (first,) = found.page.customers
    why, worth = addressing.why_addressed(first, "subscription", "EUR")
    assert why.startswith("Is routine_buyer (repurchase_behavior): they buy the same products again and again")
    assert worth == "Expected to bring 9.00 EUR within 90 days."
    assert addressing.why_these("subscription", asked, found, is_predicted=True)[1:] == (
        "2 of them have a lifetime value of at least 200.00.",
        "1 are shown, the highest value expected within 90 days first.",
    )


def test_retention_addresses_who_is_weak_and_stands_to_lose_most():
    shop = served(
        {"g_purchase_frequency": 0, "s_purchase_frequency": 1, "e_churns": 0.2, "value": 300.0},
        {"g_purchase_frequency": 0, "s_purchase_frequency": 1, "e_churns": 0.9, "value": 100.0},
        {"g_purchase_frequency": 1, "s_purchase_frequency": 1, "e_churns": 0.9, "value": 900.0},
    )
    found = addressing.for_campaign(shop, "retention", CampaignAsked(campaign_type="retention"))
    assert persons(found.page) == [2, 1]
    (why, loss) = addressing.why_addressed(found.page.customers[0], "retention", "EUR")
    assert why.startswith("Is ")
    assert " (purchase_frequency), weakly: their buying pace" in why
    assert loss.endswith("90% not to buy within 90 days: an expected loss of 87.60 EUR.")


@pytest.mark.parametrize("said", ["winback", "Win back", " WIN-BACK ", "win_back"])
def test_a_campaign_is_named_as_people_write_it(said: str):
    assert campaign_named(said) == "winback"


def test_an_unknown_campaign_is_told_which_there_are():
    with pytest.raises(Invalid, match="subscription, retention, cross_sell, winback") as refused:
        campaign_named("newsletter")
    assert refused.value.field == "campaign_type"
