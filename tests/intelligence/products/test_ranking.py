"""What is learned of products, on a made-up shop of routines and pairs: nothing later is seen, and it is kept whole."""

from collections.abc import Iterator

import numpy as np
import pytest

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.predictions.keeping import packed, unpacked
from switchboard.intelligence.products import ranking
from switchboard.intelligence.products.purchases import Purchases
from switchboard.intelligence.products.ranking import Ranking, learned
from switchboard.intelligence.products.reasons import season
from switchboard.intelligence.products.recommending import Found, Wanted, for_customer
from switchboard.intelligence.products.shelf import shelves
from tests.intelligence.mirrors import NOW, TODAY, Line
from tests.intelligence.questions.plain_shop import shop

pytestmark = pytest.mark.slow

CUT = TODAY
WANTED = Wanted(kind="any", sold_since=CUT - 90, first=0, limit=30)


def routines(until: int, customers: int = 160) -> Iterator[Line]:
    """Everybody orders every nine days: a staple of their own, what goes with it in half the orders, and anything."""
    random = np.random.default_rng(3)
    document = 0
    for person in range(1, customers + 1):
        for ago in range(200 + person % 9, until, -9):
            document += 1
            staple = person % 12
            has: set[int] = {staple, 40 + int(random.integers(20))} | (
                {20 + staple} if random.random() < 0.5 else set()
            )
            yield from (Line(document=document, ago=ago, person=person, gross=5.0, product=1 + each) for each in has)


def told(*lines: Line, person: int = 5) -> Found:
    con = shop(lines)
    of = learned(con, NOW, CUT)
    assert of.ranking is not None
    return for_customer(con, (NOW, CUT), of.ranking, person, WANTED)


def test_nothing_later_is_ever_seen():
    later = [
        Line(document=900_000 + n, ago=-1 - n % 60, person=1 + n % 160, gross=1e6, product=55 + n % 5, refund=3.0)
        for n in range(4_000)
    ]
    assert told(*routines(0), *later) == told(*routines(0))


def test_a_staple_comes_first_and_what_goes_with_it_next():
    found = [each.product.product_id for each in told(*routines(0)).page]
    assert found[:2] == ["p6", "p26"]


def test_it_beats_what_sells_most_in_the_window_it_had_not_seen():
    of = learned(shop(list(routines(0))), NOW, CUT).ranking
    assert of is not None
    assert of.tried.customers == 160
    assert of.tried.hit_rate == 1.0 > of.tried.hit_rate_of_popular


def test_what_is_learned_is_kept_to_the_last_digit():
    of = learned(shop(list(routines(0))), NOW, CUT).ranking
    assert of is not None
    again = unpacked(Ranking, packed(of))
    inputs = np.random.default_rng(0).normal(1, 1, (50, len(ranking.INPUTS))).astype(np.float32)
    assert (ranking.probabilities(again, inputs) == ranking.probabilities(of, inputs)).all()
    assert (again.shelf.near.product == of.shelf.near.product).all()


def test_two_products_are_near_when_they_meet_more_than_by_chance():
    orders = np.arange(400)
    first = orders % 2 == 0  # every other order has product 1, and with it 2; product 3 is in every fifth of all
    rows = [(n, 1) for n in orders[first]] + [(n, 2) for n in orders[first][:150]] + [(n, 3) for n in orders[::5]]
    document, product = (np.array(each, np.int64) for each in zip(*rows, strict=True))
    of = Purchases(person=document + 1, document=document, day=np.full(len(rows), CUT - 10), product=product)
    (shelf,) = shelves(of, [CUT])
    near = {
        int(shelf.products[each]): weight
        for each, weight in zip(shelf.near.product[0], shelf.near.weight[0], strict=True)
    }
    assert near[2] > 0
    assert near[3] == 0.0
    assert shelf.near.share[0][list(near).index(2)] == 0.75
    assert shelf.near.lift[0][list(near).index(2)] == pytest.approx(0.75 / (150 / 240))


def test_a_season_is_told_of_what_sold_then_a_year_ago():
    days = np.concatenate([CUT - 365 + np.arange(30), CUT - 1 - np.arange(365)])
    product = np.repeat([7, 8], [30, 365])
    count = np.arange(len(days))
    (shelf,) = shelves(Purchases(person=count + 1, document=count, day=days, product=product), [CUT])
    assert season(shelf, 0) == pytest.approx(365 / 30)
    assert season(shelf, 1) is None


def test_another_moment_has_another_shelf():
    con, month = shop(list(routines(0))), CUT - 30
    then = learned(con, AsOf(day=month, second=month * 86_400), month).ranking
    assert then is not None
    assert then.shelf.cut == month
    assert then.shelf.last_sold.max() < month
