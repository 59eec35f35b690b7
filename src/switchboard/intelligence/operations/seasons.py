"""What callers can ask of seasons and events: who buys in them, and what sells in the coming weeks."""

from datetime import date, timedelta

import duckdb

from switchboard.accounts import tenants
from switchboard.customers import profiles as people
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import holidays, occasions
from switchboard.intelligence import season_records as records
from switchboard.intelligence.ahead import answered_ahead, answered_ahead_of
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.looking import look
from switchboard.intelligence.months import day_of
from switchboard.intelligence.occasions import SEASONS, SHOPPING, Window
from switchboard.intelligence.questions import clustering, peaks
from switchboard.intelligence.questions.clustering import Gathered
from switchboard.intelligence.questions.parts import first_row, money, next_cursor, share
from switchboard.intelligence.questions.peaks import Peaks
from switchboard.intelligence.remembering import Memory

GATHERED, PEAKS = Memory[Gathered](), Memory[Peaks]()
SPANS, WINDOWS = Memory[tuple[date, date]](), Memory[tuple[str, tuple[Window, ...]]]()
NO_DAYS = "None of the days asked about lies in the shop's history, which is from {since} to {until}."
NOTHING_PEAKS = "Nothing had more orders in these weeks than chance explains."


@operation("intelligence.seasonal_engagement", title="Seasonal customers", permission="customers:search", reads=True)
@may_take_long
@answered_ahead_of(*(records.SeasonAsked(season=each) for each in SEASONS))
async def seasonal_engagement(work: Work, asked: records.SeasonAsked) -> records.Engagement:
    """Who orders in a season or in certain months of any year, and whose orders gather there by more than chance."""
    if (asked.season is None) == (asked.months is None):
        raise Invalid(f"name a season ({', '.join(SEASONS)}) or months (1 to 12), one of the two", field="season")
    months, called = tuple(sorted(set(asked.months or ()))), asked.season
    if not all(1 <= each <= 12 for each in months):
        raise Invalid("months are numbers from 1 to 12", field="months")
    if called is None:
        called = f"months {', '.join(map(str, months))}"
    else:
        months = occasions.months_of(called, (await tenants.current(work)).country)
    first, last = (await SPANS.look(work, asked.as_of, clustering.span)).found
    return await _engagement(work, asked, (called, occasions.of_months(months, called, first, last)))


