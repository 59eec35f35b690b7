"""What is asked for and answered, as machines read it."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from switchboard.foundation.operations import OPERATIONS
from switchboard.intelligence import answers, portraits
from switchboard.intelligence.operations import archetypes, customers, history
from switchboard.intelligence.past_records import MonthsAsked
from switchboard.intelligence.segments import AXES

TOOLS = (
    customers.profile, customers.search, customers.churn_risk, archetypes.archetype, archetypes.recommend_segments,
    history.segment_trends,
)  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.tool)
def test_an_agent_is_told_what_each_argument_is(tool: object):
    declared = next(each for each in OPERATIONS.values() if each is tool)
    undescribed = [name for name, field in declared.asks.model_fields.items() if not field.description]
    assert undescribed == []


@pytest.mark.parametrize(
    ("tool", "field"), [("search_customers", "segment_filter"), ("calculate_segment_trends", "segment_name")]
)
def test_every_segment_is_named_where_one_is_asked_for(tool: str, field: str):
    declared = next(each for each in OPERATIONS.values() if each.tool == tool)
    said = declared.asks.model_fields[field].description or ""
    assert all(name.name in said for axis in AXES.values() for name in axis.vocabulary)


def test_sums_of_money_end_where_money_does():
    of = portraits.Archetype(
        archetype_id="a", name="Some", dominant_segments={}, signature=(), member_count=3, population_percent=1.0,
        average_lifetime_value=1 / 3, total_revenue=0.1 + 0.2, traits=(),
    )  # fmt: skip
    shown = answers.archetype(of, "EUR", datetime(2026, 1, 1, tzinfo=UTC))
    assert (shown.average_lifetime_value, shown.total_revenue) == (0.3333, 0.3)


@pytest.mark.parametrize("months", [0, 37])
def test_months_are_1_to_36(months: int):
    with pytest.raises(ValidationError):
        MonthsAsked(months=months)
