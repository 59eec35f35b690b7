"""Bars around a middle line: what leads up goes to the right, what leads down to the left."""

import pytest

from switchboard.console.bars import LEAST_SCALE, Push, pushes
from switchboard.intelligence.records import Contribution


def around(**of: float) -> dict[str, Push]:
    made = pushes([Contribution(name=name, contribution=share) for name, share in of.items()])
    return {each.name: each for each in made.factors}


def test_what_leads_up_and_what_leads_down_go_to_opposite_sides_of_the_middle():
    drawn = around(base=0.41, orders=0.20, tenure=-0.10)

    assert (drawn["orders"].at, drawn["orders"].at + drawn["orders"].width) == (50, 100)
    assert (drawn["tenure"].at, drawn["tenure"].at + drawn["tenure"].width) == (25, 50)


def test_where_it_begins_is_no_push_and_sets_no_scale():
    made = pushes([Contribution(name="base", contribution=0.9), Contribution(name="orders", contribution=-0.3)])

    assert [(each.name, each.share) for each in made.start] == [("base", 0.9)]
    assert [(each.name, each.at, each.width) for each in made.factors] == [("orders", 0, 50)]


def test_less_than_half_a_point_is_not_drawn():
    assert set(around(base=0.4, season=0.004, rhythm=-0.006)) == {"rhythm"}


def test_small_pushes_alone_do_not_look_large():
    assert around(base=0.4, season=LEAST_SCALE / 5)["season"].width == pytest.approx(10)


def test_the_customers_of_the_shop_alone_are_no_bar():
    assert around(base=0.4) == {}
