"""Every question through HTTP: of the whole shop at present, of another moment, of groups of customers, of settings.

The present whole shop is asked again after what is worked out ahead with each run is there, as people find it. What is
answered by a job is asked until there is an answer, as clients do that are told when to ask again: no call may take
longer than 5 s, and how long it took as a whole is told beside.
"""

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

from bench import shop
from bench.figures import Figure, median, say
from bench.place import PROGRAM, Place, free_port
from bench.reading import archetypes_of, key_of, until_quiet
from bench.reading.client import Wrong, asked, one_by_one
from switchboard.foundation import kept
from switchboard.foundation.operations import OPERATIONS, Operation
from switchboard.house import DECLARED

assert kept in DECLARED, "importing the house declares the operations"
AGAIN = 5
UNDER_WAY, AGAIN_S = "being_worked_out", 2.0  # as the answer says
EARLIER = shop.END.replace(year=shop.END.year - 1).isoformat()
PRESENT, OTHERS = "<= 300", "<= 5000"  # ms
SEGMENT = {"axis_name": "purchase_frequency", "segment_name": "weekly"}
ASKED: Mapping[str, dict[str, Any]] = {
    "axis_shapes": {"axis_name": "purchase_frequency"},
    "event_engagement": {"event": "Easter"},
    "preview_archetype": {"filter": {"feature": "lifetime_value", "more_than": 500}},
    "recommend_customers": {"campaign_type": "winback"},
    "recommend_segments": {"goal": "retention"},
    "seasonal_engagement": {"season": "winter"},
    "segment_trends": SEGMENT,
}
OF_ONE = ("bought", "churn_risk", "ltv_forecast", "next_purchase", "orders", "profile", "recommend_products",
          "similar_customers", "subscription_outlook")  # fmt: skip
OF_GROUPS = ("compare_groups", "preview_settings")  # or of settings: nothing of the present whole shop
OF_ARCHETYPES = ("archetype", "archetype_trend")
LEFT_OUT = ("chart", "random_customer", "search")  # drawn in a process of its own; another one each time; see reading


def measure(place: Place, customers: int, workspace: str = "shop-1") -> Iterator[Figure]:
    """The workspace is segmented."""
    key, port = key_of(place, workspace), free_port()
    with place.serving([str(PROGRAM), "up", "--port", str(port), "--workers", "1"], port):
        say("until nothing runs in the background")
        until_quiet(port, key)
        archetypes = archetypes_of(port, key)
        questions = dict(_questions(customers, archetypes))
        say(f"{len(questions)} questions")
        slowest = list[float]()
        for name, given in questions.items():
            if name.partition(".")[2] in OF_GROUPS:
                continue
            took = median(one_by_one(port, [asked(f"/v1/{name}", key, given)] * AGAIN))
            slowest.append(took)
            yield Figure(figure=f"{name}, median", value=took, unit="ms", target=PRESENT)
        yield Figure(figure="questions, slowest median", value=max(slowest), unit="ms", target=PRESENT)
        say("of a year before, and of groups")
        for name, given in _others(questions, archetypes):
            try:
                longest, whole = _until_answered(port, asked(f"/v1/{name}", key, given))
            except Wrong as refused:  # of today alone
                say(f"{name}, {_told(given)}: {str(refused)[-200:]}")
                continue
            yield Figure(figure=f"{name}, {_told(given)}, longest call", value=longest, unit="ms", target=OTHERS)
            yield Figure(figure=f"{name}, {_told(given)}, until answered", value=whole, unit="ms")


def _until_answered(port: int, request: bytes) -> tuple[float, float]:
    """Milliseconds of the longest call, and until there was an answer."""
    began, longest = time.perf_counter(), 0.0
    while True:
        asked_at = time.perf_counter()
        try:
            one_by_one(port, [request])
        except Wrong as told:
            if UNDER_WAY not in str(told):
                raise
            longest = max(longest, 1_000 * (time.perf_counter() - asked_at))
            time.sleep(AGAIN_S)
        else:
            now = time.perf_counter()
            return max(longest, 1_000 * (now - asked_at)), 1_000 * (now - began)


def _questions(customers: int, archetypes: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each reading operation with what has to be said of it."""
    chosen = random.Random(6)
    for name, declared in sorted(OPERATIONS.items()):
        short = name.removeprefix("intelligence.")
        if name == short or not declared.reads or short in LEFT_OUT:
            continue
        if short in OF_ONE:
            yield name, {"customer_id": f"c{chosen.randrange(customers)}"}
        elif short in OF_ARCHETYPES:
            yield name, {"archetype_id": archetypes[0]}
        elif short == "compare_groups":
            yield name, {"one": {"archetype_id": archetypes[0]}, "other": {}}
        elif short in ASKED or _needs_nothing(declared):
            yield name, ASKED.get(short, {})


def _needs_nothing(declared: Operation[Any, Any]) -> bool:
    return not any(each.is_required() for each in declared.asks.model_fields.values())


def _others(questions: Mapping[str, dict[str, Any]], archetypes: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, given in questions.items():
        fields = OPERATIONS[name].asks.model_fields
        if name.partition(".")[2] in OF_GROUPS:
            yield name, given
        if "as_of" in fields:
            yield name, given | {"as_of": EARLIER}
        if not given and "archetype_id" in fields:
            yield name, {"archetype_id": archetypes[0]}


def _told(given: Mapping[str, Any]) -> str:
    if "as_of" in given:
        return "a year before"
    return "of an archetype" if given else "as they are"
