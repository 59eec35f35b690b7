"""The builder's tree: a filter becomes rows and the rows the same filter again."""

from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.datastructures import QueryParams

from switchboard.console.audiences.knowing import known_from
from switchboard.console.audiences.reading import tree_in, tree_of
from switchboard.console.audiences.telling import in_words
from switchboard.console.audiences.tree import MOST_RULES, Group, Rule, changed, rules_in
from switchboard.console.audiences.writing import written
from switchboard.intelligence.examples import TERMS
from switchboard.intelligence.filter_records import Asks, FilterVocabulary
from tests.console.shop import END

KNOWN = known_from(
    FilterVocabulary(
        terms=TERMS,
        attributes=(
            Asks(name="vip", type="flag", operators=("is",)), Asks(name="size", type="text", operators=("is",)),
            Asks(name="points", type="number", operators=("at_least",)),
        ),
        features=(Asks(name="orders_365", type="number", operators=("at_least",), unit="orders"),),
        segments={"purchase_frequency": ("one_time", "weekly", "frequent"), "purchase_value": ("large_baskets",)},
        strengths=("weak", "moderate", "strong"),
        archetypes={"4f53cda1": "Weekly shoppers"}, risk_levels=("LOW", "HIGH"), categories=("Toys",),
        events=("email_opened",), facts_as_of=END,
    )
)  # fmt: skip
SAME: list[dict[str, Any]] = [
    {"all": []},
    {"all": [{"country": "GB"}]},
    {"any": [{"country": ["GB", "IE"]}, {"city": "Köln"}]},
    {"not": {"any": [{"country": "GB"}]}},
    {"not": {"all": [{"country": "GB"}, {"ordered": False}]}},
    {"all": [{"not": {"archetype": "4f53cda1"}}, {"risk_level": ["LOW", "HIGH"]}]},
    {"all": [{"feature": "orders_365", "at_least": 3}, {"feature": "orders_365", "is": 2.5}]},
    {"all": [{"attribute": "vip", "is": True}, {"attribute": "vip", "known": False}]},
    {"all": [{"attribute": "size", "not_in": ["s", "m"]}, {"attribute": "size", "starts_with": "x"}]},
    {"all": [{"segment": {"purchase_frequency": ["weekly", "frequent"]}, "strength": "strong"}]},
    {"all": [{"bought": {"category": "Toys", "times_at_least": 2, "within_days": 90}}, {"bought": {}}]},
    {"all": [{"not": {"did": {"event": "email_opened", "within_days": 30}}}]},
    {"all": [{"last_order": {"older_than_days": 90}}, {"created": {"after": "2024-01-31"}}]},
    {"all": [{"near": {"lat": 51.5, "lon": -0.13, "km": 25}}, {"customer_id": ["c1", "c2"]}]},
    {"all": [{"any": [{"not": {"any": [{"country": "DE"}]}}, {"all": [{"ordered": True}]}]}]},
    {"all": [{"any": []}]},  # nobody, which is not the same as a group that is still empty
    {"all": [{"bought": {"product": ["a", "b"]}}]},  # no row shows two products: it stands there as JSON
    {"all": [{"bought": {"category": ["Toys", "Games"]}}, {"nonsense": 1}]},
]


@pytest.mark.parametrize("filter_", SAME, ids=str)
def test_a_filter_comes_back_as_it_was(filter_: dict[str, Any]):
    assert written(tree_of(filter_), KNOWN).filter == filter_


@pytest.mark.parametrize("filter_", SAME[1:15], ids=str)
def test_a_form_holds_the_whole_tree(filter_: dict[str, Any]):
    tree = tree_of(filter_)

    assert tree_in(QueryParams(urlencode(fields_of(tree, "0"))), KNOWN) == tree


@pytest.mark.parametrize("term", [each.example for each in TERMS], ids=str)
def test_every_kind_of_term_has_a_row_of_its_own(term: dict[str, Any]):
    tree = tree_of({"all": [term]})

    assert "written" not in str(tree)


def test_two_tests_of_one_figure_are_two_rows_that_mean_the_same():
    tree = tree_of({"feature": "orders_365", "at_least": 3, "at_most": 12})

    assert written(tree, KNOWN).filter == {
        "all": [{"feature": "orders_365", "at_least": 3}, {"feature": "orders_365", "at_most": 12}]
    }


def test_what_is_not_filled_in_counts_for_nothing_and_is_named():
    rows = (Rule(field="country", compare="is"), Rule(field="ordered", compare="yes"), Group(items=()))
    found = written(Group(items=rows), KNOWN)

    assert (found.filter, found.unfinished) == ({"all": [{"ordered": True}]}, frozenset({"0.0"}))


def test_an_error_is_told_at_the_row_it_comes_from():
    rows = (
        Rule(field="city", compare="is"),
        Group(match="none", items=(Rule(field="ordered", compare="yes"),
                                   Rule(field="bought", compare="did_not", parts={"times_at_least": "x"}))),
    )  # fmt: skip
    found = written(Group(items=rows), KNOWN)

    assert found.filter == {
        "all": [{"not": {"any": [{"ordered": True}, {"not": {"bought": {"times_at_least": "x"}}}]}}]
    }
    assert found.row_of("filter.all[0].not.any[1].not.bought.times_at_least") == "0.1.1"
    assert found.row_of("filter.all[0]") == "0.1"
    assert found.row_of("elsewhere") == "0"


def test_buttons_add_and_remove_where_they_stand():
    fresh = KNOWN.fresh()
    tree = changed(Group(), "group:0", fresh)
    tree = changed(tree, "add:0.0", Rule(field="country", compare="is", values=("GB",)))
    tree = changed(tree, "drop:0.0.0", fresh)

    assert tree == Group(items=(Group(match="any", items=(Rule(field="country", compare="is", values=("GB",)),)),))
    assert changed(tree, "drop:0.7", fresh) == tree
    assert changed(tree, "nonsense", fresh) == tree
    assert changed(tree, "add:0.0.0.0", fresh) == tree


def test_there_is_a_bound_on_rules():
    tree = Group()
    for _ in range(MOST_RULES + 5):
        tree = changed(tree, "add:0", KNOWN.fresh())

    assert rules_in(tree) == MOST_RULES


def test_another_field_forgets_what_was_said_of_the_one_before():
    form = QueryParams("0.match=all&0.0.field=country&0.0.was=ordered&0.0.compare=no&0.0.value=5")

    assert tree_in(form, KNOWN).items == (Rule(field="country", compare="is"),)


def test_an_audience_is_told_in_words():
    filter_: dict[str, Any] = {"all": [{"archetype": "4f53cda1"}, {"not": {"any": [{"ordered": False}, {"last_order": {
        "within_days": 30}}]}}]}  # fmt: skip

    told = in_words(tree_of(filter_), KNOWN)

    assert told == "Archetype is Weekly shoppers and none of (Ever ordered never or Last order within the last 30 days)"


def fields_of(node: Group | Rule, path: str) -> list[tuple[str, str]]:
    """The fields as the template names them."""
    if isinstance(node, Group):
        inner = [pair for n, each in enumerate(node.items) for pair in fields_of(each, f"{path}.{n}")]
        return [(f"{path}.match", node.match), *inner]
    return [
        (f"{path}.field", node.field), (f"{path}.was", node.field), (f"{path}.compare", node.compare),
        *((f"{path}.value", each) for each in node.values),
        *((f"{path}.part.{name}", said) for name, said in node.parts.items()),
    ]  # fmt: skip
