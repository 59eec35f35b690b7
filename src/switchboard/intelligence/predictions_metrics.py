"""What the figures of predictions are: of a customer's next months, and how well those are known."""

from functools import cache

import numpy as np

from switchboard.intelligence.forecast_records import LtvForecast, LtvMonth
from switchboard.intelligence.metrics import Ask, Metric, Reckoned, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.months import day_number
from switchboard.intelligence.predictions import monthly, quality
from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.model import FEWEST_CUSTOMERS, FEWEST_DAYS, FEWEST_REPEATING
from switchboard.intelligence.predictions.next_date import WINDOW
from switchboard.intelligence.predictions.predictor import HORIZON
from switchboard.intelligence.predictions.quality import BINS, Measured
from switchboard.intelligence.predictions.special import sigmoid
from switchboard.intelligence.predictions.widths import GRID, HELD, Widths, interval
from switchboard.intelligence.quality_records import CalibrationBin
from switchboard.intelligence.records import ChurnModel, Contribution, NextPurchase, Quality
from switchboard.intelligence.value_records import PlanGroup, Valued

SHOP = Shop(
    name="back every sixty days",
    about="A new customer a day for 120 days, of whom every second comes back every 60 days; and ten who came twice"
    " in January and not again.",
    sales=(
        Sale("a{n}", "c{n}", "2023-01-01", 10, times=60, every=2),
        Sale("o{n}", "o{n}", "2023-01-02", 10, times=60, every=2),
        Sale("x{n}", "l{n}", "2023-01-05", 20, times=10),
        Sale("y{n}", "l{n}", "2023-01-20", 20, times=10),
        Sale("b{n}", "c{n}", "2023-03-02", 12, times=60, every=2),
        Sale("d{n}", "c{n}", "2023-05-01", 14, times=60, every=2),
        Sale("e{n}", "c{n}", "2023-06-30", 16, times=47, every=2),
        Sale("f{n}", "c{n}", "2023-08-29", 18, times=17, every=2),
    ),
)
C1 = {"customer_id": "c1"}
CHURN, LTV = Ask(SHOP, "intelligence.churn_risk", dict(C1)), Ask(SHOP, "intelligence.ltv_forecast", dict(C1))
NEXT = Ask(SHOP, "intelligence.next_purchase", dict(C1))
PLAN = Ask(SHOP, "intelligence.retention_plan")
ALL = Ask(SHOP, "intelligence.high_value_customers", {"least_tier": "Standard", "limit": 500})
SEVEN, ABOUT = 1e-5, 0.05  # figures of seven digits; figures of a fitted model
FOUR = "four customers with scores 0.9, 0.8, 0.4 and 0.1, of whom the first and the third bought"
TENTH = "the last tenth of three customers with 0.9, 0.94 and 0.2, of whom the first and the third bought"
WINDOW_OF = f"{SHOP.name}, predicted on 2023-07-03 for the {HORIZON} days to 2023-09-30"
HUNDRED = "a customer who spends 100 if they buy, as every buyer does"


@cache
def _measured() -> Measured:
    """The quality of the shop's last window."""
    rows = sorted({
        (1_000 * "col".index(customer[0]) + int(customer[1:]), day_number(at.date()), sale.price)
        for sale in SHOP.sales
        for (_, customer, *_), at in zip(sale.rows, sale.moments, strict=True)
    })  # fmt: skip
    person, day, net = zip(*rows, strict=True)
    one = np.ones(len(rows))
    days = Days(person=np.array(person), day=np.array(day), net=np.array(net), lines=one, bought=one > 0)
    found = quality.measure(days, day_number(SHOP.as_of), HORIZON)
    assert found is not None
    return found


def _of_four(what: str) -> float:
    bought, score = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.4, 0.1])
    measures = {"auc": quality.auc, "ap": quality.average_precision, "calibration": quality.calibration_error}
    return measures[what](bought, score)


def _last_bin(what: str) -> float:
    found = quality.calibration(np.array([True, False, True]), np.array([0.9, 0.94, 0.2]))[-1]
    return float({"customers": found.customers, "probability": found.probability}.get(what, found.bought_share))


def _season() -> float:
    series = np.full(730, 10.0)
    series[366:396] = 20.0
    found = monthly.season(series, 0, 30)
    assert found is not None
    return found


def _high(probability: float) -> float:
    sure = Widths(cuts=np.zeros(0), quantiles=np.zeros((1, len(GRID))))
    expected = np.array([100 * probability])
    return float(interval(sure, np.array([probability]), expected, 0.0)[1][0])


