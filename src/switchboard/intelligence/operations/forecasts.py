"""What callers can ask of the months ahead: a customer's value, the shop's revenue, its customers, its archetypes."""

import asyncio

from switchboard.accounts import audit, tenants
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import (
    archetype_growth,
    expecting,
    forecast_records,
    forecasting,
    moments,
    runs,
    store,
)
from switchboard.intelligence.ahead import answered_ahead, answered_ahead_by_snapshots
from switchboard.intelligence.forecasting import Forecast
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.looking import look
from switchboard.intelligence.predictions import monthly
from switchboard.intelligence.views import view

MOST_SNAPSHOTS = 60


@operation("intelligence.ltv_forecast", title="Lifetime value forecast", permission="customers:read", reads=True)
@may_take_long
async def ltv_forecast(work: Work, asked: forecast_records.LtvAsked) -> forecast_records.LtvForecast:
    """What a customer will spend over the next months, net of refunds, with the interval that holds four of five."""
    await audit.about(work, asked.customer_id)
    moment = await moments.asked(work, asked.as_of)
    seen = await view(work, asked.customer_id, moment, orders=0)
    found = await expecting.worth(work, seen, moment, asked.months)
    workspace = await tenants.current(work)
    worth = found.worth
    return forecast_records.LtvForecast(
        customer_id=seen.person.customer_id,
        months=asked.months,
        expected=float(worth.expected[-1]) if worth else None,
        low=float(worth.low[-1]) if worth else None,
        high=float(worth.high[-1]) if worth else None,
        monthly=tuple(
            forecast_records.LtvMonth(month=number, expected=expected, season_index=index)
            for number, (expected, index) in enumerate(found.monthly, start=1)
        ),
        currency=workspace.currency,
        not_enough_data=found.missing,
        as_of=seen.as_of,
    )


@operation(
    "intelligence.revenue_forecast", title="Revenue forecast", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
@answered_ahead
async def revenue_forecast(work: Work, asked: forecast_records.MonthsAhead) -> forecast_records.RevenueForecast:
    """Net revenue by month, the one that has begun first, each with the interval that holds four of five.

    Beside it how the same rule did at earlier moments of this shop.
    """
    country = (await tenants.current(work)).country
    seen = await look(work, asked.as_of, lambda lines, at: forecasting.revenue(lines, at, country))
    of, moment = seen.found, seen.as_of
    missing = forecasting.missing(of)
    found = None if missing else await asyncio.to_thread(forecasting.by_month, of, asked.months)
    return forecast_records.RevenueForecast(
        points=_points(found), season_known=bool(found and found.season_known), backtest=_backtest(found),
        holidays=tuple(
            forecast_records.HolidayAhead(day=each.day, name=each.name, countries=each.countries)
            for each in (found.holidays if found else ())
        ),
        currency=seen.currency, not_enough_data=missing, as_of=moment,
    )  # fmt: skip


@operation(
    "intelligence.growth_projection",
    title="Growth projection",
    permission="intelligence:read",
    reads=True,
    may_lag=True,
)
@may_take_long
@answered_ahead
async def growth_projection(work: Work, asked: forecast_records.MonthsAhead) -> forecast_records.GrowthProjection:
    """How many customers with at least one order there will be at the end of each month."""
    country = (await tenants.current(work)).country
    seen = await look(work, asked.as_of, lambda lines, at: forecasting.new_customers(lines, at, country))
    of, moment = seen.found, seen.as_of
    missing = forecasting.missing(of)
    found = None if missing else await asyncio.to_thread(forecasting.up_to_month, of, asked.months)
    return forecast_records.GrowthProjection(
        customers=int(of.series.sum() + of.today), points=_points(found),
        season_known=bool(found and found.season_known), backtest=_backtest(found),
        not_enough_data=missing, as_of=moment,
    )  # fmt: skip


@operation(
    "intelligence.archetype_growth", title="Archetype growth", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
@answered_ahead_by_snapshots
async def archetype_growth_projection(
    work: Work, asked: forecast_records.ArchetypeGrowthAsked
) -> forecast_records.ArchetypeGrowth:
    """How many members the largest archetypes will have after so many months, from how they grew until now."""
    as_of = await runs.answered(work, asked.as_of)
    of = await runs.of_moment(work, as_of)
    rows = await store.archetype_sizes(work, as_of, MOST_SNAPSHOTS)
    history = [archetype_growth.Sizes(as_of=at, members=members) for at, members in rows[::-1]]
    missing = archetype_growth.missing(history)
    largest = sorted(of.archetypes, key=lambda each: -each.member_count)[: asked.top_n]
    current = {each.archetype_id: each.member_count for each in largest}
    found = {} if missing else archetype_growth.projected(history, current, asked.months)
    measured = None if missing else archetype_growth.backtest(history)
    found = {name: ahead.as_wide_as(measured) for name, ahead in found.items() if ahead.expected > 0}
    return forecast_records.ArchetypeGrowth(
        months=asked.months,
        archetypes=tuple(
            forecast_records.ArchetypeExpected(
                archetype_id=each.archetype_id, name=each.name, current=each.member_count,
                expected=ahead.expected, low=ahead.low, high=ahead.high,
            )
            for each in largest
            if (ahead := found.get(each.archetype_id))
        ),
        snapshots=len(history), backtest=_told(measured), not_enough_data=missing, as_of=as_of,
    )  # fmt: skip


def _points(found: Forecast | None) -> tuple[forecast_records.MonthExpected, ...]:
    return tuple(
        forecast_records.MonthExpected(month=f"{first:%Y-%m}", expected=ahead.expected, low=ahead.low, high=ahead.high)
        for first, ahead in (found.months if found else ())
    )


def _backtest(found: Forecast | None) -> forecast_records.Backtest | None:
    return _told(found.backtest) if found else None


def _told(measured: monthly.Backtest | None) -> forecast_records.Backtest | None:
    if measured is None:
        return None
    return forecast_records.Backtest(
        windows=measured.windows, mean_error_percent=measured.percent, covered=measured.covered
    )
