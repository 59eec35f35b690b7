"""Numbers of payment cards, masked in what people wrote before any of it is kept.

A number is a card's when its length and beginning are an issuer's and its last digit fits (Luhn). Digits may stand in
groups of four and more, in the digits, spaces and hyphens of any script; as cards show them, with other marks between,
too. What is a bare number of 13 digits is left alone: that is how products are numbered (EAN), and
no issuer has given such a card for decades; inside a text it is masked.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

MASK = "•••• •••• •••• "
SHORTEST, LONGEST = 13, 19
GROUP = 4  # digits a group has at least, the last excepted
MAYBE = r"\p{Nd}[\p{Nd}\p{Z}\p{Pd}\p{Cf}\s._/|\\nrt-]{11,}\p{Nd}"
"""In DuckDB's words: what may hold one; most texts do not. With what JSON writes for the end of a line."""
IN_GROUPS = re.compile(r"[2-6]\d{3}([ -]\d{4}){3}|3[47]\d{2}[ -]\d{6}[ -]\d{5}", re.ASCII)
A_CARD = "a card's number; use another"
DIGITS = re.compile(r"\d+(?:[ -]\d+|\.\d{4}(?!\d))*", re.ASCII)
BETWEEN = r"[\s._/|-]{1,3}"
SHOWN = re.compile(
    rf"(?<!\d)(?:[2-6]\d{{3}}(?:{BETWEEN}\d{{4}}){{3}}|3[47]\d{{2}}{BETWEEN}\d{{6}}{BETWEEN}\d{{5}})(?!\d)", re.ASCII
)
"""In the groups that cards show, whatever stands between them."""
ONE_GROUP = re.compile(r"\d+", re.ASCII)
PRODUCT = re.compile(r"\d{13}", re.ASCII)
NAMES_A_THING = re.compile(r"(^|[_\W])(id|ids|key|sku|ean|gtin|upc|isbn|barcode|imei|iccid|phone|mobile|tel|tracking)$")
ISSUERS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (13, 16, 19)),
    (51, 55, (16,)),
    (2221, 2720, (16,)),
    (34, 34, (15,)),
    (37, 37, (15,)),
    (300, 305, (14, 16, 17, 18, 19)),
    (36, 36, (14, 16, 17, 18, 19)),
    (38, 39, (14, 16, 17, 18, 19)),
    (3528, 3589, (16, 17, 18, 19)),
    (2200, 2204, (16, 17, 18, 19)),
    (50, 50, (16, 17, 18, 19)),
    (56, 58, (16, 17, 18, 19)),
    (60, 69, (16, 17, 18, 19)),
    (81, 82, (16, 17, 18, 19)),
)
"""First and last beginning, and the lengths; ISO/IEC 7812, https://en.wikipedia.org/wiki/Payment_card_number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A text without card numbers, and how many there were."""

    text: str
    found: int


class _Plain(dict[int, str]):
    """Digits, spaces and hyphens of all scripts as those of ASCII, by their letter; worked out as they come."""

    def __missing__(self, letter: int) -> str:
        said = chr(letter)
        kind = unicodedata.category(said)
        plain = {"Nd": str(unicodedata.digit(said, 0)), "Pd": "-", "Zs": " ", "Cf": " "}.get(kind, said)
        return self.setdefault(letter, plain)


PLAIN = _Plain()


def masked(text: str) -> Masked:
    """The text with all but the last four digits of each card number hidden."""
    if PRODUCT.fullmatch(text):
        return Masked(text=text, found=0)
    found = 0
    while places := _places(plain := text if text.isascii() else text.translate(PLAIN)):
        parts, end = list[str](), 0
        for start, stop in places:
            last = "".join(ONE_GROUP.findall(plain[start:stop]))[-4:]
            parts += [text[end:start], MASK, last]
            end, found = stop, found + 1
        text = "".join([*parts, text[end:]])
    return Masked(text=text, found=found)


def masked_json(text: str) -> Masked:
    """The same of every text and number in a JSON document; a bare number under a name such as `sku` stays."""
    try:
        value, found = _masked_value(json.loads(text), "")
    except (ValueError, RecursionError):
        plain = masked(text)
        return Masked(text=json.dumps({"properties": plain.text}, ensure_ascii=False), found=plain.found)
    return Masked(text=json.dumps(value, ensure_ascii=False), found=found) if found else Masked(text=text, found=0)