@operation("intelligence.event_engagement", title="Event customers", permission="customers:search", reads=True)
@may_take_long
@answered_ahead_of(*(records.EventAsked(event=each) for each in SHOPPING))
async def event_engagement(work: Work, asked: records.EventAsked) -> records.Engagement:
    """Who orders around an event (Halloween, Black Friday, a public holiday) or in given days, and who mostly then."""
    country = (await tenants.current(work)).country

    def windows(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> tuple[str, tuple[Window, ...]]:
        first, last = clustering.span(lines, as_of)
        if asked.event is None:
            return _given(asked, first, last)
        where = holidays.countries_of(lines, as_of, country)
        name, days = occasions.of_event(asked.event, where, first, last)
        return name, occasions.around(days, (asked.days_before, asked.days_after), first, last)

    if (asked.event is None) == (asked.since is None):
        raise Invalid("name an event, or the days from since to until, one of the two", field="event")
    which = (asked.event, asked.days_before, asked.days_after, asked.since, asked.until, country)
    return await _engagement(work, asked, (await WINDOWS.look(work, asked.as_of, windows, depends_on=which)).found)


@operation(
    "intelligence.seasonal_recommendations", title="Seasonal recommendations", permission="intelligence:read",
    reads=True, may_lag=True,
)  # fmt: skip
@may_take_long
@answered_ahead
async def seasonal_recommendations(work: Work, asked: records.PeaksAsked) -> records.SeasonalRecommendations:
    """Which products or categories sell more in the coming weeks than in the rest of the year, and who bought them."""
    first = first_row(asked.cursor)
    seen = await PEAKS.look(
        work, asked.as_of, lambda lines, at: peaks.peaks(lines, at, asked.weeks, asked.of),
        depends_on=(asked.weeks, asked.of),
    )  # fmt: skip
    of, page = seen.found, (first, asked.limit)
    named = await look(work, asked.as_of, lambda lines, _: peaks.shown(lines, of, asked.of, page))
    years, total = len(of.weeks.before), len(of.keys)
    return records.SeasonalRecommendations(
        peaks=tuple(named.found), total=total, next_cursor=next_cursor(first, len(named.found), total),
        since=of.weeks.since, until=of.weeks.until, years=years, one_year_only=years == 1, shop_index=of.shop_index,
        tested=of.tested, rule=peaks.RULE, missing=of.missing or (None if total else NOTHING_PEAKS), as_of=seen.as_of,
    )  # fmt: skip


def _given(asked: records.EventAsked, first: date, last: date) -> tuple[str, tuple[Window, ...]]:
    """The days that are given, as far as they lie in the shop's history."""
    since, until = asked.since, asked.until
    if since is None or until is None or until < since:
        raise Invalid("until is the last day, and not before since; give both", field="until")
    called = f"{since} to {until}"
    return called, occasions.around([(called, since)], (0, (until - since) // timedelta(days=1)), first, last)


async def _engagement(
    work: Work, asked: records.EngagedAsked, named: tuple[str, tuple[Window, ...]]
) -> records.Engagement:
    called, windows = named
    first = first_row(asked.cursor)
    seen = await GATHERED.look(
        work, asked.as_of, lambda lines, at: clustering.gathered(lines, at, windows), depends_on=windows
    )
    of, missing = seen.found, None
    rows = clustering.order_of(of, of.inside > 0 if asked.who == "engaged" else of.clustered(asked.least_orders))
    shown = rows[first : first + asked.limit].tolist()
    ids = await people.ids_of(work, of.persons[shown].tolist())
    there = [(row, ids[int(of.persons[row])]) for row in shown if int(of.persons[row]) in ids]
    if not windows:
        since, until = (await SPANS.look(work, asked.as_of, clustering.span)).found
        missing = NO_DAYS.format(since=since, until=until)
    judged, net = of.judged(asked.least_orders), money(of.net.sum())
    part, days = int(of.inside.sum()) / int(of.orders.sum()), of.days / of.history
    return records.Engagement(
        windows=tuple(records.WindowShown(name=each.name, since=each.since, until=each.until) for each in windows),
        customers=tuple(_customer(of, row, customer_id, (called, seen.currency)) for row, customer_id in there),
        total=len(rows), next_cursor=next_cursor(first, len(shown), len(rows)),
        engaged=int((of.inside > 0).sum()), engaged_share=float((of.inside > 0).mean()),
        clustered=int(of.clustered(asked.least_orders).sum()), judged=int(judged.sum()),
        chance_share=clustering.by_chance(of, judged), orders_inside=int(of.inside.sum()), orders=int(of.orders.sum()),
        shop_share=part, days_share=days, index=share(part, days), net_inside=net,
        net_share=share(net, money(of.net_of_all)) if of.net_of_all > 0 else None,
        rule=clustering.RULE, missing=missing, currency=seen.currency, as_of=seen.as_of,
    )  # fmt: skip


def _customer(of: Gathered, row: int, customer_id: str, told: tuple[str, str]) -> records.EngagedCustomer:
    """`told` is what the days are called, and the currency."""
    inside, orders, net = int(of.inside[row]), int(of.orders[row]), money(of.net[row])
    part, usual, p = inside / orders, float(of.expected[row]), float(of.p[row])
    return records.EngagedCustomer(
        customer_id=customer_id, orders_inside=inside, orders=orders, share=part, expected_share=usual, p_value=p,
        net_inside=net, last_inside=day_of(int(of.last[row])) if of.last[row] >= 0 else None,
        reason=f"{inside} of {orders} orders in {told[0]} ({part:.0%}), for {net:,.2f} {told[1]};"
        f" {usual:.0%} of the shop's since their first.",
    )  # fmt: skip
