"""Columns of a customers file that are no field: what their values are, and how each becomes JSON of a type."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from switchboard.customers.cards import MASK, without_cards
from switchboard.customers.imports.dates import style_of
from switchboard.customers.imports.detection import decimal_mark_of
from switchboard.customers.imports.presets import simple
from switchboard.customers.imports.records import AttributeType, DateStyle, Extra, Plan
from switchboard.customers.imports.sql import literal
from switchboard.customers.imports.values import moment
from switchboard.customers.imports.work import Work

LONGEST_NAME, LONGEST_VALUE, MOST_ITEMS = 80, 4_000, 100  # letters, letters, items of a list
NAME = re.compile(rf'\w[^\x00-\x1f\x7f"\\]{{0,{LONGEST_NAME - 1}}}')
YES = "['yes', 'y', 'true', 't', '1', 'on', 'subscribed', 'opted in', 'opt-in', 'granted', 'ja', 'oui', 'si', 'sí']"
NO = "['no', 'n', 'false', 'f', '0', 'off', 'unsubscribed', 'not_subscribed', 'opted out', 'opt-out', 'denied', 'nein']"
PLAIN_FLAGS = ["yes", "no", "true", "false", "y", "n", "t", "f"]
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "PLN": "zł", "CHF": "Fr.", "BRL": "R$"}
AS_ID = r"[-+]?0\d.*"
"""What begins with a zero is an id or a postal code."""
EMAIL = re.compile(r"[^@\s]@[^@\s]+\.[^@\s]")
PHONE = re.compile(r"[+(]?\d[\d ()/.-]{5,}\d")
CONTACT = ("phone", "mobile", "fax", "tel", "cell", "whatsapp")
NAMES = (
    "firstname", "lastname", "surname", "fullname", "givenname", "familyname", "middlename", "nickname", "address1",
    "address2", "address3", "street", "street2", "addressline1", "addressline2", "defaultaddressaddress2",
    "vorname", "nachname", "strasse", "prenom", "nom", "nombre", "apellido", "apellidos",
)  # fmt: skip
SEEN, AT_ONCE = 1_000, 50  # values, columns
TEXT: AttributeType = "text"
FEW, LONGEST_NUMBER, LONGEST_DATE = 50, 40, 40  # values, letters, letters
GROUPS = "' \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{RIGHT SINGLE QUOTATION MARK}"
"""What may stand between thousands beside . and ,"""


def extras_of(work: Work, plan: Plan, places: Sequence[int]) -> tuple[Extra, ...]:
    """What the columns at these places are, by all of their values in the table `kept`."""
    found = list[Extra]()
    for begin in range(0, len(places), AT_ONCE):
        some = places[begin : begin + AT_ONCE]
        columns = ", ".join(f"t{place}" for place in some)
        seen = work.rows_of(f"SELECT {columns} FROM kept LIMIT {SEEN}")  # noqa: S608 - names of our own
        sample = zip(*seen, strict=True) if seen else ((),) * len(some)  # every row may be wrong
        guessed = [
            _guess(plan, place, [str(value) for value in values if value is not None])
            for place, values in zip(some, sample, strict=False)
        ]
        tests = [test for guess in guessed for _, test in guess.tests] or ["count(*)"]
        fits = iter(work.rows_of(f"SELECT {', '.join(tests)} FROM kept")[0])  # noqa: S608 - made of names of our own
        for guess in guessed:
            kinds: list[AttributeType] = [kind for kind, _ in guess.tests if next(fits)]
            kind = kinds[0] if kinds else TEXT
            found.append(
                Extra(
                    name=guess.name,
                    place=guess.place,
                    kind=kind,
                    mark=guess.mark,
                    dates=guess.dates,
                    kept_out=_kept_out(guess.name, kind, guess.values),
                )
            )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guess:
    """What a column may be by some of its values, and in SQL whether all of them are so."""

    name: str
    place: int
    values: list[str]
    mark: Literal[".", ","]
    dates: DateStyle | None
    tests: tuple[tuple[AttributeType, str], ...]


def _guess(plan: Plan, place: int, values: list[str]) -> _Guess:
    cell, (mark, _), dates = f"t{place}", decimal_mark_of(values), style_of_column(values, plan.dates)
    tests: dict[AttributeType, Callable[[], str]] = {
        "flag": lambda: f"list_contains({PLAIN_FLAGS}, lower({cell}))",
        "number": lambda: f"NOT regexp_full_match({cell}, {literal(AS_ID)}) AND {_number(cell, mark)} IS NOT NULL",
        "date": lambda: f"{_day(cell, dates)} IS NOT NULL",
        "list": lambda: f"starts_with({cell}, '[') AND {_items(cell)} IS NOT NULL",
    }
    return _Guess(
        name=without_cards(" ".join(plan.columns[place].split())), place=place, values=values, mark=mark, dates=dates,
        tests=tuple(
            (kind, f"coalesce(bool_and({cell} IS NULL OR ({tests[kind]()})), false)") for kind in _likely(values, dates)
        ),
    )  # fmt: skip


def _likely(values: list[str], dates: DateStyle | None) -> Iterator[AttributeType]:
    """What the column may be by a few of its values: the others are not looked at for what they can not be."""
    few = values[:FEW]
    if few and all(value.lower() in PLAIN_FLAGS for value in few):
        yield "flag"
    if few and all(value[-1].isdigit() and len(value) <= LONGEST_NUMBER for value in few):
        yield "number"
    if few and dates and all(len(value) <= LONGEST_DATE for value in few):
        yield "date"
    if few and all(value.startswith("[") for value in few):
        yield "list"


def _kept_out(name: str, kind: AttributeType, values: list[str]) -> str | None:
    """Contact data is kept sealed, in its fields, and nowhere else; and no name holds a card's number."""
    if MASK in name:
        return "its name holds a card's number; name the column otherwise"
    if not NAME.fullmatch(name):
        return f"no name of at most {LONGEST_NAME} letters that begins with a letter or a digit"
    short = simple(name)
    addresses = sum(1 for value in values if EMAIL.search(value))
    phones = sum(1 for value in values if PHONE.fullmatch(value))
    numbered = phones * 2 > len(values) and any(word in short for word in CONTACT)
    if addresses * 2 > len(values) or numbered or (kind == "text" and short in NAMES):
        return "contact data: map the column to its field"
    return None