def without_cards(text: str) -> str:
    """The text with card numbers hidden."""
    return masked(text).text


def value_without_cards(value: JsonValue, name: str = "") -> JsonValue:
    """The same of every text and number in a value that stands under a name; a bare number of a thing stays."""
    return _masked_value(value, name)[0]


def is_written_as_card(text: str) -> bool:
    """Whether all of an id is in groups as cards are; a bare number is somebody's numbering."""
    return IN_GROUPS.fullmatch(text) is not None


def names_a_thing(name: str) -> bool:
    """Whether a column or property so named holds numbers of things, not what somebody wrote."""
    return NAMES_A_THING.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()) is not None


def is_card(digits: str) -> bool:
    """Whether these digits are the number of a payment card."""
    lengths = [lengths for first, last, lengths in ISSUERS if first <= int(digits[: len(str(first))]) <= last]
    return any(len(digits) in some for some in lengths) and _fits(digits)


def _masked_value(value: JsonValue, name: str) -> tuple[JsonValue, int]:
    match value:
        case dict():
            return _masked_members(value)
        case list():
            each = [_masked_value(one, name) for one in value]
            return [one for one, _ in each], sum(found for _, found in each)
        case str() if not (value.isdigit() and names_a_thing(name)):
            plain = masked(value)
            return plain.text, plain.found
        case int() if not isinstance(value, bool) and not names_a_thing(name):
            plain = masked(str(value))
            return (plain.text, plain.found) if plain.found else (value, 0)
        case _:
            return value, 0


def _masked_members(members: Mapping[str, JsonValue]) -> tuple[JsonValue, int]:
    """Names may hold them as well; two that are alike once they are masked are told apart."""
    each = [(masked(name), _masked_value(value, name)) for name, value in members.items()]
    names = told_apart(name.text if name.found else None for name, _ in each)
    kept = {new or old: value for new, old, (_, (value, _)) in zip(names, members, each, strict=True)}
    return kept, sum(name.found + found for name, (_, found) in each)


def told_apart(masked_names: Iterable[str | None]) -> Iterable[str | None]:
    """The names that were masked, those that are alike with a number behind them; None stays."""
    before = Counter[str]()
    for name in masked_names:
        if name is None:
            yield None
            continue
        yield f"{name} ({before[name] + 1})" if before[name] else name
        before[name] += 1


def _places(text: str) -> list[tuple[int, int]]:
    """Where cards stand in the text, in order, none twice."""
    found = [
        (run.start() + start, run.start() + stop)
        for run in DIGITS.finditer(text)
        if not _is_fraction(text, run.start())
        for start, stop in _cards(run.group())
    ]
    for shown in SHOWN.finditer(text):
        begin, end = shown.span()
        free = not _is_fraction(text, begin) and all(end <= start or stop <= begin for start, stop in found)
        if free and is_card("".join(ONE_GROUP.findall(shown.group()))):
            found.append((begin, end))
    return sorted(found)


def _cards(run: str) -> list[tuple[int, int]]:
    """Where cards stand in digits and what separates them; the longest first, none twice."""
    groups, found, first = list(ONE_GROUP.finditer(run)), list[tuple[int, int]](), 0
    while first < len(groups):
        last = next(
            (last for last in range(first + LONGEST // GROUP, first - 1, -1) if _is_one(groups, first, last)), -1
        )
        if last >= 0:
            found.append((groups[first].start(), groups[last].end()))
        first = max(last, first) + 1
    return found


def _is_one(groups: list[re.Match[str]], first: int, last: int) -> bool:
    some = [group.group() for group in groups[first : last + 1]]
    whole = last < len(groups) and all(len(group) >= GROUP for group in some[:-1])
    digits = "".join(some)
    return whole and SHORTEST <= len(digits) <= LONGEST and is_card(digits)


def _is_fraction(text: str, start: int) -> bool:
    return start > 1 and text[start - 1] in ".," and text[start - 2].isdigit() and text[start - 2].isascii()


def _fits(digits: str) -> bool:
    """Luhn: https://en.wikipedia.org/wiki/Luhn_algorithm."""
    doubled = [2 * int(digit) for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(one - 9 if one > 9 else one for one in doubled)) % 10 == 0
