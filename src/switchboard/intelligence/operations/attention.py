"""What callers can ask of what needs attention in the shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
from pydantic import JsonValue

from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.terms import undone_by
from switchboard.intelligence import attention_records as records
from switchboard.intelligence import forecasting, moments, runs
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.dismissing import store
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.forecasting import Daily
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.product_question_records import TrendsAsked
from switchboard.intelligence.questions import attention, last_year, selling
from switchboard.intelligence.questions.attention import Checked, ranked
from switchboard.intelligence.questions.last_year import Returns, Year
from switchboard.intelligence.questions.selling import Times, Trends
from switchboard.intelligence.records import Asked
from switchboard.intelligence.remembering import Memory

THEN: Mapping[str, tuple[str, dict[str, JsonValue]]] = {
    "intelligence.retention_plan": ("intelligence.search", {"risk_level": "CRITICAL"}),
    "intelligence.high_value_customers": ("intelligence.rfm", {}),
}
"""What tells of the past instead of operations that tell of the present alone."""


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What the rules look at."""

    year: Year
    daily: Daily | None
    quarters: Times
    returned: Sequence[Returns]
    trends: Trends


FACTS = Memory[_Facts]()


@operation(
    "intelligence.insights", title="What needs attention", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
async def insights(work: Work, asked: Asked) -> records.Insights:
    """At most five sentences on what needs attention, most money at stake first, each by a rule with its threshold.

    Of the present, without those that were dismissed.
    """
    found = await everything(work, asked)
    hidden = {} if asked.as_of is not None else await store.dismissed(work)
    return found.model_copy(
        update={
            "insights": tuple(each for each in found.insights if each.rule not in hidden)[: attention.MOST],
            "dismissed": _dismissed(hidden),
        }
    )


@operation(
    "intelligence.dismiss_insight",
    title="Dismiss an insight",
    permission="intelligence:run",
    undo=undone_by("intelligence.restore_insight"),
)
async def dismiss_insight(work: Work, asked: records.DismissAsked) -> records.DismissedList:
    """Leave what a rule finds out of the insights for so many days, for everybody in the workspace."""
    await store.dismiss(work, asked.rule, work.now + timedelta(days=asked.days))
    return records.DismissedList(dismissed=_dismissed(await store.dismissed(work)))


@operation(
    "intelligence.restore_insight",
    title="Show an insight again",
    permission="intelligence:run",
    undo=undone_by("intelligence.dismiss_insight"),
)
async def restore_insight(work: Work, asked: records.RestoreAsked) -> records.DismissedList:
    """Show again what a rule finds."""
    await store.restore(work, asked.rule)
    return records.DismissedList(dismissed=_dismissed(await store.dismissed(work)))


@answered_ahead
async def everything(work: Work, asked: Asked) -> records.Insights:
    """All that needs attention, however much it is, dismissed or not."""
    seen = await FACTS.look(work, asked.as_of, _facts)
    of = await runs.of_moment(work, await moments.asked(work, asked.as_of))
    at_risk = sum(of.summary.levels.get(level, 0) for level in ("HIGH", "CRITICAL"))
    facts, currency = seen.found, seen.currency
    checked = (
        attention.value_at_risk(at_risk, of.summary.value_at_risk, facts.year),
        *_checked(facts, currency),
    )
    return records.Insights(
        insights=tuple(_insight(each, None if asked.as_of is None else seen.as_of) for each in ranked(checked)),
        summary=attention.summary(checked),
        rules=tuple(_rule(each) for each in checked),
        currency=currency,
        as_of=seen.as_of,
    )


def _dismissed(hidden: Mapping[str, datetime]) -> tuple[records.Dismissed, ...]:
    return tuple(records.Dismissed.model_validate({"rule": rule, "until": until}) for rule, until in hidden.items())


def _facts(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> _Facts:
    quarters = selling.quarters(lines, as_of)
    return _Facts(
        year=last_year.last_year(lines, as_of),
        daily=forecasting.revenue(lines, as_of),
        quarters=quarters,
        returned=last_year.returned(lines, as_of, quarters),
        trends=selling.category_trends(lines, as_of, TrendsAsked(months=attention.MONTHS)),
    )


def _checked(of: _Facts, currency: str) -> tuple[Checked, ...]:
    """All rules but the one of risk."""
    assert of.daily is not None, "a customer had ordered by then"
    return (
        attention.behind_forecast(of.daily.series, currency),
        attention.one_time_buyers(of.year, currency),
        attention.rising_returns(of.returned, is_whole=of.quarters.is_whole, currency=currency),
        attention.falling_category(of.trends, currency),
        attention.concentration(of.year, currency),
        attention.guests(of.year, currency),
        attention.discount_dependency(of.year, currency),
    )


def _insight(of: Checked, moment: datetime | None) -> records.Insight:
    assert of.sentence is not None
    assert of.figure is not None
    assert of.threshold is not None
    return records.Insight(
        rule=of.rule, sentence=of.sentence, figure=of.figure, threshold=of.threshold, money=of.money,
        link=_link(of, moment),
    )  # fmt: skip


def _link(of: Checked, moment: datetime | None) -> records.Link:
    """Where more is to be seen of it, at the moment that was asked about."""
    arguments = dict(of.arguments or {})
    if moment is None:
        return records.Link(operation=of.operation, arguments=arguments)
    operation, arguments = THEN.get(of.operation, (of.operation, arguments))
    return records.Link(operation=operation, arguments={**arguments, "as_of": moment.isoformat()})


def _rule(of: Checked) -> records.RuleShown:
    return records.RuleShown(
        rule=of.rule, meaning=attention.MEANINGS[of.rule],
        found="attention" if of.sentence else "unknown" if of.figure is None else "fine",
        figure=of.figure, threshold=of.threshold, unknown=of.unknown,
    )  # fmt: skip
