"""One person with values that stand nowhere else, in a shop of several; and where any of them is found."""

from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg import sql

from switchboard.customers.consent.operations import record_consent, suppress
from switchboard.customers.consent.records import Statement, Suppress
from switchboard.foundation.embedded import Embedded
from tests.shop import Shop, as_owner, orders, rows

WHO = "zq-planted-71"
VALUES = (
    WHO, "Zebulon", "Quixwood", "zeb.quixwood@planted-mail.example", "5550199887", "Obscure Lane", "zqorder", "zqevent",
    "zqproperty", "zqattribute", "zqcampaign", "zqproof",
)  # fmt: skip
CUSTOMERS = f"""customer_id,name,email,phone,street,postal_code,city,favourite
c1,Ann Quill,ann@example.com,+49 170 1234567,Elm Street 1,10115,Berlin,tea
{WHO},Zebulon Quixwood,zeb.quixwood@planted-mail.example,+49 555 0199 887,Obscure Lane 4711,99999,Nowhere,zqattribute
c2,Bob Reed,bob@example.com,,,,,coffee
"""
WRONG_CUSTOMERS = (
    CUSTOMERS.splitlines()[0]
    + "\n,Zebulon Quixwood,,+495550199887,,,,\n,Zebulon Quixwood,,,,,,zq\n,Eve Else,,,,,,rum\n"
)
EVENTS = f"""event_id,customer_id,kind,at,campaign
e1,c1,opened,2024-03-02T10:00:00Z,spring
zqevent-1,{WHO},opened,2024-03-02T11:00:00Z,zqcampaign
zqevent-2,{WHO},asked,2024-03-03T11:00:00Z,zqproperty
"""
LINES = [
    *(f"o{n},c{n % 7},2024-0{1 + n % 5}-{10 + n % 15}T10:00,p{n % 5},Tea {n % 5},Drinks,{1 + n % 3},{5 + n % 4},,"
      for n in range(60)),
]  # fmt: skip
THEIRS = [
    f"zqorder-1,{WHO},2024-02-03T10:00,p1,Tea 1,Drinks,2,9,,",
    f"zqorder-2,{WHO},2024-04-11T10:00,p2,Tea 2,Drinks,1,7,,",
]
CHANGED = [f"zqorder-2,{WHO},2024-04-11T10:00,p2,Tea 2,Drinks,3,7,,"]
WRONG = [f"zqorder-3,{WHO},yesterday,p2,Tea 2,Drinks,3,7,,", "o99,c2,yesterday,p2,Tea 2,Drinks,3,7,,"]


async def bring_all(shop: Shop, *, with_them: bool = True) -> None:
    """Everything that comes in, in the order it comes; without them, as if they had never been."""

    def some(text: str) -> str:
        kept = [line for line in text.splitlines() if with_them or not any(each in line for each in VALUES)]
        return "\n".join(kept) + "\n"

    await shop.bring(some(orders(*LINES, *THEIRS, *WRONG)))
    await shop.bring(some(CUSTOMERS), "customers")
    await shop.bring(some(WRONG_CUSTOMERS), "customers")
    await shop.bring(some(EVENTS), "events")
    await shop.bring(some(EVENTS), "events")
    await shop.bring(some(orders(*LINES[:3], *CHANGED)))
    if with_them:
        await say(shop, WHO)
    await say(shop, "c1")
    await shop.segment()
    await shop.segment()


async def say(shop: Shop, customer: str) -> None:
    """A word of consent, with its proof."""
    said: dict[str, Any] = {
        "customer_id": customer, "channel": "email", "purpose": "marketing", "state": "given", "source": "till",
        "proof": {"form": "zqproof"},
    }  # fmt: skip
    await record_consent(shop.ground, shop.caller, Statement.model_validate(said), door="test")


async def leave_alone(shop: Shop, address: str) -> None:
    """Put an address on the suppression list."""
    asked = {"channel": "email", "address": address, "reason": "complained", "source": "provider"}
    await suppress(shop.ground, shop.caller, Suppress.model_validate(asked), door="test")


def in_tables(server: Embedded) -> set[str]:
    """Tables and statistics, of all schemas, in which a planted value stands."""
    found = set[str]()
    with as_owner(server) as owner, psycopg.connect(server.url(role="postgres"), autocommit=True) as admin:
        tables = rows(
            owner,
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')",
        )
        for schema, table in [*tables, ("pg_catalog", "pg_stats")]:
            asked = sql.SQL("select count(*) from {} t where t::text ilike any(%s)").format(
                sql.Identifier(str(schema), str(table))
            )
            ((count,),) = admin.execute(asked, ([f"%{each}%" for each in (*VALUES, *_hex())],)).fetchall()
            if count:
                found.add(f"{schema}.{table}")
    return found


def _hex() -> list[str]:
    return [value.encode().hex() for value in VALUES]


def in_files(*folders: Path) -> set[str]:
    """Files below the folders, but for PostgreSQL's data, in which a planted value stands."""
    found = set[str]()
    for path in (each for folder in folders for each in folder.rglob("*") if each.is_file()):
        if "postgres/data" in str(path):
            continue
        if path.suffix == ".parquet":
            with duckdb.connect() as reader:
                text = str(reader.execute("select * from read_parquet(?)", [str(path)]).fetchall()).encode()
        else:
            text = path.read_bytes()
        if holds(text):
            found.add(str(path))
    return found


def holds(text: bytes) -> bool:
    """Whether a planted value stands in it, in one of two encodings."""
    low = text.lower()
    return any(value.lower().encode(encoding) in low for value in VALUES for encoding in ("utf-8", "utf-16-le"))
