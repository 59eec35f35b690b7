"""A piece of JSON and where in the filter it stands, so that an error can point at it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from pydantic.alias_generators import to_snake
from typing_extensions import TypeIs

from switchboard.customers.filters.terms import Value
from switchboard.customers.filters.vocabulary import At
from switchboard.foundation.errors import Invalid

LONGEST_TEXT = 200
MOST_VALUES = 1_000
LARGEST = 1e15
MOST_DAYS = 36_500
LONGEST_SHOWN = 60
MOST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value as JSON has it, at a path such as `filter.all[1].bought.times_at_least`."""

    path: str
    value: object

    @property
    def fields(self) -> "Mapping[object, object] | None":
        """The value, if it is an object."""
        return self.value if _is_object(self.value) else None

    @property
    def values(self) -> "Sequence[object] | None":
        """The value, if it is a list."""
        return self.value if _is_list(self.value) else None

    def wrong(self, what: str) -> Invalid:
        """The error of this value: what is wrong, and what to do."""
        return Invalid(f"{self.path}: {what}", field=self.path)

    def record(self, *names: str) -> "dict[str, Given]":
        """The fields by name, written in snake_case or camelCase; raise Invalid for one that is none of the names."""
        if self.fields is None:
            raise self.wrong(f"must be an object with one of {listed(names)}, as in {{{names[0]!r}: …}}")
        found: dict[str, Given] = {}
        for key, value in self.fields.items():
            given = str(key)
            name = given if given in names else to_snake(given)
            inner = Given(path=f"{self.path}.{short(given)}", value=value)
            if name not in names:
                raise inner.wrong(f"there is no such field; {meant(given, names)}")
            if name in found:
                raise inner.wrong("is given twice; leave one out")
            found[name] = inner
        return found

    def items(self, least: int = 1) -> "tuple[Given, ...]":
        """The values of a list."""
        found = self.values
        if found is None:
            raise self.wrong("must be a list, as in [ … ]")
        if not least <= len(found) <= MOST_VALUES:
            raise self.wrong(f"a list of {least} to {MOST_VALUES:,} values is asked for; this one has {len(found):,}")
        return tuple(Given(path=f"{self.path}[{n}]", value=each) for n, each in enumerate(found))

    def one_or_more(self) -> "tuple[Given, ...]":
        """The values of a list, or the value that stands alone."""
        return (self,) if self.values is None else self.items()

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str):
            raise self.wrong(f"must be a text, not {_kind(self.value)}")
        if not self.value.strip() or len(self.value) > LONGEST_TEXT:
            raise self.wrong(f"must be a text of 1 to {LONGEST_TEXT} letters")
        if "\0" in self.value:
            raise self.wrong("text can not hold the character U+0000; leave it out")
        try:
            self.value.encode()
        except UnicodeEncodeError:
            raise self.wrong("holds half a letter (a lone surrogate); write it anew") from None
        return self.value

    def named(self, known: Iterable[str], what: str) -> str:
        """One of the known names; raise Invalid with what may have been meant."""
        name, names = self.text(), tuple(known)
        if name in names:
            return name
        raise self.wrong(f"there is no {what} {short(name)!r}; {meant(name, names)}")

    def number(self, low: float = -LARGEST, high: float = LARGEST) -> float:
        """A number in the range."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.wrong(f"must be a number, not {_kind(self.value)}")
        if not math.isfinite(self.value) or not low <= self.value <= high:
            raise self.wrong(f"must be a number from {low:,.12g} to {high:,.12g}")
        return float(self.value)

    def whole(self, low: int, high: int) -> int:
        """A whole number in the range."""
        number = self.number(low, high)
        if number != int(number):
            raise self.wrong("must be a whole number")
        return int(number)

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong(f"must be true or false, not {_kind(self.value)}")
        return self.value

    def value_of(self) -> Value:
        """A text, a number, or true or false."""
        if isinstance(self.value, bool):
            return self.value
        return self.text() if isinstance(self.value, str) else self.number()

    def moment(self, at: At) -> int:
        """Unix time of an instant; of a bare date, the start of that day in the workspace's zone."""
        text = self.text().strip()
        try:
            if len(text) == len("2024-01-31"):
                return at.of_day(date.fromisoformat(text))
            said = datetime.fromisoformat(text)
            return int((said if said.tzinfo else said.replace(tzinfo=at.zone)).timestamp())
        except (ValueError, OverflowError):
            raise self.wrong("must be a date or an instant, as in 2024-01-31 or 2024-01-31T12:00:00Z") from None

    def days(self) -> int:
        """A number of days."""
        return self.whole(0, MOST_DAYS)


def _is_object(value: object) -> TypeIs[Mapping[object, object]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeIs[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def meant(given: str, names: Sequence[str]) -> str:
    """What may have been meant, else what there is."""
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(given.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    return f"there are {listed(names)}" if names else "there are none yet"


def listed(names: Sequence[str]) -> str:
    """The first of the names."""
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return ", ".join(short(name) for name in names[:MOST_SHOWN]) + more


def short(text: str) -> str:
    """As much of a text as an error repeats."""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case _:
            return "a list"
