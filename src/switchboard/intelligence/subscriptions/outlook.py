"""How likely each of some customers subscribes, cancels, or has a payment that fails; and how right that was before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

import duckdb
import numpy as np

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import MONEY, AsOf
from switchboard.intelligence.odds import Odds, Seen, learned
from switchboard.intelligence.predicting import DAYS, cut_of
from switchboard.intelligence.predictions import quality
from switchboard.intelligence.predictions.days import Days, rows_of
from switchboard.intelligence.predictions.learning import FADES
from switchboard.intelligence.predictions.origins import expected_shift, origins, shift_to, shifts_of
from switchboard.intelligence.predictions.special import Flags, Narrow, Whole, sigmoid
from switchboard.intelligence.predictions.traits import NAMES, traits
from switchboard.intelligence.subscriptions.activity import (
    CANCELLED,
    FAILED,
    STARTED,
    Events,
    events_of,
    inputs_of,
    logs,
    midnight,
    others_of,
)

Question = Literal["conversion", "cancellation", "payment_failure"]
HAPPENS: dict[Question, str] = {"conversion": STARTED, "cancellation": CANCELLED, "payment_failure": FAILED}
AT_RISK: dict[Question, str] = {
    "conversion": "customers without a subscription who ordered in the last 365 days",
    "cancellation": "customers with a subscription", "payment_failure": "customers with a subscription",
}  # fmt: skip
MOST_LEARNED, AT_ONCE = 20_000, 50_000  # customers that are learned from, and scored at once
YEAR = 365
FEWEST_AT_RISK, FEWEST_HAPPENED, LEAST_OF_A_KIND, LEAST_AT_ORIGIN = 100, 30, 3, 30
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Tested:
    """What the same recipe, seeing only what was before the day `since`, said of the window after it."""

    since: int
    customers: int
    happened_share: float
    auc: float
    calibration_error: float
    brier: float


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Everybody at risk (ascending) with the probability within the horizon; empty where `missing` says what lacks."""

    persons: Whole
    probability: Narrow
    at_risk: int
    happened: int
    tested: Tested | None
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A shop's mirror at a moment, its events of subscriptions, what is asked, and the days of its zone."""

    lines: duckdb.DuckDBPyConnection
    as_of: AsOf
    events: Events
    question: Question
    horizon: int
    zone: tzinfo


@dataclass(frozen=True, kw_only=True)
class _Origin:
    cut: int
    inputs: Narrow
    happened: Flags


NO_ORIGIN = (
    "an earlier day whose next {horizon} days are known, with at least {least} customers to whom {kind} happened in"
    " them and {least} others; there is none"
)
BUYERS = """
select person from sale where second < {second} and day >= {since} and person is not null and gross > 0
group by person order by person
"""
AMONG = "person in (select person from wanted)"
HISTORY = "select min(day) from sale where second < ? and person is not null and gross > 0"


def outlook(
    lines: duckdb.DuckDBPyConnection, as_of: AsOf, question: Question, horizon: int, zone: tzinfo
) -> Outlook:  # fmt: skip
    """What can be said at the moment, and what is missing for more."""
    events = events_of(lines, as_of, zone)
    facts = Facts(lines=lines, as_of=as_of, events=events, question=question, horizon=horizon, zone=zone)
    cut, start = max(cut_of(lines, as_of), int(events.day.max(initial=0)) + 1), _start(facts)
    persons, kind = _at_risk(facts, cut), HAPPENS[question]
    happened = len(np.unique(events.of(kind).person))
    lacks = _missing(facts, (len(persons), happened, cut - start))
    seen = [] if lacks else _seen(facts, start, cut)
    if not lacks and not seen:
        lacks = (NO_ORIGIN.format(horizon=horizon, least=LEAST_OF_A_KIND, kind=kind),)
    if lacks:
        return Outlook(persons=persons[:0], probability=np.zeros(0, np.float32), at_risk=len(persons),
                       happened=happened, tested=None, missing=lacks)  # fmt: skip
    model = _fitted(seen, cut, horizon)
    scored = [np.zeros(0, np.float32)]
    for first in range(0, len(persons), AT_ONCE):
        part = persons[first : first + AT_ONCE]
        inputs = _inputs(facts, _days(facts, part, as_of.second), part, cut)
        scored.append(sigmoid(model.of(inputs)).astype(np.float32))
    return Outlook(
        persons=persons, probability=np.concatenate(scored), at_risk=len(persons), happened=happened,
        tested=_tested(seen, horizon), missing=(),
    )  # fmt: skip


def _missing(facts: Facts, there: tuple[int, int, int]) -> tuple[str, ...]:
    kind, days = HAPPENS[facts.question], 2 * facts.horizon
    subscribers = len(np.unique(facts.events.of(STARTED).person))
    needed = [
        (there[0], FEWEST_AT_RISK, AT_RISK[facts.question]),
        (there[1], FEWEST_HAPPENED, f"customers with an event of the kind {kind}"),
        (there[2], days, f"days of orders, to look {facts.horizon} days ahead"),
    ]
    if facts.question != "conversion":
        needed.insert(1, (subscribers, FEWEST_AT_RISK, f"customers with an event of the kind {STARTED}"))
    return tuple(f"{enough} {what}; there are {has}" for has, enough, what in needed if has < enough)


