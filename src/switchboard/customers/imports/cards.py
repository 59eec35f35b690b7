"""Card numbers in what a file says, masked in the scratch database: they never reach a table or the quarantine."""

from collections.abc import Iterable

import numpy as np

from switchboard.customers.cards import MAYBE, SHORTEST, masked, masked_json, names_a_thing, told_apart
from switchboard.customers.imports.records import Extra, Kind
from switchboard.customers.imports.sql import literal
from switchboard.customers.imports.work import Work

AT_ONCE = 20_000  # texts that are looked at in one go
Texts = tuple[tuple[str, str], ...]
TEXTS: dict[Kind, Texts] = {
    "orders": (
        ("product", "product_id"),
        ("product", "name"),
        ("product", "earlier"),
        ("category", "path"),
        ("category", "top"),
        ("customer", "name"),
        ("customer", "email"),
        ("customer", "phone"),
    ),
    "customers": tuple(
        ("person", name) for name in ("name", "country", "region", "city", "street", "postal_code", "email", "phone")
    ),
    "events": (("event", "kind"), ("event", "properties"), ("event", "email")),
}
"""Tables and columns of what people write; ids are none of it."""
NO_ADDRESS = "NOT contains(email, '@')"
NO_PHONE = r"(length(regexp_replace(phone, '[^0-9]', '', 'g')) > 15 OR regexp_matches(phone, '\d{4}\D\d{6}\D\d{5}'))"
"""More digits than any telephone has (E.164), or grouped as on a card of fifteen."""
WHICH = {
    ("product", "product_id"): "product_id = left(name, 200)",
    **{(table, "email"): NO_ADDRESS for table in ("customer", "person", "event")},
    **{(table, "phone"): NO_PHONE for table in ("customer", "person")},
}
"""Where only some rows are looked at: products that go by their names, e-mails and phones that are none."""
NAMES = {("product", "product_id"), ("category", "path")}
"""What is written in the clear and names one thing each: two that are alike once they are masked are told apart."""


def mask_cards(work: Work, kind: Kind, extras: Iterable[Extra] = ()) -> int:
    """Mask the card numbers in the staged texts, and in the columns that are no field; how many there were."""
    found = sum(_mask(work, *where, WHICH.get(where, "true")) for where in TEXTS.get(kind, ()))
    return found + sum(_mask(work, "extra", f"t{of.place}", _written(of)) for of in extras if of.kept_out is None)


def _written(of: Extra) -> str:
    """Which values are texts, or bare numbers of no thing, as a condition."""
    return f"NOT regexp_full_match(t{of.place}, '[0-9]+')" if names_a_thing(of.name) else "true"


def _mask(work: Work, table: str, column: str, which: str) -> int:
    found, after = 0, -1
    how = masked_json if column == "properties" else masked
    maybe = f"length({column}) >= {SHORTEST} AND regexp_matches({column}, {literal(MAYBE)}) AND {which}"
    while True:
        rows = work.rows_of(
            f"SELECT rowid, {column} FROM {table} WHERE rowid > {after} AND {maybe} ORDER BY rowid LIMIT {AT_ONCE}"  # noqa: S608 - names of our own
        )
        if not rows:
            return found
        after = int(str(rows[-1][0]))
        said = {int(str(place)): how(str(text)) for place, text in rows}
        changed = {place: one.text for place, one in said.items() if one.found}
        found += sum(one.found for one in said.values())
        if changed:
            texts = told_apart(changed.values()) if (table, column) in NAMES else changed.values()
            given = {"place": np.array(list(changed)), "text": np.array(list(texts), dtype=object)}
            work.database.register("without_cards", given)
            work.run(f"UPDATE {table} SET {column} = w.text FROM without_cards w WHERE {table}.rowid = w.place")  # noqa: S608 - names of our own
            work.database.unregister("without_cards")
