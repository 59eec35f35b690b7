"""Whatever orders a shop has and however it writes them down, the same orders come in."""

import csv
import gzip
import io
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.customers.imports.importing import Came, imported

HEADER = ("order_id", "customer_id", "placed_at", "product_id", "product", "quantity", "unit_price", "discount")
TEXT = st.text(st.sampled_from("abcXYZéü€ñ 12,;|\"'\t\n#"), min_size=1, max_size=8).map(str.strip).filter(bool)
MONEY = st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100)


@dataclass(frozen=True)
class Line:
    order: str
    customer: str
    placed: datetime
    product: str
    name: str
    quantity: int
    price: Decimal
    discount: Decimal


@dataclass(frozen=True)
class Style:
    delimiter: str
    encoding: str
    mark: str
    thousands: str
    dates: str
    packed: bool
    as_json: bool


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """Orders of a few lines; the first date can only be read one way."""
    found: list[Line] = []
    for number in range(draw(st.integers(1, 5))):
        placed = datetime(2023, 1, 1) + timedelta(minutes=draw(st.integers(0, 500_000)))  # noqa: DTZ001 - local
        customer = draw(st.sampled_from(["C1", "C2", "Zoë, née X"]))
        for product in range(draw(st.integers(1, 3))):
            name = draw(TEXT) if draw(st.booleans()) else ""
            amounts = (draw(st.integers(-3, 2000)), draw(MONEY), draw(MONEY))
            found.append(Line(f"A{number}", customer, placed, f"P{product}", name, *amounts))
    certain = Line("A-first", "C0", datetime(2023, 5, 25, 13, 7), "P9", "x", 1, Decimal("1234.5"), Decimal("0.25"))  # noqa: DTZ001 - local
    return [certain, *draw(st.permutations(found))]


DATES = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M"]
STYLES = st.builds(
    Style,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    mark=st.sampled_from([".", ","]),
    thousands=st.sampled_from(["", " ", "other"]),
    dates=st.sampled_from(
        ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M"]
    ),
    packed=st.booleans(),
    as_json=st.booleans(),
)


def written(found: list[Line], style: Style) -> bytes:
    rows = [
        (
            line.order,
            line.customer,
            line.placed.strftime(style.dates),
            line.product,
            line.name,
            money(Decimal(line.quantity), style),
            money(line.price, style),
            money(line.discount, style),
        )
        for line in found
    ]
    if style.as_json:
        data = "".join(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in rows).encode()
    else:
        out = io.StringIO()
        csv.writer(out, delimiter=style.delimiter, lineterminator="\n").writerows([HEADER, *rows])
        data = out.getvalue().encode(style.encoding)
    return gzip.compress(data) if style.packed else data


def money(amount: Decimal, style: Style) -> str:
    other = "." if style.mark == "," else ","
    group = other if style.thousands == "other" else style.thousands
    plain = f"{amount:,}" if amount == amount.to_integral_value() and "." not in str(amount) else f"{amount:,.2f}"
    return plain.translate({ord(","): group, ord("."): style.mark})


def came_in(came: Came) -> Counter[tuple[object, ...]]:
    orders = {row["document_no"]: row for row in came["document"]}
    products = {row["product_no"]: row for row in came["product"]}
    return Counter(
        (
            orders[line["document_no"]]["order_key"],
            orders[line["document_no"]]["customer"],
            orders[line["document_no"]]["placed_at"],
            products[line["product_no"]]["product_id"],
            *(line[name] for name in ("quantity", "gross", "discount", "refund")),
        )
        for line in came["line"]
    )


def expected(found: list[Line]) -> Counter[tuple[object, ...]]:
    return Counter(
        (
            line.order,
            line.customer,
            line.placed,
            line.product,
            line.quantity * 10_000,
            max(0, int(line.quantity * line.price * 10_000)),
            int(line.discount * 10_000) if line.quantity >= 0 else 0,
            max(0, int((-line.quantity * line.price - line.discount) * 10_000)) if line.quantity < 0 else 0,
        )
        for line in found
    )


@pytest.mark.heavy
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=lines(), style=STYLES)
def test_orders_in_any_style_come_in_equal(found: list[Line], style: Style):
    with tempfile.TemporaryDirectory() as folder:
        came = imported(written(found, style), Path(folder), name="orders")
    assert came.quarantine == []
    assert came_in(came) == expected(found)


@pytest.mark.heavy
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=lines(), styles=st.tuples(STYLES, STYLES))
def test_content_depends_on_what_is_ordered_only(found: list[Line], styles: tuple[Style, Style]):
    contents: list[dict[object, object]] = []
    for style, order in ((styles[0], found), (styles[1], [found[0], *reversed(found[1:])])):
        with tempfile.TemporaryDirectory() as folder:
            came = imported(written(order, style), Path(folder), name="orders")
        contents.append({row["order_key"]: row["content"] for row in came["document"]})
    assert contents[0] == contents[1]
