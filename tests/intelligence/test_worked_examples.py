"""The worked example of every definition, run on a database exactly as the pages show it."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, cast

import pytest

from switchboard.foundation.ground import Ground
from switchboard.intelligence.definitions import METRICS, Defined
from switchboard.intelligence.metrics import Ask, Reckoned, Worked, ask_of
from tests.intelligence.answer_fields import operations
from tests.shop import Shop, open_shop

pytestmark = pytest.mark.slow
CASES = [
    pytest.param(defined, worked, id=f"{name}-{number}")
    for name, defined in METRICS.items()
    for number, worked in enumerate(defined.metric.worked)
]


class Shops:
    """The shops of the examples, and what they answered; each is imported and segmented once."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.open = dict[str, Shop]()
        self.answers = dict[tuple[str, str, str], Any]()

    async def answer(self, ask: Ask) -> Any:
        """What the operation answers, as callers read it."""
        key = (ask.shop.name, ask.operation, repr(ask.arguments))
        if key not in self.answers:
            shop, declared = await self._shop(ask), operations()[ask.operation]
            asked = declared.asks.model_validate(dict(ask.arguments))
            given = await declared(self.ground, shop.caller, asked, door="test")
            self.answers[key] = given.model_dump(mode="json", by_alias=True)
        return self.answers[key]

    async def _shop(self, ask: Ask) -> Shop:
        of = ask.shop
        if of.name not in self.open:
            made = self.open[of.name] = await open_shop(self.ground)
            brought = await made.bring(of.csv)
            assert brought.quarantine is None
            await made.segment()
        return self.open[of.name]


@pytest.fixture(scope="module")
def shops(ground: Ground) -> Shops:
    return Shops(ground)


def joined(answer: Any, said: str) -> float:
    """Values of the answer, multiplied and added up."""
    return sum(prod(sum(found(answer, way)) for way in term.split(" * ")) for term in said.split(" + "))


def found(answer: Any, way: str) -> list[float]:
    """The numbers at the end of a way through an answer."""
    here: list[Any] = [answer]
    for step in way.split("."):
        here = [inner for each in here for inner in _step(each, step)]
    assert here, f"{way} leads nowhere"
    return [float(each) for each in here]


def _step(at: Any, step: str) -> Sequence[Any]:
    if isinstance(at, Mapping):
        return list(cast("Mapping[str, Any]", at).values()) if step == "*" else [at[step]]
    several = cast("list[Any]", at)
    if step == "*":
        return several
    name, is_named, word = step.partition("=")
    if not is_named:
        return [several[int(step)]]
    return [next(each for each in several if str(each[name]) == word)]


@pytest.mark.parametrize(("defined", "worked"), CASES)
async def test_a_worked_example_comes_out_as_it_is_written(shops: Shops, defined: Defined, worked: Worked | Reckoned):
    if isinstance(worked, Reckoned):
        assert worked.run() == pytest.approx(worked.value, rel=worked.to, abs=worked.to)
        return
    ask = ask_of(defined.subject, worked)
    assert ask is not None
    answer = await shops.answer(ask)
    expected = joined(answer, worked.value) if isinstance(worked.value, str) else worked.value
    assert sum(found(answer, worked.at)) == pytest.approx(expected, rel=worked.to, abs=worked.to)
