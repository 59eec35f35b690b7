"""Products for one customer, and for a group: what is likely, what is left out, and why each is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import numpy as np

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.predictions.special import Flags, Numbers, Whole
from switchboard.intelligence.products.candidates import Candidates, candidates, owned_by
from switchboard.intelligence.products.purchases import Purchases, Returned, of_people, returned_by
from switchboard.intelligence.products.ranking import Ranking, probabilities
from switchboard.intelligence.products.reasons import Rhythm, of_shop, reasons, rhythm, together
from switchboard.intelligence.products.shelf import Shelf

Kind = Literal["any", "new", "again"]
MOST_MEMBERS = 500  # of a group, drawn from a seed
SEED = 0
FAVOURED = "Bought by {:.1%} of the group in two years, by {:.1%} of all customers."
NAMES = """
select product, product_id, coalesce(p.name, product_id), c.name from product p left join category c using (category)
where product in (select unnest(?::integer[]))
"""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Of which kind, sold on which day at the earliest, and which page."""

    kind: Kind
    sold_since: int
    first: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product by its names."""

    product_id: str
    name: str
    category: str | None


@dataclass(frozen=True, kw_only=True)
class Recommended:
    """A product for a customer; `probability` is None where it was chosen by what sells alone."""

    product: Product
    probability: float | None
    rhythm: Rhythm | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page for a customer, out of how many; whether it follows from what they bought; what was left out."""

    page: tuple[Recommended, ...]
    total: int
    is_own: bool
    returned: int
    unsold: int


@dataclass(frozen=True, kw_only=True)
class Favoured:
    """A product for a group: the mean probability of its members and of the shop's customers."""

    product: Product
    probability: float
    of_shop: float
    bought_share: float
    bought_share_of_shop: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What some customers will buy: by place, the mean probability, and the share of them who have bought it."""

    customers: int
    probability: Numbers
    bought: Numbers


def for_customer(
    lines: duckdb.DuckDBPyConnection, moment: tuple[AsOf, int], known: Ranking, person: int | None, wanted: Wanted
) -> Found:
    """What somebody (None: nobody who has ordered) is likely to buy; `moment` is with the day that follows it."""
    as_of, cut = moment
    persons = np.array([] if person is None else [person], np.int64)
    bought = of_people(lines, as_of, cut, persons.tolist())
    owned = owned_by(bought, persons, known.shelf, cut)
    if not len(owned.customer):
        return _popular(lines, known.shelf, wanted)
    of = candidates(owned, known.shelf, cut)
    gave_back = _returned(returned_by(lines, as_of, persons.tolist()), of, known.shelf)
    unsold = _unsold(known.shelf, of.place, bought, wanted)
    kept = _of_kind(of, wanted.kind)
    rows = np.flatnonzero(kept & ~gave_back & ~unsold)
    likely = probabilities(known, of.inputs[rows])
    order = np.argsort(-likely, kind="stable")
    shown = order[wanted.first : wanted.first + wanted.limit]
    names = _names(lines, known.shelf, [*of.place[rows[shown]], *_companions(of, known.shelf, rows[shown], cut)])
    return Found(
        page=tuple(
            Recommended(
                product=names[int(of.place[row])], probability=float(p),
                rhythm=rhythm(of.of, int(of.owned[row])) if of.owned[row] >= 0 else None,
                reasons=reasons(of, known.shelf, int(row), {at: each.name for at, each in names.items()}, cut),
            )
            for row, p in zip(rows[shown], likely[shown], strict=True)
        ),
        total=len(rows), is_own=True, returned=int((kept & gave_back).sum()),
        unsold=int((kept & unsold & ~gave_back).sum()),
    )  # fmt: skip


def expected(
    lines: duckdb.DuckDBPyConnection, moment: tuple[AsOf, int], known: Ranking, persons: Whole, kind: Kind
) -> Expected:
    """What these people will buy, from as many of them as is enough to tell."""
    as_of, cut = moment
    if len(persons) > MOST_MEMBERS:
        persons = np.random.default_rng(SEED).choice(persons, MOST_MEMBERS, replace=False)
    bought = of_people(lines, as_of, cut, persons.tolist())
    persons, size = np.unique(bought.person), len(known.shelf.products)
    owned = owned_by(bought, persons, known.shelf, cut)
    if not len(owned.customer):
        return Expected(customers=0, probability=np.zeros(size), bought=np.zeros(size))
    of = candidates(owned, known.shelf, cut)
    kept = _of_kind(of, kind)
    sums = np.bincount(of.place[kept], probabilities(known, of.inputs[kept]), size)
    return Expected(
        customers=len(persons), probability=sums / len(persons),
        bought=np.bincount(owned.place, minlength=size) / len(persons),
    )  # fmt: skip


def for_group(
    lines: duckdb.DuckDBPyConnection, known: Ranking, both: tuple[Expected, Expected], wanted: Wanted
) -> tuple[tuple[Favoured, ...], int]:
    """A page of the products that the group's customers buy, and out of how many; `both` are the group and the shop."""
    group, shop = both
    rows = np.flatnonzero((group.probability > 0) & (known.shelf.last_sold >= wanted.sold_since))
    order = rows[np.argsort(-group.probability[rows], kind="stable")]
    shown = order[wanted.first : wanted.first + wanted.limit]
    names = _names(lines, known.shelf, shown.tolist())
    return tuple(
        Favoured(
            product=names[int(each)], probability=float(group.probability[each]),
            of_shop=float(shop.probability[each]), bought_share=float(group.bought[each]),
            bought_share_of_shop=float(shop.bought[each]),
            reasons=(
                FAVOURED.format(group.bought[each], shop.bought[each]),
                *of_shop(known.shelf, int(each), is_only=False),
            ),
        )
        for each in shown
    ), len(rows)  # fmt: skip


