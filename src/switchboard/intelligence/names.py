"""Products, categories and values of attributes that a text may mean, and who has to do with them.

Every word of the text must begin a word of the name; where no name has such, one or two slips after the first letter
are forgiven in words of four letters and more. Accents and capitals count for nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from switchboard.customers import contact
from switchboard.customers.filters.compiling import Joined, Plan, compiled
from switchboard.customers.filters.terms import Attribute, Bought, Span, Test
from switchboard.intelligence.buyers import buyers, of_categories
from switchboard.intelligence.copies import Copy
from switchboard.intelligence.filtering import found_by
from switchboard.intelligence.matches import Matches
from switchboard.intelligence.sets import evaluated

Kind = Literal["product", "category", "attribute"]
MOST_WORDS = 6
MOST_NAMES = 200
FOUND = """
with asked as (select unnest($1::varchar[]) as asked, unnest($2::integer[]) as place),
meant as materialized (
    select w.word, a.place,
        case when starts_with(w.word, a.asked) then 0 else damerau_levenshtein(w.word, a.asked) end as slips
    from (select distinct word from spoken) w, asked a
    where starts_with(w.word, a.asked) or case when length(a.asked) >= 4 and w.word[1] = a.asked[1]
        and abs(length(w.word) - length(a.asked)) <= case when length(a.asked) < 7 then 1 else 2 end
        then damerau_levenshtein(w.word, a.asked) <= case when length(a.asked) < 7 then 1 else 2 end else false end),
hit as (
    select s.kind, s.number, s.label, m.place, min(m.slips) as slips from spoken s join meant m using (word)
    group by all)
select kind, number, label, sum(slips) as slips from hit group by kind, number, label
having count(*) = $3::integer order by slips, kind, label, number limit $4::integer
"""


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name that a text may mean; `number` is that of the product, category or attribute in the mirror."""

    kind: Kind
    number: int
    label: str


async def meant(copy: Copy, text: str) -> tuple[Name, ...]:
    """The names that fit a text best; none for a text without words."""
    words = contact.words(text)[:MOST_WORDS]
    return await asyncio.to_thread(_meant, copy, words) if words else ()


def _meant(copy: Copy, words: Sequence[str]) -> tuple[Name, ...]:
    asked = [list(words), list(range(len(words))), len(words), MOST_NAMES]
    with copy.cursor() as cursor:
        rows = cursor.execute(FOUND, asked).fetchall()
    best = (row for row in rows if row[3] == rows[0][3])
    return tuple(Name(kind=kind, number=number, label=label) for kind, number, label, _ in best)


async def people(copy: Copy, names: Sequence[Name], second: int) -> Matches:
    """Who bought one of these products, or of these categories, before a moment (Unix time), or has these values."""
    return await asyncio.to_thread(_people, copy, names, second)


def _people(copy: Copy, names: Sequence[Name], second: int) -> Matches:
    everybody, categories = copy.everybody(), _numbers(names, "category")
    known = buyers(copy, everybody) if categories else None
    if known is None or known.newest >= second:  # too many to keep, or there are orders of the future
        return found_by(copy, Joined(of="any", parts=tuple(_parts(names, categories, second))))
    found = evaluated(copy, everybody, Joined(of="any", parts=tuple(_parts(names, (), second))))
    found |= of_categories(known, everybody, categories)
    return Matches(of=everybody, chosen=found)


def _numbers(names: Sequence[Name], kind: Kind) -> tuple[int, ...]:
    return tuple(each.number for each in names if each.kind == kind)


def _parts(names: Sequence[Name], categories: tuple[int, ...], second: int) -> list[Plan]:
    def bought(*, products: tuple[int, ...] | None = None, categories: tuple[int, ...] | None = None) -> Plan:
        span = Span(until=second)
        term = Bought(products=products, categories=categories, span=span, times=(1, None), spent=(None, None))
        return compiled(term, {})

    parts = list[Plan]()
    if products := _numbers(names, "product"):
        parts.append(bought(products=products))
    if categories:
        parts.append(bought(categories=categories))
    for number in dict.fromkeys(_numbers(names, "attribute")):
        labels = tuple(each.label for each in names if each.kind == "attribute" and each.number == number)
        parts.append(compiled(Attribute(number=number, tests=(Test(operator="in", values=labels),)), {}))
    return parts