def style_of_column(values: list[str], of_file: DateStyle) -> DateStyle | None:
    """How the dates of a column are written; where day and month can not be told apart, in the order of the file."""
    style = style_of(values)
    if style and style.ambiguous and of_file.order in {"day_first", "month_first"}:
        return style_of(values, of_file.order)
    return style


def as_json(kind: AttributeType, cell: str, of: Extra, currency: str) -> str:
    """The value as JSON text in SQL; NULL where it is none of the type, or too long."""
    made: dict[AttributeType, Callable[[], str]] = {
        "text": lambda: f"to_json({_text(cell)})::VARCHAR",
        "number": lambda: _number(cell, of.mark),
        "money": lambda: _number(_without_currency(cell, currency), of.mark),
        "flag": lambda: (
            f"CASE WHEN list_contains({YES}, lower({cell})) THEN 'true' "
            f"WHEN list_contains({NO}, lower({cell})) THEN 'false' END"
        ),
        "date": lambda: f"to_json({_day(cell, of.dates)})::VARCHAR",
        "list": lambda: f"to_json({_items(cell)})::VARCHAR",
    }
    return f"CASE WHEN length({cell}) <= {LONGEST_VALUE} THEN {made[kind]()} END"


def _text(cell: str) -> str:
    """PostgreSQL keeps no NUL in a text."""
    return f"replace({cell}, chr(0), '')"


def _number(cell: str, mark: str) -> str:
    """Up to fifteen digits, thousands in groups of three or none."""
    group = "," if mark == "." else "."
    form = rf"[-+]?(\d{{1,15}}|\d{{1,3}}([{group}{GROUPS}]\d{{3}}){{1,4}})([{mark}]\d{{1,12}})?"
    digits = f"replace(translate({cell}, {literal(group + GROUPS)}, ''), '{mark}', '.')"
    number = f"try_cast({digits} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({cell}, {literal(form)}) THEN "
        f"CASE WHEN {number} = trunc({number}) THEN {number}::BIGINT::VARCHAR ELSE {number}::VARCHAR END END"
    )


def _without_currency(cell: str, currency: str) -> str:
    """An amount of the workspace's currency without its sign or code."""
    own = "|".join(re.escape(mark) for mark in (currency, SIGNS.get(currency, "")) if mark)
    around = rf"^({own})\s*|\s*({own})$"
    return f"regexp_replace({cell}, {literal(around)}, '', 'g')"


def _day(cell: str, style: DateStyle | None) -> str:
    """The day in the workspace's zone, as ISO 8601 writes it."""
    style = style or DateStyle(order="iso")
    at = moment(cell, style)
    wall = f"timezone('UTC', {at})::TIMESTAMP" if style.zoned else at
    return f"CASE WHEN year({wall}) BETWEEN 1000 AND 9999 THEN strftime({wall}, '%Y-%m-%d') END"


def _items(cell: str) -> str:
    """The distinct texts of a JSON array, or what stands between ; or | or, where there are none of these, commas."""
    mark = f"CASE WHEN regexp_matches({cell}, '[;|]') THEN '[;|]' ELSE ',' END"
    array = f"from_json(CASE WHEN json_valid({cell}) THEN {cell} END, '[\"VARCHAR\"]')"
    told = f"CASE WHEN starts_with({cell}, '[') THEN {array} ELSE string_split_regex({_text(cell)}, {mark}) END"
    trimmed = f"list_filter(list_transform({told}, lambda item: trim(item)), lambda item: item <> '')"
    distinct = f"list_filter({trimmed}, lambda item, place: list_position({trimmed}, item) = place)"
    return f"CASE WHEN len({trimmed}) <= {MOST_ITEMS} THEN {distinct} END"