SUBJECT = Subject(
    name="predictions",
    title="Predictions and lifetime value",
    about="What the model that is fitted on the shop expects of a customer, and how well the same recipe did on the"
    " last window that has passed.",
    period="the days after the moment, within the horizon",
    source="orders and refunds of customers up to the moment; BG/NBD, Pareto/NBD and Gamma-Gamma blended with what"
    " was learned at earlier days of the shop (docs/decisions/0020-predictions.md)",
    thresholds=(
        Threshold("fewest_customers", FEWEST_CUSTOMERS, "customers below which nothing is predicted"),
        Threshold("fewest_repeating", FEWEST_REPEATING, "customers with a second order below which nothing is"),
        Threshold("fewest_days", FEWEST_DAYS, "days of history below which nothing is"),
        Threshold("horizon", HORIZON, "days of the probabilities and values that are served"),
        Threshold("held", HELD, "share of cases an interval is meant to hold"),
    ),
    metrics=(
        Metric(
            "churn_probability", "Probability of no purchase", "How likely the customer does not order within the"
            " horizon; of a group the mean; of the next purchase 1 less it.",
            "1 - 1 / (1 + exp(-log-odds of a purchase)); of a group the sum / customers", "probability, 0 to 1",
            of(ChurnModel, "probability") + of(NextPurchase, "probability") + of(Valued, "churn_probability")
            + of(PlanGroup, "churn_probability"),
            (
                Worked("model.probability", 0.0003, "the shop's 0.984, less 0.403 for c1's orders, 0.283 for their"
                       " rhythm and 0.298 for the rest", CHURN, ABOUT),
                Worked("model.probability", "model.factors.*.contribution", "its factors add up to it", CHURN, SEVEN),
                Worked("probability", 0.9997, "1 - 0.0003", NEXT, ABOUT),
                Worked("groups.risk=LOW.churn_probability", 0.0004, "the mean of c1 to c60", PLAN, ABOUT),
                Reckoned(
                    lambda: 1 - float(sigmoid(np.log(np.array([3.0])))[0]), "log-odds of ln 3, three to one for a"
                    " purchase",
                    0.25, "1 - 3 / (3 + 1)",
                ),
            ),
        ),
        Metric(
            "contribution", "Contribution of a factor", "What a group of traits adds to the probability of no"
            " purchase; `base` is the shop's.", "its part of the log-odds along the slope from the base to the"
            " probability",
            "probability, -1 to 1", of(Contribution, "contribution"),
            (
                Worked("model.factors.name=orders.contribution", -0.403, "c1 came back four times, most not at all",
                       CHURN, ABOUT),
                Worked("model.factors.*.contribution", "model.probability", "together the probability", CHURN, SEVEN),
            ),
        ),
        Metric(
            "expected_value", "Expected value", "Net that a customer is expected to bring within the horizon.",
            "orders expected x worth of an order x the shop's level", "currency", of(Valued, "expected_value"),
            (
                Worked("customers.customer_id=c1.expected_value", 16.1, "about one order, after 10, 12, 14, 16 and 18",
                       ALL, ABOUT),
                Worked("customers.*.expected_value", "tiers.tier=Standard.expected_value",
                "all are of the lowest tier", ALL,
                       SEVEN),
            ),
        ),
        Metric(
            "ltv_expected", "Expected lifetime value", "Net that a customer is expected to bring in the months from"
            " the moment on, and in each of them.", "sum of its months; of a month its part, moved by the season"
            " index",
            "currency", of(LtvForecast, "expected") + of(LtvMonth, "expected"),
            (
                Worked("expected", 59.1, "an order of about 15 every 60 days for twelve months, less and less surely",
                       LTV, ABOUT),
                Worked("expected", "monthly.*.expected", "its months add up to it", LTV, SEVEN),
            ),
            period="the months asked for, of 30.4375 days each",
        ),
        Metric(
            "ltv_interval", "Interval of the lifetime value", "What the customer spends lies between low and high in"
            " four of five cases; who most likely buys nothing has [0, 0].",
            "quantiles of what buyers spent against what was expected, around the probability of nothing", "currency",
            of(LtvForecast, "low", "high"),
            (
                Reckoned(lambda: _high(0.5), f"high of {HUNDRED}, with probability 0.5", 100,
                "0 to 100 holds 0.8 and more: 0.5 nothing, 0.5 a hundred"),
                Reckoned(lambda: _high(0.1), f"high of {HUNDRED}, with probability 0.1", 0,
                "nothing holds 0.9 already"),
            ),
            period="the months asked for",
        ),
        Metric(
            "season_index", "Season index", "How the same days of last year stood against that whole year; null"
            " where the shop is too young.", "mean a day of those days / mean a day of the year around them",
            "ratio; 1 is as usual",
            of(LtvMonth, "season_index"),
            (
                Reckoned(
                    _season, "two years of 10 a day, the next 30 days' counterparts 20 a day", 1.8477157360406091,
                    "20 / ((334 x 10 + 30 x 20) / 364)",
                ),
            ),
        ),
        Metric(
            "quality_customers", "Customers of the back-test", "Customers who had ordered before the window; and the"
            " share of them who bought within it.", "count; buyers / customers", "customers, share 0 to 1",
            of(Quality, "customers", "bought_share"),
            (
                Reckoned(lambda: _measured().customers, WINDOW_OF, 130, "c1 to c60, o1 to o60, l1 to l10, all by"
                " April"),
                Reckoned(lambda: _measured().bought_share, WINDOW_OF, 0.46153846153846156,
                "c1 to c60 of 130: 60 / 130"),
            ),
            period="the last window that has passed",
        ),
        Metric(
            "auc", "Area under the curve", "How often one who bought was ranked above one who did not.",
            "pairs of a buyer and another in which the buyer's probability is higher, ties half / pairs",
            "share, 0 to 1; 0.5 is chance", of(Quality, "auc"),
            (Reckoned(lambda: _of_four("auc"), FOUR, 0.75, "of 4 pairs, 0.4 against 0.8 alone is wrong: 3 / 4"),),
            period="the last window that has passed",
        ),
        Metric(
            "average_precision", "Average precision", "Mean share of buyers among the customers ranked so high or"
            " higher,"
            " over the ranks of buyers.", "mean of buyers so far / rank", "share, 0 to 1", of(Quality,
            "average_precision"),
            (Reckoned(lambda: _of_four("ap"), FOUR, 0.8333333333333333, "(1 / 1 + 2 / 3) / 2"),),
            period="the last window that has passed",
        ),
        Metric(
            "calibration_error", "Calibration error", "Mean distance between probabilities and shares of buyers, in"
            " ten equal bins of the probability.", "sum over bins of |buyers - sum of probabilities| / customers",
            "probability, 0 to 1", of(Quality, "calibration_error"),
            (Reckoned(lambda: _of_four("calibration"), FOUR, 0.4, "(0.1 + 0.8 + 0.6 + 0.1) / 4, each in a bin of its"
            " own"),),
            thresholds=(Threshold("bins", BINS, "bins of the probability"),), period="the last window that has passed",
        ),
        Metric(
            "calibration", "Calibration", "Customers whose probabilities lie in one tenth: how many they are, the"
            " mean of what they were given of a purchase, and the share of them who bought.",
            "count; sum of probabilities / customers; buyers / customers", "customers, probability, share",
            of(CalibrationBin, "customers", "probability", "bought_share"),
            (
                Reckoned(lambda: _last_bin("customers"), TENTH, 2, "0.9 and 0.94; 0.2 lies in another tenth"),
                Reckoned(lambda: _last_bin("probability"), TENTH, 0.92, "(0.9 + 0.94) / 2"),
                Reckoned(lambda: _last_bin("bought_share"), TENTH, 0.5, "1 of 2"),
            ),
            thresholds=(Threshold("bins", BINS, "equal parts of the probability"),),
            period="the last window that has passed",
        ),
        Metric(
            "brier", "Brier score", "Mean squared error of the probability of a purchase.",
            "mean of (probability - 1 or 0)^2", "squared probability, 0 to 1", of(Quality, "brier"),
            (Reckoned(lambda: _measured().brier, WINDOW_OF, 0.034, "the mean over all 130 customers", ABOUT),),
            period="the last window that has passed",
        ),
        Metric(
            "value_error", "Error of the value", "What was expected of all customers together against what they"
            " spent; null where they spent nothing.", "expected / actual - 1", "share", of(Quality, "value_error"),
            (
                Reckoned(
                    lambda: _measured().value_error or 0, WINDOW_OF, -0.395,
                    "857.8 were expected, and 28 x 14 + 45 x 16 + 17 x 18 = 1,418 came: 857.8 / 1,418 - 1", ABOUT,
                ),
            ),
            period="the last window that has passed",
        ),
        Metric(
            "covered", "Share within the interval", "Customers whose value lay between low and high.",
            "customers within / customers", "share, 0 to 1", of(Quality, "covered"),
            (Reckoned(lambda: _measured().covered, WINDOW_OF, 0.769, "100 of 130 customers", ABOUT),),
            thresholds=(Threshold("held", HELD, "the share that is meant to be held"),),
            period="the last window that has passed",
        ),
        Metric(
            "next_date_error", "Error of the next purchase's day", "Mean distance between the day expected and the"
            " day that came, of who bought.", "mean of |expected - actual|", "days", of(Quality,
            "next_date_error_days"),
            (
                Reckoned(
                    lambda: _measured().next_date_error_days or 0, f"{SHOP.name}, over the last {WINDOW} days", 22,
                    "the mean over c1 to c60", ABOUT,
                ),
            ),
            period="the last half year",
        ),
    ),
)  # fmt: skip
