"""What the figures of subscriptions are."""

import numpy as np

from switchboard.intelligence.metrics import Ask, Metric, Reckoned, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.predictions import quality
from switchboard.intelligence.predictions.special import sigmoid
from switchboard.intelligence.subscription_records import Chance, Likely, OutlookQuality, Outlooks, Routine
from switchboard.intelligence.subscriptions.activity import KINDS
from switchboard.intelligence.subscriptions.outlook import FEWEST_AT_RISK, FEWEST_HAPPENED

SHOP = Shop(
    name="thirty regulars",
    about="Thirty customers, each of whom buys the same product every thirty days, and another who came once.",
    sales=(
        *(
            Sale(f"r{who}-{{n}}", f"r{who}", f"2024-01-{1 + who:02}", 10, f"p{who}", times=8, every=30)
            for who in range(30)
        ),
        Sale("once", "ann", "2024-03-01", 10, "p1"),
    ),
)
CONVERSION = Ask(SHOP, "intelligence.subscription_conversion", {"horizon_days": 30})
BOUGHT, SAID = np.array([True, False, True, False]), np.array([0.9, 0.1, 0.6, 0.4])
FOUR = "Of four customers, probabilities .9, .1, .6 and .4, of whom it happened to the first and the third"
ABOUT = f"Who takes a subscription, cancels one, or has a payment that fails; from events: {', '.join(KINDS)}."
SUBJECT = Subject(
    name="subscriptions",
    title="Subscriptions",
    about=ABOUT,
    period="within the days asked about, from the moment on",
    source="events and orders of customers; a spline-logistic regression and trees, fitted on the shop's earlier days",
    ask=CONVERSION,
    thresholds=(
        Threshold("fewest_at_risk", FEWEST_AT_RISK, "customers to whom it may happen, from which one can learn"),
        Threshold("fewest_happened", FEWEST_HAPPENED, "customers to whom it happened, from which one can learn"),
    ),
    metrics=(
        Metric(
            "probability", "Probability", "How likely it happens to the customer within the days asked about.",
            "1 / (1 + exp(-log-odds)), the log-odds learned on earlier windows, at the level expected from them",
            "probability", of(Likely, "probability") + of(Chance, "probability"),
            (Reckoned(lambda: float(sigmoid(np.array([np.log(4)]))[0]), "Log-odds of 1.3863", 0.8,
            "the odds are 4 to 1"),),
        ),
        Metric(
            "at_risk", "Customers at risk", "To whom it may happen: for a first subscription those without one who"
            " ordered in the last 365 days, else those with one.",
            "count", "customers", of(Outlooks, "at_risk"), (Worked("at_risk", 31, "thirty regulars and ann"),),
        ),
        Metric(
            "happened", "Customers it happened to", "Customers with at least one such event up to the moment.", "count",
            "customers", of(Outlooks, "happened"), (Worked("happened", 0, "there are no events"),), period="ever",
        ),
        Metric(
            "expected", "Expected", "To how many of those at risk it is expected to happen.", "sum of probabilities",
            "customers", of(Outlooks, "expected"),
            (Reckoned(lambda: float(SAID.sum()), FOUR, 2, ".9 + .1 + .6 + .4"),),
        ),
        Metric(
            "auc", "Ranking", "How often one to whom it happened was ranked above one to whom not; 0.5 is chance.",
            "pairs ranked right / pairs, ties half", "share, 0 to 1", of(OutlookQuality, "auc"),
            (Reckoned(lambda: quality.auc(BOUGHT, SAID), FOUR, 1, "both are above both others"),),
            period="the last window that has passed, told by what was before it",
        ),
        Metric(
            "calibration_error", "Calibration error",
            "How far probabilities lie from what happened, in ten equal bins.",
            "sum over bins of |happened - sum of probabilities| / customers", "share, 0 to 1",
            of(OutlookQuality, "calibration_error"),
            (Reckoned(lambda: quality.calibration_error(BOUGHT, SAID), FOUR, 0.25, "(.1 + .1 + .4 + .4) / 4"),),
            period="the last window that has passed, told by what was before it",
        ),
        Metric(
            "brier", "Brier score", "Mean squared error of the probability.", "mean of (probability - happened)^2",
            "share, 0 to 1", of(OutlookQuality, "brier"),
            (Reckoned(lambda: float(np.square(SAID - BOUGHT).mean()), FOUR, 0.085, "(.01 + .01 + .16 + .16) / 4"),),
            period="the last window that has passed, told by what was before it",
        ),
        Metric(
            "happened_share", "Share it happened to", "Of those at risk then, those to whom it happened in the window.",
            "customers it happened to / customers", "share, 0 to 1", of(OutlookQuality, "happened_share"),
            (Reckoned(lambda: float(BOUGHT.mean()), FOUR, 0.5, "2 of 4"),), period="the last window that has passed",
        ),
        Metric(
            "quality_customers", "Customers it was tried on",
            "Those at risk at the start of the window, 20,000 at most.",
            "count", "customers", of(OutlookQuality, "customers"), (Reckoned(lambda: float(len(SAID)), FOUR, 4,
            "four"),),
            period="the last window that has passed",
        ),
        Metric(
            "fit", "Fit of a subscription",
            "How much a customer buys the same in regular gaps; a rank, no probability.",
            "repeat share / (1 + deviation of the gaps / mean gap)", "0 to 1", of(Routine, "fit"),
            (Worked("routine.0.fit", 1, "all later products were bought before; the gaps are all 30 days"),),
            period="all orders up to the moment",
        ),
        Metric(
            "repeat_share", "Share bought before", "Of the products of later orders, those bought in an earlier one.",
            "repeated lines / later lines", "share, 0 to 1", of(Routine, "repeat_share"),
            (Worked("routine.0.repeat_share", 1, "each buys one product only"),), period="all orders up to the moment",
        ),
        Metric(
            "usual_gap_days", "Usual gap", "Mean days between two orders, of gaps of a day or more.", "mean gap",
            "days",
            of(Routine, "usual_gap_days"), (Worked("routine.0.usual_gap_days", 30, "every thirty days"),),
            period="all orders up to the moment",
        ),
        Metric(
            "orders", "Orders", "Orders of the customer.", "count", "orders", of(Routine, "orders"),
            (Worked("routine.0.orders", 8, "eight times"),), period="all orders up to the moment",
        ),
    ),
)  # fmt: skip
