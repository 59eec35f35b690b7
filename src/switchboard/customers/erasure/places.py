"""What `customers` holds of people in the database, place by place, in the order it is removed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from switchboard.accounts import tenants
from switchboard.customers import contact
from switchboard.customers.store import removing as store
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import Entry, Place, Whom, hold_people
from switchboard.foundation.vault import DataKey
from switchboard.foundation.vault import Place as Sealed

SCALE = 10_000
NEVER = datetime.min  # noqa: DTZ901 - how the driver writes -infinity: never ordered
MONEY = ("gross", "discount", "refund", "unit_price", "quantity")
OURS = {"workspace_id", "person_key", "import_id", "words", "number", "recorded_by", "changed"}


def rows_of(name: str, about: str, table: str, *without: str) -> Place:
    """A table with a row or more a person, by their `person_key`; `without` are columns that say nothing to them."""

    async def count(work: Work, whom: Whom) -> int:
        return await store.count(work, table, whom.person_keys)

    async def tell(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
        found = await store.shown(work, table, whom.person_keys, without, at_most)
        return [each for each in found if isinstance(each, dict)]

    async def take(work: Work, whom: Whom) -> int:
        return await store.take(work, table, whom.person_keys)

    return hold_people(Place(name=name, about=about, tables=(table,), count=count, tell=tell, take=take))


def sealed_rows(
    name: str, about: str, table: str, opened: Callable[[DataKey, store.Kept], Entry], *traces: str
) -> Place:
    """The same of a table with a sealed column, which `opened` opens.

    `traces` are tables where the deletion leaves a number of ours, for copies that have to follow it.
    """

    async def count(work: Work, whom: Whom) -> int:
        return await store.count(work, table, whom.person_keys)

    async def tell(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
        key = await tenants.data_key(work)
        return [_plain(row) | opened(key, row) for row in await store.rows(work, table, whom.person_keys, at_most)]

    async def take(work: Work, whom: Whom) -> int:
        return await store.take(work, table, whom.person_keys)

    return hold_people(Place(name=name, about=about, tables=(table, *traces), count=count, tell=tell, take=take))


def _plain(row: Mapping[str, object]) -> Entry:
    """What can be told as it is; the rest is sealed, or ours."""
    told = {name: value for name, value in row.items() if name not in OURS and not isinstance(value, bytes)}
    told |= {"attributes": json.loads(str(told["attributes"]))} if told.get("attributes") else {}
    return {name: None if value == NEVER else to_jsonable_python(value) for name, value in told.items()}


def _contact(key: DataKey, row: Mapping[str, object]) -> Entry:
    sealed = row["contact"]
    said = contact.unseal(key, int(str(row["person_key"])), sealed if isinstance(sealed, bytes) else None)
    return {"contact": {name: value for name, value in asdict(said).items() if value}}


def _proof(key: DataKey, row: Mapping[str, object]) -> Entry:
    sealed = row["proof"]
    if not isinstance(sealed, bytes):
        return {}
    proof: JsonValue = json.loads(key.open(sealed, Sealed(table="consent", field="proof", row=str(row["id"]))))
    return {"proof": proof}


async def _count_lines(work: Work, whom: Whom) -> int:
    return await store.count_lines(work, whom.person_keys)


async def _take_lines(work: Work, whom: Whom) -> int:
    return await store.take_lines(work, await store.document_keys(work, whom.person_keys))


async def _nothing(_work: Work, _whom: Whom, _at_most: int) -> Sequence[Entry]:
    """Told with the orders."""
    return []


async def _count_layers(work: Work, whom: Whom) -> int:
    return await store.count_layers(work, whom.person_keys)


async def _tell_layers(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    return [each for each in await store.layers(work, whom.person_keys, at_most) if isinstance(each, dict)]


async def _take_layers(work: Work, whom: Whom) -> int:
    return await store.take_layers(work, whom.person_keys)


async def _count_standing(work: Work, whom: Whom) -> int:
    return await store.count_standing(work, await store.document_keys(work, whom.person_keys), whom.person_keys)


async def _take_standing(work: Work, whom: Whom) -> int:
    return await store.take_standing(work, await store.document_keys(work, whom.person_keys), whom.person_keys)


async def _count_merges(work: Work, whom: Whom) -> int:
    return await store.count_merges(work, whom.person_keys)


async def _tell_merges(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    return [_whole(row) for row in await store.merges(work, whom.person_keys, at_most)]


async def _take_merges(work: Work, whom: Whom) -> int:
    return await store.take_merges(work, whom.person_keys)


async def _count_orders(work: Work, whom: Whom) -> int:
    return await store.count(work, "document", whom.person_keys)


async def _tell_orders(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    return [_order(row) for row in await store.orders(work, whom.person_keys, at_most)]


async def _take_orders(work: Work, whom: Whom) -> int:
    return await store.take_documents(work, await store.document_keys(work, whom.person_keys))


async def _count_figures(work: Work, whom: Whom) -> int:
    return await store.count(work, "figures", whom.person_keys)


async def _tell_figures(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    return [
        {
            "as_of": to_jsonable_python(row["as_of"]), "archetype_id": to_jsonable_python(row["archetype"]),
            "risk_score": int(str(row["risk"])) / 10,
            "lifetime_value": str(Decimal(int(str(row["lifetime_value"]))) / SCALE),
        }
        for row in await store.rows(work, "figures", whom.person_keys, at_most)
    ]  # fmt: skip


async def _take_figures(work: Work, whom: Whom) -> int:
    return await store.take(work, "figures", whom.person_keys)


def _order(row: store.Kept) -> Entry:
    lines: list[dict[str, JsonValue]] = json.loads(str(row["lines"] or "[]"))
    told = _whole({name: value for name, value in row.items() if name != "lines"})
    told["lines"] = [_whole(line) for line in lines]
    return told


def _whole(row: Mapping[str, object]) -> dict[str, JsonValue]:
    """Amounts and quantities as people write them."""
    return {
        name: str(Decimal(value) / SCALE) if name in MONEY and isinstance(value, int) else to_jsonable_python(value)
        for name, value in row.items()
    }


hold_people(
    Place(
        name="imports", about="that an import brought again what was there", tables=("import", "repeated_told"),
        count=_count_standing, tell=_nothing, take=_take_standing,
    )
)  # fmt: skip
hold_people(
    Place(
        name="earlier orders", about="orders as they were before a later import changed them",
        tables=("replaced_document",), count=_count_layers, tell=_tell_layers, take=_take_layers,
    )
)  # fmt: skip
hold_people(
    Place(
        name="order lines", about="what was in their orders", tables=("order_line",), count=_count_lines,
        tell=_nothing, take=_take_lines,
    )
)  # fmt: skip
hold_people(
    Place(
        name="orders", about="what they ordered and gave back", tables=("document", "tombstone"),
        count=_count_orders, tell=_tell_orders, take=_take_orders,
    )
)  # fmt: skip
rows_of("events", "what they opened, clicked, asked", "activity", "import_id", "changed")
rows_of("repeated events", "events that a later import brought again", "repeated_activity", "import_id")
hold_people(
    Place(
        name="figures", about="what was worked out of them", tables=("figures",), count=_count_figures,
        tell=_tell_figures, take=_take_figures,
    )
)  # fmt: skip
sealed_rows("consent", "what they said of being contacted", "consent", _proof)
sealed_rows("told", "what each import said of them", "told", _contact)
rows_of("attributes", "what was said of their attributes by hand", "attribute_said", "said_by")
rows_of("identities", "what they were told to be reached by, as hashes", "identity", "hash", "told_by")
rows_of("contested identities", "what was told of them and is not theirs, as hashes", "contested", "hash", "by")
rows_of("changes", "that their figures are to be brought up to date", "changed_person", "changed")
hold_people(
    Place(
        name="merges", about="with whom they were taken for one person", tables=("merge",), count=_count_merges,
        tell=_tell_merges, take=_take_merges,
    )
)  # fmt: skip
sealed_rows("person", "who they are", "person", _contact, "stale")
