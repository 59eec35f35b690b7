"""How groups of customers buy: averages and preferences against the whole shop, all groups in one pass."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from switchboard.intelligence.features import FEATURES, MONEY, AsOf, Persons
from switchboard.intelligence.group_records import Behaviour, Bought, Difference, FeatureMean, GroupShown
from switchboard.intelligence.questions.orders import bought
from switchboard.intelligence.questions.parts import money, share

SHOWN = (
    "lifetime_value", "orders", "orders_365", "orders_90", "average_order_value", "recency_days", "tenure_days",
    "deal_share", "discount_share", "return_share",
)  # fmt: skip
# `mask` says of a customer which of the groups they are in, the first by its lowest bit.
FIGURES = """
with bought as (
    select person, count_if(begins)::bigint as orders, count_if(begins and day >= {day} - 365)::bigint as orders_365,
        count_if(begins and day >= {day} - 90)::bigint as orders_90,
        min(day) as first, max(day) as last, sum(gross)::double as gross,
        sum(coalesce(discount, 0))::double as discount,
        sum(case when discount > 0 then gross - discount else 0 end)::double as deals
    from ({bought}) group by person),
worth as (
    select person, sum(gross - coalesce(discount, 0) - refund)::double as net, sum(refund)::double as refund
    from sale where second < {second} and person is not null group by person),
figures as (
    select coalesce(mask, 0) as mask, net / {money} as lifetime_value, orders, orders_365, orders_90,
        net / {money} / orders as average_order_value, {day} - last as recency_days, {day} - first as tenure_days,
        deals / nullif(gross - discount, 0) as deal_share, discount / gross as discount_share,
        refund / gross as return_share
    from bought join worth using (person) left join member using (person))
select mask, count(*) as customers, {sums} from figures group by mask
"""
SOLD = """
create or replace temporary table sold as
select product, coalesce(mask, 0) as mask, sum(gross - coalesce(discount, 0) - refund)::bigint as net,
    count_if(gross > 0)::bigint as lines
from sale left join member using (person)
where second < {second} and person is not null and product is not null group by all
"""
# Of a group what it spends most on, beside what all customers spend on the same; names are read of those alone.
TOP = """
with of as (
    select {key} as key, sum(case when {has} then net else 0 end)::bigint as net, sum(net)::bigint as shop_net,
        sum(case when {has} then lines else 0 end)::bigint as lines
    from {sold} where key is not null group by key),
most as (
    select *, sum(net) over ()::bigint as whole, sum(shop_net) over ()::bigint as shop from of
    qualify net > 0 and rank() over (order by net desc) <= {limit})
select {id} as product_id, {name} as name, net, lines, shop_net, whole, shop
from most left join {named} n on n.{key} = most.key order by net desc, product_id, name limit {limit}
"""
PRODUCT = {"key": "product", "sold": "sold", "named": "product", "id": "n.product_id", "name": "n.name"}
CATEGORY = {
    "key": "category", "sold": "sold join product using (product)", "named": "category", "id": "null::varchar",
    "name": "n.name",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group and who is in it; None: everybody."""

    shown: GroupShown
    persons: Persons | None


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """Over some customers: how many they are, and of each figure the sum and how many have it."""

    customers: int
    figures: Mapping[str, tuple[float, int]]

    def mean(self, name: str) -> float | None:
        return share(*self.figures[name])


def behaviours(
    lines: duckdb.DuckDBPyConnection, as_of: AsOf, groups: Sequence[Group], limit: int
) -> tuple[Behaviour, ...]:
    """How each of the groups buys up to the moment."""
    _mark(lines, groups)
    by_mask = _figures(lines, as_of)
    lines.execute(SOLD.format(second=as_of.second))
    shop = _together(list(by_mask.values()))
    return tuple(
        _behaviour(
            group.shown, of, shop,
            (_top(lines, PRODUCT, _has(place, group), limit), _top(lines, CATEGORY, _has(place, group), limit)),
        )
        for place, group in enumerate(groups)
        for of in [_together([each for mask, each in by_mask.items() if group.persons is None or mask >> place & 1])]
    )  # fmt: skip


