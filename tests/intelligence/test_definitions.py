"""Definitions of figures: every figure of every answer has one, and the pages show them all."""

from pathlib import Path

import pytest

from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Ground
from switchboard.intelligence.definition_pages import pages
from switchboard.intelligence.definition_records import DefineAsked
from switchboard.intelligence.definitions import METRICS, SUBJECTS
from switchboard.intelligence.metrics import Reckoned
from switchboard.intelligence.operations.definitions import define
from tests.intelligence.answer_fields import declaring, numeric_fields
from tests.shop import Shop, open_shop

DOCS = Path(__file__).parents[2] / "docs" / "metrics"
ASKED, LABEL, TOTAL = "what was asked, told again", "which row it is", "how many there are to page through"
EXEMPT = {
    "Ago.from_days": LABEL,
    "Ago.to_days": LABEL,
    "ArchetypeGrowth.months": ASKED,
    "BusinessBuyers.total": TOTAL,
    "CategoryTrends.total": TOTAL,
    "ChurnModel.horizon_days": ASKED,
    "CohortMonth.after": LABEL,
    "Customers.total": TOTAL,
    "Customers.total_at_least": TOTAL,
    "Definitions.total": TOTAL,
    "Dependent.least_orders": ASKED,
    "Dependent.least_share": ASKED,
    "DiscountBand.above": LABEL,
    "DiscountBand.up_to": LABEL,
    "Export.bytes": "the size of a file",
    "Export.rows": "the size of a file",
    "ExportFound.bytes": "the size of a file",
    "FromWarehouse.left_out": "rows of a warehouse that were not taken",
    "FromWarehouse.merged": "rows of a warehouse that were not taken",
    "LtvForecast.months": ASKED,
    "LtvMonth.month": LABEL,
    "Movement.from_run": "the number of a run",
    "Movement.to_run": "the number of a run",
    "Moving.total": TOTAL,
    "NextPurchase.horizon_days": ASKED,
    "OwnArchetype.priority": ASKED,
    "Paged.total": TOTAL,
    "PredictionQuality.horizon_days": ASKED,
    "Products.total": TOTAL,
    "Retention.after": LABEL,
    "Return.within_days": ASKED,
    "RunDone.moderate": ASKED,
    "RunDone.run": "the number of a run",
    "RunDone.strong": ASKED,
    "RunDone.took_s": "how long a call took",
    "SnapshotShown.run": "the number of a run",
    "Engagement.total": TOTAL,
    "Outlooks.horizon_days": ASKED,
    "Outlooks.total": TOTAL,
    "ProductsForCustomer.total": TOTAL,
    "ProductsForCustomer.window_days": LABEL,
    "ProductsForGroup.total": TOTAL,
    "ProductsForGroup.window_days": LABEL,
    "SeasonalRecommendations.total": TOTAL,
    "SubscriptionOutlook.horizon_days": ASKED,
    "ThresholdShown.value": "part of a definition",
}
"""Numbers that are no figures, and why."""


def shown() -> dict[str, list[str]]:
    """The metrics by the field that shows them."""
    found = dict[str, list[str]]()
    for name, defined in METRICS.items():
        for record, field in defined.metric.shown:
            found.setdefault(declaring(record, field), []).append(name)
    return found


def test_no_figure_is_without_a_definition():
    lacking = numeric_fields().keys() - shown().keys() - EXEMPT.keys()
    assert not lacking, "declare each in the *_metrics.py beside its code, and its Subject in definitions.py"


def test_what_is_exempt_is_still_shown():
    assert EXEMPT.keys() <= numeric_fields().keys()


def test_every_definition_is_whole():
    for name, defined in METRICS.items():
        metric, subject = defined.metric, defined.subject
        said = (metric.title, metric.definition, metric.formula, metric.unit)
        assert all(said), name
        assert metric.period or subject.period, name
        assert metric.source or subject.source, name
        assert metric.worked, f"{name} has no worked example"
        assert all(isinstance(each, Reckoned) or each.ask or subject.ask for each in metric.worked), name


def test_names_and_shops_are_not_used_twice():
    assert len(METRICS) == sum(len(subject.metrics) for subject in SUBJECTS)
    assert len({subject.name for subject in SUBJECTS}) == len(SUBJECTS)


def test_the_docs_show_what_the_code_says():
    kept = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    assert kept == pages(), "make them anew: python -m switchboard.intelligence.definition_pages docs/metrics"


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def test_a_figure_is_defined_by_its_name(shop: Shop):
    told = await define(shop.ground, shop.caller, DefineAsked(name="rfm.group_share"), door="test")
    (one,) = told.definitions
    assert (one.title, one.unit, told.total, told.next_cursor) == ("Share of a group", "share, 0 to 1", 1, None)
    assert "gives `groups.name=hibernating.share` 0.4: 2 of 5." in one.example[0]
    assert one.link == "docs/metrics/rfm.md#rfmgroup_share"


async def test_an_unknown_figure_is_told_with_the_nearest(shop: Shop):
    with pytest.raises(NotFound, match=r"rfm\.group_share.*search"):
        await define(shop.ground, shop.caller, DefineAsked(name="rfm.groupshare"), door="test")
    with pytest.raises(NotFound, match="there is no metric 'zzzzzz'; intelligence"):
        await define(shop.ground, shop.caller, DefineAsked(name="zzzzzz"), door="test")
    with pytest.raises(Invalid, match="not both"):
        await define(shop.ground, shop.caller, DefineAsked(name="a", search="b"), door="test")


async def test_words_find_figures_and_pages_go_through_all_once(shop: Shop):
    found, cursor = list[str](), None
    while True:
        page = await define(shop.ground, shop.caller, DefineAsked(limit=100, cursor=cursor), door="test")
        found += [each.name for each in page.definitions]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == sorted(METRICS)
    told = await define(shop.ground, shop.caller, DefineAsked(search="Score RFM"), door="test")
    assert told.definitions[0].name.startswith("rfm.score")
    assert (told.definitions[0].formula, told.definitions[0].example) == (None, ())
    whole = await define(shop.ground, shop.caller, DefineAsked(search="Score RFM", detail="full"), door="test")
    assert whole.definitions[0].formula
    none = await define(shop.ground, shop.caller, DefineAsked(search="zzzzzz"), door="test")
    assert (none.definitions, none.total) == ((), 0)