def _popular(lines: duckdb.DuckDBPyConnection, shelf: Shelf, wanted: Wanted) -> Found:
    """What sells most now, for somebody of whom nothing is known; nothing of it is bought again."""
    popular = shelf.popular[(shelf.last_sold[shelf.popular] >= wanted.sold_since) & (wanted.kind != "again")]
    shown = popular[wanted.first : wanted.first + wanted.limit].tolist()
    names = _names(lines, shelf, shown)
    return Found(
        page=tuple(
            Recommended(
                product=names[each], probability=None, rhythm=None, reasons=of_shop(shelf, each, is_only=True)
            )
            for each in shown
        ),
        total=len(popular), is_own=False, returned=0, unsold=0,
    )  # fmt: skip


def _of_kind(of: Candidates, kind: Kind) -> Flags:
    if kind == "any":
        return np.ones(len(of.place), np.bool_)
    return of.owned >= 0 if kind == "again" else of.owned < 0


def _returned(gave: Returned, of: Candidates, shelf: Shelf) -> Flags:
    """Which candidates the one customer gave back and did not buy again afterwards."""
    days = dict(zip(gave.product.tolist(), gave.day.tolist(), strict=True))
    back = np.array([days.get(product, -1) for product in shelf.products[of.place].tolist()], np.int64)
    last = np.where(of.owned >= 0, np.append(of.of.last, 0)[of.owned], 0)
    return (back >= 0) & (back >= last)


def _unsold(shelf: Shelf, place: Whole, bought: Purchases, wanted: Wanted) -> Flags:
    """Which products nobody has bought lately; what the customer bought after the shelf was looked at counts too."""
    last = shelf.last_sold.copy()
    at = np.minimum(shelf.places(bought.product), len(shelf.products) - 1)
    there = shelf.products[at] == bought.product
    np.maximum.at(last, at[there], bought.day[there])
    return last[place] < wanted.sold_since


def _companions(of: Candidates, shelf: Shelf, rows: Whole, cut: int) -> list[int]:
    return [place for row in rows.tolist() for place, _, _ in together(of, shelf, row, cut)]


def _names(lines: duckdb.DuckDBPyConnection, shelf: Shelf, places: Sequence[int]) -> dict[int, Product]:
    """The names of the products at these places."""
    keys = {int(shelf.products[place]): int(place) for place in places}
    return {
        keys[key]: Product(product_id=product_id, name=name, category=category)
        for key, product_id, name, category in lines.execute(NAMES, [list(keys)]).fetchall()
    }
