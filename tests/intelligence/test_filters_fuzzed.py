"""Generated filters over generated people find whom a plain evaluation finds, whatever is written in them."""

import csv
import io
import os
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from switchboard.customers.filters.checking import checked
from switchboard.customers.filters.compiling import compiled
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.intelligence import copies, filtering, mirror, refreshing
from switchboard.intelligence.mirror_files import MirrorPlace, published
from switchboard.intelligence.packing import VOCABULARY, unpack
from switchboard.intelligence.sets import evaluated
from tests.intelligence.plainly import DAY, Line, Somebody, day, fits
from tests.shop import ORDERS, as_owner, open_shop, rows

PEOPLE = 2_000
FILTERS = int(os.environ.get("SWITCHBOARD_FILTERS", "400"))
NOW = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
PRODUCTS = [(f"p{n}", f"Category {n % 7}") for n in range(40)]
KINDS = ("email_opened", "email_clicked", "app_started")
PLANS = ("Größe L", "basic", "BASIC plus", "Crème", "año nuevo", "x'; drop table customer; --")
COUNTRIES = ("GB", "DE", "Côte d'Ivoire", None)
STRANGE = (
    "'", "''", "' or 1=1 --", '"', "; drop table customer", "$1", "?", "%", "_", "\\", "\\'", "x' union select 1", "/*",
    "*/", "a\nb", "\tb", "{}", "{0}", "${x}", "%s", "null", "NULL", "true", "\u202e", "İ", "ß", "😀", "a" * 200,
    "::int",
    "') or ('1'='1", "1) or (1=1", "e'\\x27'", "$$", "`", "[1]", "<script>", "\u0301", "../../etc/passwd", "0x27",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """The people as they were generated, by key, and a copy of the mirror that holds them."""

    people: dict[int, Somebody]
    keys: dict[str, int]
    by: filtering.Asking

    def found(self, filter_: dict[str, Any]) -> set[int]:
        term = checked(filter_, self.by.words, self.by.at)
        everybody = self.by.copy.everybody()
        chosen = evaluated(self.by.copy, everybody, compiled(term, self.keys))
        return set(everybody.persons[chosen].tolist())

    def plainly(self, filter_: dict[str, Any]) -> set[int]:
        return {key for key, who in self.people.items() if fits(filter_, who, NOW)}


@pytest.fixture(scope="module")
async def crowd(ground: Ground, server: Embedded) -> Crowd:
    made = [_somebody(random.Random(n), n) for n in range(PEOPLE)]  # noqa: S311 - people of a test
    shop = await open_shop(ground)
    await shop.bring(_people(made), "customers")
    await shop.bring(_orders(made))
    await shop.bring(_events(made), "events")
    await shop.segment()
    async with ground.work(shop.caller) as work:
        await refreshing.refresh(work)
    with as_owner(server) as owner:
        keys = {
            str(customer): int(str(key))
            for customer, key in rows(
                owner, "select customer_id, person_key from person where workspace_id = %s", shop.workspace.id
            )
        }
        served = rows(
            owner, "select person_key, archetype, risk, detail from figures where workspace_id = %s", shop.workspace.id
        )
    people = {keys[each.customer_id]: each for each in made}
    for key, archetype, risk, detail in served:
        assert isinstance(key, int)
        assert isinstance(detail, bytes)
        who, known = people[key], unpack(detail)
        who.archetype, who.risk = str(archetype), int(str(risk))
        who.features, who.segments, who.strengths = known.features, known.dominant, known.strength
    async with ground.work(shop.caller) as work:
        place = await mirror.place_of(work)
    return Crowd(people=people, keys=keys, by=_with_places(place, people))


def _with_places(place: MirrorPlace, people: dict[int, Somebody]) -> filtering.Asking:
    """The published copy, in memory, with the places of the people, which no file tells yet."""
    connection = duckdb.connect()
    with published(place) as kept:
        assert kept is not None
        ((path,),) = kept.execute(
            "select path from duckdb_databases() where not internal and path is not null"
        ).fetchall()
        connection.execute(f"attach '{path}' as from_disk (read_only)")
        connection.execute("copy from database from_disk to memory")
        connection.execute("detach from_disk")
    placed = [(each.lat, each.lon, key) for key, each in people.items() if each.lat is not None]
    connection.executemany("update customer set lat = ?, lon = ? where person = ?", placed)
    copy = copies.look("in memory", connection, ExitStack())
    assert copy is not None
    at = filtering.Moment(now=datetime.fromtimestamp(NOW, UTC), zone=ZoneInfo("UTC"))
    archetypes = {each.archetype: each.archetype for each in people.values() if each.archetype}
    return filtering.Asking(copy=copy, words=filtering.words_of(copy, archetypes), at=at)


def _somebody(chosen: random.Random, number: int) -> Somebody:
    who = Somebody(customer_id=f"c{number}", country=chosen.choice(COUNTRIES))
    if chosen.random() < 0.8:
        who.created = NOW - chosen.randrange(1_500) * DAY
    if chosen.random() < 0.7:
        who.attributes["vip"] = chosen.random() < 0.5
    if chosen.random() < 0.7:
        who.attributes["points"] = float(chosen.randrange(40)) / 2
    if chosen.random() < 0.7:
        who.attributes["born"] = NOW - chosen.randrange(300, 20_000) * DAY
    if chosen.random() < 0.7:
        who.attributes["plan"] = chosen.choice(PLANS)
    if chosen.random() < 0.9:
        who.lat = chosen.choice((90.0, -90.0, chosen.uniform(-90, 90), chosen.uniform(50, 52)))
        who.lon = chosen.choice((180.0, -180.0, chosen.uniform(-180, 180), chosen.uniform(-1, 1), 179.9, -179.9))
    for order in range(min(int(chosen.paretovariate(0.9)) - 1, 30)):
        second = NOW - chosen.randrange(1, 900 * 24) * 3_600
        for _ in range(chosen.randint(1, 3)):
            product, category = chosen.choice(PRODUCTS)
            gross = chosen.choice((500, 1_000, 2_500))
            discount = chosen.choice((0, 0, 100))
            refund = chosen.choice((0, 0, 0, gross - discount))
            who.lines.append(
                Line(
                    order=f"o{number}-{order}", second=second, product=product, category=category, gross=gross,
                    discount=discount, refund=refund,
                )
            )  # fmt: skip
    who.events += [
        (chosen.choice(KINDS), NOW - chosen.randrange(400 * 24) * 3_600) for _ in range(chosen.choice((0, 0, 1, 3, 9)))
    ]
    return who


def _at(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")


def _csv(header: str, lines: list[list[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header.split(","))
    writer.writerows(lines)
    return text.getvalue()


def _people(made: list[Somebody]) -> str:
    def cell(who: Somebody, name: str) -> object:
        value = who.attributes.get(name)
        if name == "born" and value is not None:
            return _at(value)[:10]
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    names = ("vip", "points", "born", "plan")
    return _csv(
        "customer_id,country,created_at,vip,points,born,plan",
        [
            [
                who.customer_id, who.country, None if who.created is None else _at(who.created),
                *(cell(who, name) for name in names),
            ]
            for who in made
        ],
    )  # fmt: skip


def _orders(made: list[Somebody]) -> str:
    return _csv(
        ORDERS.strip(),
        [
            [
                line.order, who.customer_id, _at(line.second), line.product, f"Name {line.product}", line.category, 1,
                line.gross / 100, line.discount / 100, line.refund / 100,
            ]
            for who in made
            for line in who.lines
        ],
    )  # fmt: skip


def _events(made: list[Somebody]) -> str:
    told = [(who.customer_id, kind, second) for who in made for kind, second in who.events]
    return _csv(
        "event_id,customer_id,kind,at", [[f"e{n}", who, kind, _at(at)] for n, (who, kind, at) in enumerate(told)]
    )


def generated(chosen: random.Random, depth: int) -> dict[str, Any]:
    """A filter of at most so many levels."""
    if depth > 1 and chosen.random() < 0.6:
        group = chosen.choice(("all", "any", "not"))
        if group == "not":
            return {"not": generated(chosen, depth - 1)}
        return {group: [generated(chosen, depth - 1) for _ in range(chosen.choice((0, 1, 2, 2, 3)))]}
    return chosen.choice(LEAVES)(chosen)


def _numbers(chosen: random.Random, high: float) -> dict[str, Any]:
    number = chosen.choice((chosen.randrange(int(high) + 1), round(chosen.uniform(0, high), 3)))
    return chosen.choice(
        (
            {"at_least": number}, {"at_most": number}, {"more_than": number}, {"less_than": number}, {"is": number},
            {"is_not": number}, {"in": [number, 3, 4]}, {"not_in": [number, 5]}, {"known": chosen.random() < 0.5},
            {"at_least": number / 2, "less_than": number},
        )
    )  # fmt: skip


def _moments(chosen: random.Random, longest: int) -> dict[str, Any]:
    days = chosen.randrange(longest)
    second = NOW - chosen.randrange(longest * 24) * 3_600
    return chosen.choice(
        (
            {"before": day(NOW, days)}, {"after": day(NOW, days)}, {"within_days": days}, {"older_than_days": days},
            {"after": _at(second)}, {"before": _at(second)}, {"after": day(NOW, days), "before": day(NOW, days // 2)},
        )
    )  # fmt: skip


def _times(chosen: random.Random) -> dict[str, Any]:
    low = chosen.randrange(4)
    return chosen.choice(
        ({}, {"times_at_least": low}, {"times_at_most": low}, {"times_at_least": low, "times_at_most": low + 2})
    )


def _bought(chosen: random.Random) -> dict[str, Any]:
    of = chosen.choice(
        (
            {}, {"category": chosen.choice(PRODUCTS)[1]}, {"category": ["Category 1", "Category 2"]},
            {"product": chosen.choice(PRODUCTS)[0]}, {"product": ["p1", "p8", "p15"], "category": "Category 1"},
        )
    )  # fmt: skip
    low = chosen.randrange(0, 60)
    spent = chosen.choice(
        ({}, {}, {"spent_at_least": low}, {"spent_at_most": low}, {"spent_at_least": low, "spent_at_most": low + 20})
    )
    span = chosen.choice(({}, _moments(chosen, 700)))
    span.pop("older_than_days", None)
    return {"bought": of | _times(chosen) | spent | span}


def _did(chosen: random.Random) -> dict[str, Any]:
    span = chosen.choice(({}, _moments(chosen, 400)))
    span.pop("older_than_days", None)
    event = chosen.choice((chosen.choice(KINDS), list(chosen.sample(KINDS, 2))))
    return {"did": {"event": event} | _times(chosen) | span}


def _plan(chosen: random.Random) -> dict[str, Any]:
    plan = chosen.choice(PLANS)
    part = plan[: chosen.randint(1, len(plan))].upper()
    return {"attribute": "plan"} | chosen.choice(
        (
            {"is": plan.upper()}, {"is_not": plan}, {"in": [plan, "basic"]}, {"not_in": [plan]}, {"starts_with": part},
            {"contains": plan[1:3]}, {"known": False}, {"contains": chosen.choice(STRANGE)},
            {"is": chosen.choice(STRANGE)}, {"is_not": chosen.choice(STRANGE), "starts_with": "b"},
        )
    )  # fmt: skip


def _near(chosen: random.Random) -> dict[str, Any]:
    lat = chosen.choice((90, -90, chosen.uniform(-90, 90), 51))
    lon = chosen.choice((180, -180, chosen.uniform(-180, 180), 0, 179.95))
    return {"near": {"lat": lat, "lon": lon, "km": round(chosen.uniform(1, 3_000), 2)}}


def _segment(chosen: random.Random) -> dict[str, Any]:
    axis = chosen.choice(tuple(VOCABULARY))
    names = VOCABULARY[axis]
    asked: dict[str, Any] = {"segment": {axis: chosen.choice((chosen.choice(names), list(names[:2])))}}
    return asked | chosen.choice(({}, {"strength": "strong"}, {"strength": ["weak", "moderate"]}))


LEAVES: tuple[Callable[[random.Random], dict[str, Any]], ...] = (
    _bought, _bought, _did, _plan, _near, _segment,
    lambda chosen: {"attribute": "points"} | _numbers(chosen, 20),
    lambda chosen: {"attribute": "vip"} | chosen.choice(({"is": True}, {"is_not": True}, {"known": True})),
    lambda chosen: {"attribute": "born"} | _moments(chosen, 20_000),
    lambda chosen: {"feature": chosen.choice(("orders", "orders_365", "tenure_days"))} | _numbers(chosen, 30),
    lambda chosen: {"feature": "risk_score"} | _numbers(chosen, 1),
    lambda chosen: {"risk_level": chosen.choice(("LOW", "HIGH", ["MEDIUM", "CRITICAL"]))},
    lambda chosen: {"ordered": chosen.random() < 0.5},
    lambda chosen: {"last_order": _moments(chosen, 900)},
    lambda chosen: {"created": _moments(chosen, 1_500)},
    lambda chosen: {"country": chosen.choice(("gb", ["DE", "cote d'ivoire"], chosen.choice(STRANGE)))},
    lambda chosen: {"customer_id": [f"c{chosen.randrange(PEOPLE)}" for _ in range(3)]},
)  # fmt: skip


@pytest.mark.heavy
@pytest.mark.timeout(1_200)
async def test_generated_filters_find_whom_a_plain_evaluation_finds(crowd: Crowd):
    sizes = list[int]()
    for number in range(FILTERS):
        filter_ = generated(random.Random(number), 5)  # noqa: S311 - filters of a test
        expected = crowd.plainly(filter_)
        assert crowd.found(filter_) == expected, filter_
        sizes.append(len(expected))
    assert sum(0 < size < PEOPLE for size in sizes) > FILTERS / 2


@pytest.mark.slow
async def test_whatever_a_text_holds_it_is_only_compared(crowd: Crowd):
    at_text: tuple[Callable[[str], dict[str, Any]], ...] = (
        lambda text: {"attribute": "plan", "is": text},
        lambda text: {"attribute": "plan", "in": [text, text]},
        lambda text: {"attribute": "plan", "contains": text},
        lambda text: {"attribute": "plan", "starts_with": text},
        lambda text: {"country": text},
        lambda text: {"customer_id": text},
    )
    for text in STRANGE:
        for write in at_text:
            if text.strip():
                assert crowd.found(write(text)) == crowd.plainly(write(text)), text


@pytest.mark.parametrize("text", STRANGE)
async def test_whatever_a_name_holds_it_is_unknown(crowd: Crowd, text: str):
    for filter_ in (
        {text: 1}, {"attribute": text, "is": 1}, {"feature": text, "at_least": 1}, {"segment": {text: "weekly"}},
        {"archetype": text}, {"bought": {"category": text}}, {"bought": {"product": text}}, {"did": {"event": text}},
        {"attribute": "plan", text: "x"}, {"last_order": {text: 1}}, {"last_order": {"before": text}},
        {"risk_level": text},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            crowd.found(filter_)
    assert len(crowd.found({"all": []})) == PEOPLE
