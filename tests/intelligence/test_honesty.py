"""Shops that are hard to say anything of: every answer over HTTP is made of numbers, and says what it lacks."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NoReturn

import pytest
from httpx2 import AsyncClient
from pydantic import JsonValue

from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.api.app import make_api
from switchboard.api.serving import Serving
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.intelligence import jobs, past, qualities
from tests.api.counter import client_of, key_of, well
from tests.intelligence.questions.test_every_question import GIVEN, QUESTIONS
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.heavy

BEGIN = date(2022, 1, 3)
PEOPLE = 120
FORECASTS = ("intelligence.revenue_forecast", "intelligence.growth_projection")
EXPECTED = ("intelligence.churn_risk", "intelligence.next_purchase", "intelligence.ltv_forecast")
MONEY = {"expected", "low", "high", "revenue", "net", "value", "value_low", "value_high", "spent", "ltv", "total_ltv"}


def sold(*days: tuple[int, int, float]) -> str:
    """Orders, each the day from the beginning, whose, and of what value."""
    rows = (
        f"o{number},c{person},{BEGIN + timedelta(days=day)}T10:00:00Z,p{number % 3},P,K,1,{value:.2f},0,0"
        for number, (day, person, value) in enumerate(days)
    )
    return orders(*rows)


def regular(start: int, end: int, a_day: int, value: float = 10) -> list[tuple[int, int, float]]:
    """So many orders a day, of everybody in turn."""
    return [(day, (day * a_day + number) % PEOPLE + 1, value) for day in range(start, end) for number in range(a_day)]


SHOPS: Mapping[str, str] = {
    "a constant series": sold(*regular(0, 460, 3)),
    "three customers": sold(*((7 * week + each, each + 1, 20) for week in range(30) for each in range(3))),
    "one order each": sold(*((number, number + 1, 15) for number in range(200))),
    "a gap of a year": sold(*regular(0, 150, 3), *regular(515, 650, 3)),
    "a month twice as strong": sold(*regular(0, 400, 2), *regular(400, 430, 4)),
    "one who spends it all": sold(*regular(0, 400, 2, value=0.01), *((30 * n, 1, 10_000) for n in range(13))),
}
TOO_SMALL = {"three customers", "one order each"}


@pytest.fixture(scope="module", params=list(SHOPS))
async def told(ground: Ground, request: pytest.FixtureRequest) -> tuple[str, Mapping[str, JsonValue]]:
    """The shop's name, and what each question about it is answered."""
    shop = await open_shop(ground)
    await shop.bring(SHOPS[request.param])
    await shop.segment()
    await measured(shop)
    serving = Serving(ground=ground, credentials=Credentials(ground, None), ready=well, log=AccessLog(on=False))
    found = dict[str, JsonValue]()
    async with client_of(make_api(serving, operations=OPERATIONS), await key_of(ground, shop.caller, "admin")) as http:
        for name in QUESTIONS:
            found[name] = await answer(http, name)
    return request.param, found


async def measured(shop: Shop) -> None:
    """The back-test, and the last months' snapshots, as the background would have made them."""
    async with shop.ground.work(jobs.job_caller(shop.workspace.id)) as work:
        await qualities.keep(work)
        months = (await past.missing(work))[-5:]
    for month in months:
        async with shop.ground.work(jobs.job_caller(shop.workspace.id)) as work:
            await past.keep(work, month)


async def answer(http: AsyncClient, name: str) -> JsonValue:
    """A whole answer, or a refusal that is meant; NaN and Infinity are no JSON."""
    response = await http.post(f"/v1/{name}", json=GIVEN.get(name, {}))
    assert response.status_code in {200, 404, 409, 422}, f"{name}: {response.status_code} {response.text}"
    return json.loads(response.text, parse_constant=no_number)


def no_number(word: str) -> NoReturn:
    raise AssertionError(f"{word} is no number")


def numbers(value: JsonValue, name: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from numbers(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, float(value)


def records(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    """All records of an answer, inner ones too."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from records(each)
    elif isinstance(value, list):
        for each in value:
            yield from records(each)


@pytest.mark.timeout(300)
def test_every_number_is_one_and_no_money_is_negative(told: tuple[str, Mapping[str, JsonValue]]):
    for question, said in told[1].items():
        for name, number in numbers(said):
            assert math.isfinite(number), (question, name)
            assert name not in MONEY or number >= 0, (question, name, number)
            assert name not in {"probability", "churn_probability"} or 0 <= number <= 1, (question, name, number)


@pytest.mark.timeout(300)
def test_what_is_expected_lies_in_its_interval(told: tuple[str, Mapping[str, JsonValue]]):
    for question in (*FORECASTS, *EXPECTED, "intelligence.archetype_growth"):
        for each in records(told[1][question]):
            low, high = each.get("low"), each.get("high")
            if isinstance(low, float) and isinstance(high, float):
                assert low <= high, question
                expected = each.get("expected")
                assert not isinstance(expected, float) or question in EXPECTED or low <= expected <= high, question


@pytest.mark.timeout(300)
def test_no_interval_is_narrower_than_the_back_test(told: tuple[str, Mapping[str, JsonValue]]):
    said = told[1]["intelligence.revenue_forecast"]
    assert isinstance(said, dict)
    backtest, points = said["backtest"], said["points"]
    if not isinstance(backtest, dict) or not isinstance(points, list):
        return
    for point in points[1:]:  # of the month that has begun, a part is known
        assert isinstance(point, dict)
        expected, high = (number for name, number in numbers(point) if name in {"expected", "high"})
        assert high / expected - 1 >= float(str(backtest["mean_error_percent"])) / 100 * 0.999


@pytest.mark.timeout(300)
def test_a_shop_that_is_too_small_is_told_what_it_lacks(told: tuple[str, Mapping[str, JsonValue]]):
    shop, answers = told
    for question in EXPECTED:
        said = answers[question]
        assert isinstance(said, dict)
        lacks = said["not_enough_data"]
        assert isinstance(lacks, list)
        if shop in TOO_SMALL:
            assert any("; there are " in str(each) for each in lacks), (question, lacks)
        else:
            assert lacks == [], (question, lacks)
