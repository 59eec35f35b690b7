"""What a figure is: its definition, formula, thresholds, unit, period and source, and an example worked out by hand.

A subject's metrics are declared beside the code that works them out; `definitions` gathers them. Thresholds are the
very constants of that code. The examples are run by the tests, on a database, as they stand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pydantic import BaseModel, JsonValue

COLUMNS = ("order_id", "customer_id", "placed_at", "product_id", "product", "category", "quantity", "unit_price",
           "discount", "refund", "country")  # fmt: skip
EXACT = 1e-9  # how near a worked value must come, relative to it, where nothing else is said


@dataclass(frozen=True, slots=True)
class Sale:
    """A line of an order of an example: `price` is of one, `discount` and `refund` are of the whole line.

    `day` is a day, at noon, or a moment. With `times` it happens again every so many days, `{n}` in order, customer and
    product counting from 1.
    """

    order: str
    customer: str | None
    day: str
    price: float
    product: str | None = None
    category: str | None = None
    quantity: float = 1
    discount: float | None = None
    refund: float | None = None
    times: int = 1
    every: int = 1  # days

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When it happens."""
        first = datetime.fromisoformat(self.day if "T" in self.day else f"{self.day}T12:00")
        return tuple(first + timedelta(days=self.every * number) for number in range(self.times))

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The line as COLUMNS of a file that is imported, so many times."""
        said = (self.category, self.quantity, self.price, self.discount, self.refund, None)
        words = tuple("" if each is None else str(each) for each in said)
        found = list[tuple[str, ...]]()
        for number, at in enumerate(self.moments, 1):
            order, customer, product = (
                (each or "").format(n=number) for each in (self.order, self.customer, self.product)
            )
            found.append((order, customer, at.isoformat(), product, product, *words))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The orders of an example. Asked are its figures on the day after the last of them, in UTC and EUR."""

    name: str
    about: str
    sales: tuple[Sale, ...]

    @property
    def as_of(self) -> date:
        """The day that is asked about."""
        return max(at for sale in self.sales for at in sale.moments).date() + timedelta(days=1)

    @property
    def csv(self) -> str:
        """The file that is imported."""
        rows = [COLUMNS, *(row for sale in self.sales for row in sale.rows)]
        return "".join(",".join(row) + "\n" for row in rows)


@dataclass(frozen=True, slots=True)
class Ask:
    """An operation asked of a shop, and with what."""

    shop: Shop
    operation: str
    arguments: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


@dataclass(frozen=True, slots=True)
class Worked:
    """A value of an answer and how it comes about.

    `at` is the way to it: names, places in lists, `name=word` for the first of a list whose name is that word, `*` for
    all, which are added up. `value` is a number, or ways to values of the same answer, joined by ` + ` and ` * `.
    `ask` is its own where it is not the subject's. `to` is how near it must come, relative to it.
    """

    at: str
    value: float | str
    how: str
    ask: Ask | None = None
    to: float = EXACT


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A value of one function of the code, with what it is given in words: for what no few orders can show."""

    run: Callable[[], float]
    given: str
    value: float
    how: str
    to: float = EXACT


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that decides something, and what."""

    name: str
    value: float
    decides: str


Shown = tuple[type[BaseModel], str]


def of(record: type[BaseModel], *fields: str) -> tuple[Shown, ...]:
    """The fields of an answer's record in which a metric is shown."""
    return tuple((record, name) for name in fields)


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure; its period and its source are the subject's where it has none of its own."""

    name: str
    title: str
    definition: str
    formula: str
    unit: str
    shown: tuple[Shown, ...]
    worked: tuple[Worked | Reckoned, ...]
    period: str = ""
    thresholds: tuple[Threshold, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Metrics that belong together, on one page."""

    name: str
    title: str
    about: str
    period: str
    source: str
    metrics: tuple[Metric, ...]
    ask: Ask | None = None
    thresholds: tuple[Threshold, ...] = ()


def as_told(of: Subject, metric: Metric) -> tuple[str, str]:
    """The period and the source of a metric."""
    return metric.period or of.period, metric.source or of.source


def ask_of(of: Subject, worked: Worked | Reckoned) -> Ask | None:
    """What is asked for a worked value; None where a function alone is."""
    return (worked.ask or of.ask) if isinstance(worked, Worked) else None


def told(of: Subject, worked: Worked | Reckoned) -> str:
    """A worked value in words."""
    if isinstance(worked, Reckoned):
        return f"{worked.given}: {number(worked.value)}{_near(worked.to)}; {worked.how}."
    ask = ask_of(of, worked)
    assert ask is not None, f"{of.name}: {worked.at} is asked of no shop"
    said = ", ".join(f"{name} {value}" for name, value in ask.arguments.items())
    value = f"as `{worked.value}`" if isinstance(worked.value, str) else number(worked.value)
    asked = f"`{ask.operation}`{f' with {said}' if said else ''}"
    return f"{asked} gives `{worked.at}` {value}{_near(worked.to)}: {worked.how}."


def _near(to: float) -> str:
    return "" if to <= EXACT else f", to {to:.2g} of it"


def number(value: float) -> str:
    """A number as it is written for people."""
    return f"{value:,.10g}"