def in_both(one: Group, other: Group, customers: tuple[int, int]) -> int:
    """How many are in both groups, which have so many `customers`."""
    if one.persons is None or other.persons is None:
        return customers[1] if one.persons is None else customers[0]
    return len(np.intersect1d(one.persons, other.persons))


def differences(one: Behaviour, other: Behaviour) -> tuple[Difference, ...]:
    """The figures of two groups side by side, those that differ most first; what has no ratio comes last."""
    found = [
        Difference(
            feature=mine.feature, unit=mine.unit, one=mine.mean, other=theirs.mean,
            ratio=None if mine.mean is None else share(mine.mean, theirs.mean or 0),
        )
        for mine, theirs in zip(one.features, other.features, strict=True)
    ]  # fmt: skip
    return tuple(sorted(found, key=_unlike, reverse=True))


def _mark(lines: duckdb.DuckDBPyConnection, groups: Sequence[Group]) -> None:
    """Make the table of who is in which group."""
    sides = [np.unique(np.zeros(0, np.int64) if each.persons is None else each.persons) for each in groups]
    persons = np.unique(np.concatenate(sides))
    mask = np.zeros(len(persons), np.int64)
    for place, side in enumerate(sides):
        mask[np.searchsorted(persons, side)] |= 1 << place
    lines.register("part", {"person": persons, "mask": mask})
    lines.execute("create or replace temporary table member as select person, mask from part")
    lines.unregister("part")


def _figures(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> dict[int, _Sums]:
    sums = ", ".join(f"sum({name})::double, count({name})" for name in SHOWN)
    sql = FIGURES.format(day=as_of.day, second=as_of.second, money=MONEY, sums=sums, bought=bought(as_of))
    return {
        mask: _Sums(
            customers=customers,
            figures={name: (rest[2 * at] or 0.0, rest[2 * at + 1]) for at, name in enumerate(SHOWN)},
        )
        for mask, customers, *rest in lines.execute(sql).fetchall()
    }


def _together(parts: Sequence[_Sums]) -> _Sums:
    return _Sums(
        customers=sum(each.customers for each in parts),
        figures={
            name: (math.fsum(each.figures[name][0] for each in parts), sum(each.figures[name][1] for each in parts))
            for name in SHOWN
        },
    )


def _has(place: int, group: Group) -> str:
    """The condition that a line is of somebody in the group."""
    return "true" if group.persons is None else f"(mask & {1 << place}) <> 0"


def _top(lines: duckdb.DuckDBPyConnection, what: Mapping[str, str], has: str, limit: int) -> tuple[Bought, ...]:
    rows = lines.execute(TOP.format(**what, has=has, limit=int(limit))).fetchall()
    return tuple(
        Bought(
            product_id=product_id, name=name, net=money(net), lines=count, share=(mine := _part(net, whole)),
            shop_share=(all_spend := _part(shop_net, shop)),
            lift=None if mine is None or all_spend is None else share(mine, all_spend),
        )
        for product_id, name, net, count, shop_net, whole, shop in rows
    )  # fmt: skip


def _part(net: int, whole: int) -> float | None:
    return net / whole if whole > 0 else None


def _behaviour(
    shown: GroupShown, of: _Sums, shop: _Sums, top: tuple[tuple[Bought, ...], tuple[Bought, ...]]
) -> Behaviour:
    value, whole = of.figures["lifetime_value"][0], shop.figures["lifetime_value"][0]
    return Behaviour(
        group=shown,
        customers=of.customers,
        share=of.customers / shop.customers,
        total_value=value,
        value_share=value / whole if whole > 0 else None,
        features=tuple(
            FeatureMean(
                feature=name, unit=FEATURES[name].unit, mean=mean, shop_mean=whole_mean,
                lift=None if mean is None else share(mean, whole_mean or 0),
            )
            for name in SHOWN
            for mean, whole_mean in [(of.mean(name), shop.mean(name))]
        ),
        products=top[0],
        categories=top[1],
    )  # fmt: skip


def _unlike(each: Difference) -> float:
    """How far a ratio is from 1, the same for a half and a double; one that is not positive is furthest."""
    if each.ratio is None:
        return -1.0
    return abs(math.log(each.ratio)) if each.ratio > 0 else math.inf
