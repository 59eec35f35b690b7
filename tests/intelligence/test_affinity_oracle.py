"""Product affinity beside mlxtend's association rules."""

import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from switchboard.intelligence.product_question_records import AffinityAsked
from switchboard.intelligence.questions import affinity
from tests.intelligence.mirrors import NOW, Line
from tests.intelligence.questions.plain_shop import shop

ORDERS, PRODUCTS = 400, 9
PANDAS: Any = import_module("pandas")  # neither has types
ORACLE: Any = import_module("mlxtend.frequent_patterns")


def baskets() -> list[list[int]]:
    """Orders of a few products each, in which 1 and 2, and 3 and 4, go together."""
    random, found = np.random.default_rng(7), list[list[int]]()
    for _ in range(ORDERS):
        basket = {int(each) for each in random.choice(np.arange(1, PRODUCTS + 1), random.integers(1, 4), replace=False)}
        for one, other in ((1, 2), (3, 4)):
            if one in basket and random.random() < 0.8:
                basket.add(other)
        found.append(sorted(basket))
    return found


def rules(orders: list[list[int]]) -> dict[tuple[str, str], Any]:
    """Support, confidence and lift of each ordered pair, as mlxtend works them out."""
    table = PANDAS.DataFrame([{f"p{n}": n in basket for n in range(1, PRODUCTS + 1)} for basket in orders])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        often: Any = ORACLE.fpgrowth(table, min_support=1 / ORDERS, use_colnames=True, max_len=2)
        told: Any = ORACLE.association_rules(often, metric="support", min_threshold=0)
    return {(next(iter(row.antecedents)), next(iter(row.consequents))): row for row in told.itertuples()}


def test_support_confidence_and_lift_are_mlxtends():
    orders = baskets()
    lines = [
        Line(document=number, person=number, ago=1, gross=5.0, product=product)
        for number, basket in enumerate(orders, start=1)
        for product in basket
    ]
    found = affinity.affinity(shop(lines), NOW, None, AffinityAsked(days=100))
    known = rules(orders)
    pairs = {(each.first.product_id, each.second.product_id): each for each in found.pairs}
    assert {("p1", "p2"), ("p3", "p4")} <= {tuple(sorted(each)) for each in pairs}
    for names, pair in pairs.items():
        rule = known[names]
        assert pair.support == pytest.approx(rule.support, rel=1e-12)
        assert pair.lift == pytest.approx(rule.lift, rel=1e-12)
        assert pair.confidence == pytest.approx(rule.confidence, rel=1e-12)
        assert pair.confidence_back == pytest.approx(known[names[1], names[0]].confidence, rel=1e-12)
