"""What callers can ask of all customers at once: RFM, cohorts, one-time buyers, dependency on discounts."""

from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import question_records as records
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.looking import look
from switchboard.intelligence.questions import cohorts as by_month
from switchboard.intelligence.questions import discounts, one_time
from switchboard.intelligence.questions import rfm as scoring
from switchboard.intelligence.questions.parts import money, share
from switchboard.intelligence.records import Asked


@operation("intelligence.rfm", title="RFM analysis", permission="intelligence:read", reads=True, may_lag=True)
@may_take_long
@answered_ahead
async def rfm(work: Work, asked: Asked) -> records.Rfm:
    """Customers scored 1 to 5 by recency, frequency and monetary value, in ten named groups and up to 125 cells."""
    seen = await look(work, asked.as_of, scoring.rfm)
    table = seen.found
    return records.Rfm(
        customers=table.customers, groups=table.groups, cells=table.cells, scores=table.scores,
        currency=seen.currency, as_of=seen.as_of,
    )  # fmt: skip


@operation("intelligence.cohorts", title="Cohorts", permission="intelligence:read", reads=True, may_lag=True)
@may_take_long
@answered_ahead
async def cohorts(work: Work, asked: records.CohortsAsked) -> records.Cohorts:
    """Customers by the month of their first order: how many are active and what they are worth in each month after."""
    seen = await look(work, asked.as_of, lambda lines, at: by_month.cohorts(lines, at, asked.months))
    return records.Cohorts(
        cohorts=seen.found, retention=by_month.retention(seen.found), currency=seen.currency, as_of=seen.as_of
    )


@operation(
    "intelligence.one_time_buyers", title="One-time buyers", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
@answered_ahead
async def one_time_buyers(work: Work, asked: records.OneTimeAsked) -> records.OneTimeBuyers:
    """Customers with one order: how many, how long ago, and after which first products others come back."""
    seen = await look(work, asked.as_of, lambda lines, at: one_time.told(lines, at, asked))
    told = seen.found
    return records.OneTimeBuyers(
        customers=told.once.customers,
        share=told.once.customers / told.customers,
        net=told.once.net,
        net_share=share(told.once.net, told.net),
        median_days_ago=told.once.median_days_ago,
        ages=told.once.ages,
        returning=told.returning,
        products=told.products,
        categories=told.categories,
        currency=seen.currency,
        as_of=seen.as_of,
    )


@operation(
    "intelligence.discount_dependency",
    title="Discount dependency",
    permission="intelligence:read",
    reads=True,
    may_lag=True,
)
@may_take_long
@answered_ahead
async def discount_dependency(work: Work, asked: records.DiscountAsked) -> records.DiscountDependency:
    """Customers by the share of their gross bought with a discount, and how many are dependent on it."""
    seen = await look(work, asked.as_of, discounts.spent)
    of = seen.found
    return records.DiscountDependency(
        customers=len(of),
        gross=money(of.gross.sum()),
        discounted_gross=money(of.discounted.sum()),
        discounted_net=money(of.discounted_net.sum()),
        discounted_share=share(of.discounted.sum(), of.gross.sum()),
        discount=money(of.discount.sum()),
        discount_rate=share(of.discount.sum(), of.gross.sum()),
        bands=discounts.bands(of) if of.is_known else (),
        dependent=discounts.dependent(of, asked.least_share, asked.least_orders) if of.is_known else None,
        missing=None if of.is_known else discounts.NO_DISCOUNTS,
        currency=seen.currency,
        as_of=seen.as_of,
    )
