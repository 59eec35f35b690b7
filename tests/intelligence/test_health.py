from dataclasses import replace

from switchboard.intelligence.features import measure
from switchboard.intelligence.health import Health, examine, lacks
from switchboard.intelligence.segments import absent_axes
from tests.intelligence.mirrors import NOW, WELL, Line, mirror


def test_every_figure_of_a_worked_shop_is_as_counted_by_hand():
    con = mirror(
        [
            Line(document=1, person=1, ago=200, gross=10, product=1, category=1, discount=2),
            Line(document=1, person=1, ago=200, gross=30, product=2, category=2),
            Line(document=2, person=2, ago=20, gross=60, product=1, discount=None),
            Line(document=3, person=2, ago=10, gross=20, category=1),
            Line(document=4, person=2, ago=5, refund=8, product=1),
            Line(document=5, person=None, ago=300, gross=40, discount=10, product=9, category=7),
        ]
    )

    found = examine(con, NOW, measure(con, NOW))

    assert found == Health(
        customers=2,
        orders=3,
        history_days=200,
        categories=2,
        category_share=0.5,  # 60 of 120
        discount_known=0.75,
        discounted_share=0.25,
        products=2,
        product_share=0.75,
        top_product_share=2 / 3,
        refund_customers=0.5,
        guest_share=30 / 140,  # 110 of customers, 30 of a guest
    )


def test_an_empty_shop_holds_nothing():
    con = mirror([])

    assert examine(con, NOW, measure(con, NOW)) == Health()


def test_lines_after_the_moment_are_not_seen():
    con = mirror([Line(document=1, ago=3, gross=10, product=1), Line(document=2, ago=0, gross=10, product=2)])

    assert examine(con, NOW, measure(con, NOW)).products == 1


def test_a_full_shop_lacks_nothing():
    assert lacks(WELL, absent_axes(WELL)) == ()


def test_a_missing_column_is_told_with_what_it_disables_and_what_mends_it():
    health = replace(WELL, discount_known=0.0, discounted_share=0.0)

    [lack] = lacks(health, absent_axes(health))

    assert lack.missing == "The orders state no discounts."
    assert lack.axes == ("price_sensitivity",)
    assert lack.figures == ("discount", "discounted_net", "discount_share", "deal_share")
    assert lack.remedy == "Import the discount of each line, 0 where there was none."


def test_an_axis_that_only_needs_more_data_is_told_too():
    health = replace(WELL, history_days=100)

    [lack] = lacks(health, absent_axes(health))

    assert (lack.axes, lack.missing) == (("customer_maturity",), "The history is 100 days long; it takes 180.")


def test_many_guests_are_told():
    [lack] = lacks(replace(WELL, guest_share=0.25), {})

    assert lack.missing == "25% of the revenue is of guests, who belong to no customer."


def test_every_absent_axis_has_its_lack():
    nothing = Health()

    told = {axis for lack in lacks(nothing, absent_axes(nothing)) for axis in lack.axes}

    assert set(absent_axes(nothing)) <= told