def _start(facts: Facts) -> int:
    ((first,),) = facts.lines.execute(HISTORY, [facts.as_of.second]).fetchall()
    return facts.as_of.day if first is None else int(first)


def _at_risk(facts: Facts, cut: int) -> Whole:
    """Whom it may happen to from the day `cut` on, ascending."""
    subscribers = np.unique(facts.events.subscribers(cut))
    if facts.question != "conversion":
        return subscribers
    return np.setdiff1d(_buyers(facts, cut - YEAR), subscribers)


def _buyers(facts: Facts, since: int) -> Whole:
    rows = facts.lines.execute(BUYERS.format(second=facts.as_of.second, since=since)).fetchnumpy()["person"]
    return np.asarray(rows, np.int64)


def _seen(facts: Facts, start: int, cut: int) -> list[_Origin]:
    """Earlier days with some of those at risk and what happened to them, newest first."""
    found, kind = list[_Origin](), HAPPENS[facts.question]
    some = _buyers(facts, start) if facts.question == "conversion" else np.unique(facts.events.of(STARTED).person)
    if len(some) > MOST_LEARNED:
        some = np.sort(np.random.default_rng(SEED).choice(some, MOST_LEARNED, replace=False))
    days = _days(facts, some, facts.as_of.second)
    for day in origins(start, cut, facts.horizon):
        persons = np.intersect1d(some, facts.events.subscribers(day))
        if facts.question == "conversion":
            persons = np.setdiff1d(days.between(day - YEAR, day).buyers, persons)
        happened = facts.events.happens_to(persons, kind, day, day + facts.horizon)
        count = int(happened.sum())
        if len(persons) >= LEAST_AT_ORIGIN and LEAST_OF_A_KIND <= count <= len(persons) - LEAST_OF_A_KIND:
            found.append(_Origin(cut=day, inputs=_inputs(facts, days, persons, day), happened=happened))
    return found


def _days(facts: Facts, persons: Whole, second: int) -> Days:
    """The days on which these persons (ascending) bought or gave back before a moment."""
    facts.lines.register("wanted", {"person": persons})
    found = fetched(facts.lines.execute(DAYS.format(money=MONEY, second=second, persons=AMONG)))
    facts.lines.unregister("wanted")
    return Days(
        person=np.asarray(found["person"], np.int64), day=np.asarray(found["day"], np.int64),
        net=np.asarray(found["net"], np.float64), lines=np.asarray(found["lines"], np.float64),
        bought=np.asarray(found["bought"], np.bool_),
    )  # fmt: skip


def _inputs(facts: Facts, days: Days, persons: Whole, cut: int) -> Narrow:
    """What was known of these persons as the day began: how they buy, their subscription, what else they did."""
    known = days.before(cut)
    bought = np.zeros((len(persons), len(NAMES)), np.float32)
    if len(known.buyers):
        of = traits(known, cut, facts.horizon)
        at, there = rows_of(persons, of.persons)
        bought[at] = of.logs[there]
    second = min(facts.as_of.second, midnight(cut, facts.zone))
    own = [inputs_of(facts.events, persons, cut), others_of(facts.lines, second, persons)]
    return np.concatenate([bought, logs(own)], axis=1)


def _fitted(seen: Sequence[_Origin], cut: int, horizon: int) -> Odds:
    """What is learned from these origins, at the level to be expected from the cut on."""
    odds = learned([_faded(each, cut) for each in seen])
    rises = list[tuple[float, float]]()
    for each in seen:
        share = float(each.happened.mean())
        shift = shift_to(odds.of(each.inputs), share)
        rises.append((shift, 1 / max(len(each.happened) * share * (1 - share), 1)))
    return odds.raised(expected_shift(shifts_of([each.cut for each in seen], rises), cut, horizon))


def _faded(of: _Origin, cut: int) -> Seen:
    """The customers of an origin, who weigh less the longer it is ago."""
    weights = np.full(len(of.happened), 0.5 ** ((cut - of.cut) / FADES))
    return Seen(inputs=of.inputs, happened=of.happened, weights=weights)


def _tested(seen: Sequence[_Origin], horizon: int) -> Tested | None:
    """How the newest window was told by what had ended before it; None where nothing had."""
    last = seen[0]
    before = [each for each in seen[1:] if each.cut + horizon <= last.cut]
    if not before:
        return None
    said = sigmoid(_fitted(before, last.cut, horizon).of(last.inputs))
    return Tested(
        since=last.cut, customers=len(said), happened_share=float(last.happened.mean()),
        auc=quality.auc(last.happened, said), calibration_error=quality.calibration_error(last.happened, said),
        brier=float(np.square(said - last.happened).mean()),
    )  # fmt: skip
