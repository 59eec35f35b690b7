"""What the figures of forecasts are: revenue, customers and archetypes of the months ahead."""

from datetime import UTC, datetime

from switchboard.intelligence import archetype_growth
from switchboard.intelligence.archetype_growth import DAMPING, FEWEST, Sizes
from switchboard.intelligence.forecast_records import (
    ArchetypeExpected,
    ArchetypeGrowth,
    Backtest,
    GrowthProjection,
    MonthExpected,
)
from switchboard.intelligence.forecasting import FEWEST_DAYS
from switchboard.intelligence.metrics import Ask, Metric, Reckoned, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.predictions.monthly import DOUBT, HELD, STEP, YOUNG, Z_80

SHOP = Shop(
    name="ten a day",
    about="A new customer a day who spends 10: 130 days, the last of them 9 May.",
    sales=(Sale("d{n}", "c{n}", "2024-01-01", 10, times=130),),
)
RISEN = Shop(
    name="twelve after ten",
    about="A hundred days of 10 a day, then thirty of 12.",
    sales=(
        Sale("d{n}", "c{n}", "2024-01-01", 10, times=100),
        Sale("e{n}", "c{n}", "2024-04-10", 12, times=30),
    ),
)
MISSED = Ask(RISEN, "intelligence.revenue_forecast", {"months": 2})
REVENUE = Ask(SHOP, "intelligence.revenue_forecast", {"months": 2})
GROWTH = Ask(SHOP, "intelligence.growth_projection", {"months": 2})
ARCHETYPES = Ask(SHOP, "intelligence.archetype_growth")
EVEN = "an archetype that had 100 members at each of five month ends, a month on"
DOUBLED = "an archetype that had 50, 100, 200, 400 and 800 members at five month ends, a month on"


def _month(number: int) -> datetime:
    return datetime(2024, number, 1, tzinfo=UTC)


def _members(*sizes: int) -> archetype_growth.Ahead:
    history = [Sizes(as_of=_month(number), members={"a": size}) for number, size in enumerate(sizes, 1)]
    return archetype_growth.projected(history, {"a": sizes[-1]}, 1)["a"]


SUBJECT = Subject(
    name="forecasts",
    title="Forecasts",
    about="The months ahead of the shop, each with an interval from the rule's own past errors, and the back-test"
    " beside it.",
    period="months of the workspace's calendar from the one that has begun on",
    source="order lines and refunds by day, guests included; docs/decisions/0020-predictions.md",
    thresholds=(
        Threshold("fewest_days", FEWEST_DAYS, "days of history below which nothing is forecast"),
        Threshold("fewest_snapshots", FEWEST, "month ends below which archetypes are not projected"),
        Threshold("held", HELD, "share of cases that an interval is made to hold"),
        Threshold("z_80", Z_80, "standard errors of a logarithm that an interval of four of five reaches"),
        Threshold("young_error", YOUNG[0], "error of a logarithm that a shop of under a year begins with"),
        Threshold("doubt", DOUBT, "earlier errors that this beginning counts for"),
        Threshold("step", STEP, "days between earlier ends that are looked back from"),
        Threshold("damping", DAMPING, "of an archetype's growth what is left a month later"),
    ),
    metrics=(
        Metric(
            "expected", "Expected of a month", "Net revenue of the month, what it has already included; or customers"
            " with an order ever at its end.", "of a shop that knows no last year: what there is + present level x"
            " days to come",
            "currency, or customers", of(MonthExpected, "expected"),
            (
                Worked("points.0.expected", 310, "May has brought 90 in 9 days; 22 days are to come at 10", REVENUE),
                Worked("points.1.expected", 300, "30 days of June at 10", REVENUE),
                Worked("points.0.expected", 152, "130 customers and 22 days of one new one", GROWTH),
            ),
        ),
        Metric(
            "interval", "Interval of a month", "What comes lies between low and high in four of five cases.",
            "what there is + what is to come x exp(-/+ z_80 x error), error^2 = (doubt x young_error^2 + seen) /"
            " (doubt + n), n = earlier errors x step / days", "currency, or customers", of(MonthExpected, "low",
            "high"),
            (
                Worked(
                    "points.0.low", 272.2342565839465, "five earlier errors of 0 count for 5 x 15 / 22 = 3.409;"
                    " error = root(4 x 0.2^2 / 7.409) = 0.14695; 90 + 220 x exp(-1.2816 x 0.14695)", REVENUE,
                ),
                Worked("points.0.high", 355.5922157956315, "90 + 220 x exp(1.2816 x 0.14695)", REVENUE),
            ),
        ),
        Metric(
            "windows", "Windows of the back-test", "Months ahead that were held against what came.", "count", "months",
            of(Backtest, "windows"),
            (
                Worked("backtest.windows", 1, "from 9 April on, 30 days: all others are not over or begin too early",
                       REVENUE),
            ),
            period="the last year",
        ),
        Metric(
            "mean_error", "Mean error", "Mean distance of what came from what was expected.",
            "100 x (exp(mean of |ln(came / expected)|) - 1)", "per cent", of(Backtest, "mean_error_percent"),
            (
                Worked("backtest.mean_error_percent", 0, "300 came, 300 were expected", REVENUE),
                Worked("backtest.mean_error_percent", 20, "300 were expected from 10 April on, 360 came: 1.2 times",
                       MISSED),
            ),
            period="the last year",
        ),
        Metric(
            "covered", "Months within the interval", "Share of them between the low and high that would have been"
            " served then, from the errors that were known then.",
            "windows within / windows", "share, 0 to 1", of(Backtest, "covered"),
            (
                Worked("backtest.covered", 1, "the one window is within", REVENUE),
                Worked("backtest.covered", 1, "360 lies in the interval that would have been served", MISSED),
            ),
            period="the last year",
        ),
        Metric(
            "customers", "Customers now", "Customers with at least one order ever.", "count", "customers",
            of(GrowthProjection, "customers"), (Worked("customers", 130, "one a day", GROWTH),),
            period="up to the moment",
        ),
        Metric(
            "archetype_current", "Members now", "Members of an archetype at the moment, as archetypes.member_count; and"
            " from how many month ends its growth was learned.", "count", "customers; month ends",
            of(ArchetypeExpected, "current") + of(ArchetypeGrowth, "snapshots"),
            (
                Worked("snapshots", 1, "that of the run; month ends of the past come in the background", ARCHETYPES),
            ),
        ),
        Metric(
            "archetype_expected", "Members expected", "Members of an archetype after so many months.",
            "members x exp(median monthly growth of the last six months, in logarithms, x damping x (1 -"
            " damping^months) / (1 - damping))", "customers", of(ArchetypeExpected, "expected"),
            (
                Reckoned(lambda: _members(50, 100, 200, 400, 800).expected, DOUBLED, 1300,
                "800 x exp(0.7 x ln 2), ln 2 being the usual growth of a month", 0.01),
            ),
        ),
        Metric(
            "archetype_interval", "Interval of an archetype", "Members lie between low and high in four of five"
            " cases.",
            "expected x exp(-/+ z_80 x error), error^2 = (doubt x 0.1^2 + seen) / (doubt + n)", "customers",
            of(ArchetypeExpected, "low", "high"),
            (
                Reckoned(lambda: _members(100, 100, 100, 100, 100).low, EVEN, 91.2,
                "three errors of 0: error = root(4 x 0.01 / 7) = 0.0756; 100 x exp(-1.2816 x 0.0756)", 0.01),
            ),
        ),
    ),
)  # fmt: skip
