"""One person with values that stand nowhere else, in a shop of several; and where any of them is found."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from switchboard.customers.consent.operations import record_consent, suppress
from switchboard.customers.consent.records import Statement, Suppress
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ids import new_id
from tests.shop import Shop, as_owner, orders, rows

LINES = [
    f"o{n},c{n % 7},2024-0{1 + n % 5}-{10 + n % 15}T10:00,p{n % 5},Tea {n % 5},Drinks,{1 + n % 3},{5 + n % 4},,"
    for n in range(60)
]
SHOP = {f"c{n}" for n in range(7)}


class Planted:
    """A person; every value of theirs has the same odd word in it, but for the phone."""

    def __init__(self) -> None:
        number = new_id().int
        self.word = "zq" + "".join(chr(ord("a") + number // 26**n % 26) for n in range(10))
        self.who, self.mail = f"{self.word}-71", f"{self.word}.q@planted-mail.example"
        self.digits = f"{number % 10**9:09}"
        name, phone = f"Zeb {self.word.capitalize()}", f"+49 {self.digits[:4]} {self.digits[4:]}"
        header = "customer_id,name,email,phone,street,postal_code,city,favourite"
        self.customers = (
            f"{header}\nc1,Ann Quill,ann@example.com,+49 170 1234567,Elm Street 1,10115,Berlin,tea\n"
            f"{self.who},{name},{self.mail},{phone},{self.word} Lane 4711,99999,Nowhere,{self.word}attribute\n"
            "c2,Bob Reed,bob@example.com,,,,,coffee\n"
        )
        self.wrong_customers = (
            f"{header}\n,Somebody,,{phone.replace(' ', '')},,,,\n,{name},,,,,,zq\n,Eve Else,,,,,,rum\n"
        )
        self.events = (
            "event_id,customer_id,kind,at,campaign\ne1,c1,opened,2024-03-02T10:00:00Z,spring\n"
            f"{self.word}-e1,{self.who},opened,2024-03-02T11:00:00Z,{self.word}campaign\n"
            f"{self.word}-e2,{self.who},asked,2024-03-03T11:00:00Z,{self.word}property\n"
        )
        self.lines = [
            f"{self.word}-o1,{self.who},2024-02-03T10:00,p1,Tea 1,Drinks,2,9,,",
            f"{self.word}-o2,{self.who},2024-04-11T10:00,p2,Tea 2,Drinks,1,7,,",
        ]
        self.changed = f"{self.word}-o2,{self.who},2024-04-11T10:00,p2,Tea 2,Drinks,3,7,,"
        self.wrong = f"{self.word}-o3,{self.who},yesterday,p2,Tea 2,Drinks,3,7,,"

    def holds(self, text: bytes) -> bool:
        """Whether a value of theirs stands in it, in one of two encodings."""
        low = text.lower()
        return any(
            each.encode(encoding) in low for each in (self.word, self.digits) for encoding in ("utf-8", "utf-16-le")
        )

    async def bring_all(self, shop: Shop, *, with_them: bool = True) -> None:
        """Everything that comes in, in the order it comes; without them, as if they had never been."""

        def some(text: str) -> str:
            kept = [line for line in text.splitlines() if with_them or not self.holds(line.replace(" ", "").encode())]
            return "\n".join(kept) + "\n"

        wrong = "o99,c2,yesterday,p2,Tea 2,Drinks,3,7,,"
        await shop.bring(some(orders(*LINES, *self.lines, self.wrong, wrong)))
        await shop.bring(some(self.customers), "customers")
        await shop.bring(some(self.customers), "customers")
        await shop.bring(some(self.wrong_customers), "customers")
        await shop.bring(some(self.events), "events")
        await shop.bring(some(self.events), "events")
        await shop.bring(some(orders(*LINES[:3], self.changed)))
        for customer in (self.who, "c1") if with_them else ("c1",):
            await say(shop, customer, self.word)

    def in_tables(self, server: Embedded) -> set[str]:
        """Tables and statistics, of all schemas, in which a value of theirs stands, as text or as bytes."""
        values = [f"%{each}%" for text in (self.word, self.digits) for each in (text, text.encode().hex())]
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
                ((count,),) = admin.execute(asked, (values,)).fetchall()
                if count:
                    found.add(f"{schema}.{table}")
        return found

    def in_files(self, folder: Path) -> set[str]:
        """Files below the folder, but for PostgreSQL's data, in which a value of theirs stands; by kind and name."""
        return {
            f"{path.relative_to(folder).parts[0]}/{path.name}"
            for path in folder.rglob("*")
            if path.is_file() and folder / "postgres" / "data" not in path.parents and self.holds(path.read_bytes())
        }


async def say(shop: Shop, customer: str, word: str) -> None:
    """A word of consent, with its proof."""
    said: dict[str, Any] = {
        "customer_id": customer, "channel": "email", "purpose": "marketing", "state": "given", "source": "till",
        "proof": {"form": f"{word}proof"}, "reference": f"{customer}-form",
    }  # fmt: skip
    await record_consent(shop.ground, shop.caller, Statement.model_validate(said), door="test")


async def leave_alone(shop: Shop, address: str) -> None:
    """Put an address on the suppression list."""
    asked = {"channel": "email", "address": address, "reason": "complained", "source": "provider"}
    await suppress(shop.ground, shop.caller, Suppress.model_validate(asked), door="test")
