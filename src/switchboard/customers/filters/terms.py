"""A filter once it is understood: terms with the mirror's names in them, and values of the right type."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Value = str | float | bool
Operator = Literal[
    "is", "in", "contains", "starts_with", "at_least", "at_most", "more_than", "less_than", "before", "after", "known"
]


@dataclass(frozen=True, kw_only=True)
class Test:
    """One thing that has to hold of a value, or must not. Moments are Unix time."""

    operator: Operator
    values: tuple[Value, ...]
    holds: bool = True


@dataclass(frozen=True, kw_only=True)
class All:
    """All of these hold; everybody when there are none."""

    terms: "Sequence[Term]"


@dataclass(frozen=True, kw_only=True)
class Any:
    """One of these holds; nobody when there are none."""

    terms: "Sequence[Term]"


@dataclass(frozen=True, kw_only=True)
class Not:
    """This does not hold."""

    term: "Term"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number or moment in a column of the mirror's customers; `single` when it holds four bytes."""

    column: str
    tests: tuple[Test, ...]
    single: bool = False


@dataclass(frozen=True, kw_only=True)
class Coded:
    """A column of the mirror's customers is one of these numbers."""

    column: str
    codes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Worded:
    """A text of the mirror's customers is one of these, accents and capitals aside where it is `folded`."""

    column: str
    words: tuple[str, ...]
    folded: bool


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """An attribute, by its number; `hides_contact`: addresses and numbers in its texts are compared as if not there."""

    number: int
    tests: tuple[Test, ...]
    hides_contact: bool = False


@dataclass(frozen=True, kw_only=True)
class Span:
    """Facts from one moment on and before another, in Unix time; None is open."""

    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, kw_only=True)
class Bought:
    """Orders with one of these products or categories (None: any), how many and for how much, net."""

    products: tuple[int, ...] | None
    categories: tuple[int, ...] | None
    span: Span
    times: tuple[int, int | None]
    spent: tuple[float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class Did:
    """Events of these kinds, and how many."""

    kinds: tuple[int, ...]
    span: Span
    times: tuple[int, int | None]


@dataclass(frozen=True, kw_only=True)
class Near:
    """Within so many kilometres of a place, along the great circle."""

    lat: float
    lon: float
    km: float


@dataclass(frozen=True, kw_only=True)
class People:
    """These people, by their ids."""

    customer_ids: tuple[str, ...]


Term = All | Any | Not | Figure | Coded | Worded | Attribute | Bought | Did | Near | People
