"""What may be done to one shop by several at once, and what must hold whatever came in between.

`python -m tests.customers.deeds <address> <data directory> <workspace> <seed>` does as four connections do, until it is
killed; each answer is a line of standard output.
"""

import asyncio
import contextlib
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from switchboard import house
from switchboard.accounts import tenants
from switchboard.accounts.roles import operator_caller
from switchboard.customers.consent.operations import record_consent
from switchboard.customers.consent.records import Statement
from switchboard.customers.erasure.operations import erase
from switchboard.customers.erasure.records import EraseAsked
from switchboard.customers.identities.operations import merge, unmerge
from switchboard.customers.identities.records import MergeAsked, UnmergeAsked
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch
from switchboard.customers.records import Import
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ids import new_id
from tests.grounds import of_process
from tests.shop import Rows, Shop, as_owner, orders, rows

DECLARED = house.DECLARED
CUSTOMERS = 8
ACTS = ("ingest", "ingest", "again", "orders", "customers", "undo", "merge", "unmerge", "consent", "erase")
"""Sending is more frequent than the rest."""
AUDITED = "select operation, count(*) from audit_line where workspace_id = %s and outcome = 'done' group by 1"
WRONG = {
    "order totals are those of their lines": """
        select d.identity from document d left join lateral (
            select count(*) as lines, coalesce(sum(l.gross), 0) as gross, coalesce(sum(l.discount), 0) as discount,
                coalesce(sum(l.refund), 0) as refund from order_line l where l.document_key = d.document_key) s on true
        where d.workspace_id = %(w)s and (d.lines, d.gross, coalesce(d.discount, 0), d.refund)
            is distinct from (s.lines, s.gross, s.discount, s.refund)""",
    "no line is without its order": """
        select l.document_key from order_line l where l.workspace_id = %(w)s
            and not exists (select from document d where d.document_key = l.document_key)""",
    "nothing is of somebody who is not there": """
        select 'order', d.identity from document d where d.workspace_id = %(w)s and d.person_key is not null
            and not exists (select from person p where p.person_key = d.person_key)
        union all select 'event', a.identity from activity a where a.workspace_id = %(w)s
            and not exists (select from person p where p.person_key = a.person_key)
        union all select 'consent', c.reference from consent c where c.workspace_id = %(w)s
            and not exists (select from person p where p.person_key = c.person_key)
        union all select 'identity', i.kind from identity i where i.workspace_id = %(w)s
            and not exists (select from person p where p.person_key = i.person_key)""",
    "nobody shares a verified identity with another": """
        select i.hash from identity i join person p using (person_key) where i.workspace_id = %(w)s and i.verified
            and not exists (select from contested c where c.person_key = i.person_key and c.hash = i.hash)
        group by i.hash having count(distinct coalesce(p.merged_into, p.person_key)) > 1""",
    "whoever was merged is one with somebody who survives": """
        select p.customer_id from person p left join person r on r.person_key = p.merged_into
        where p.workspace_id = %(w)s and p.merged_into is not null
            and (r.person_key is null or r.merged_into is not null)""",
    "the newest order is that of the whole group": """
        select p.customer_id from person p where p.workspace_id = %(w)s and p.merged_into is null and p.last_order_at <>
            coalesce((select max(d.placed_at) from document d join person m on m.person_key = d.person_key
                where d.is_order and p.person_key in (m.person_key, m.merged_into)), '-infinity')""",
}
"""By what must hold: whatever breaks it."""


@dataclass(frozen=True)
class Deed:
    """Something done, to which customer, and with whom or what beside; each number is one order's."""

    act: str
    customer: int
    other: int
    number: int


@dataclass
class Doer:
    """One connection at work in a shop, and what it was answered."""

    shop: Shop
    name: str
    round: str = ""
    tell: Callable[[str], None] = lambda _: None
    imports: list[Import] = field(default_factory=list[Import])
    answered: Counter[str] = field(default_factory=Counter[str])
    erased: set[str] = field(default_factory=set[str])

    async def do(self, deed: Deed) -> None:
        """Do it; what is refused with a reason is left."""
        customer, other = f"c{self.round}{deed.customer}", f"c{self.round}{deed.other}"
        with contextlib.suppress(Conflict, Invalid, NotFound):
            await self._acts[deed.act](customer, other, deed.number)

    @property
    def _acts(self) -> dict[str, Callable[[str, str, int], Awaitable[None]]]:
        return {
            "ingest": self._ingest, "again": self._again, "orders": self._orders, "customers": self._customers,
            "undo": self._undo, "merge": self._merge, "unmerge": self._unmerge, "consent": self._consent,
            "erase": self._erase,
        }  # fmt: skip

    async def _ingest(self, customer: str, other: str, number: int) -> None:
        mail = self._mail(number)
        batch = {
            "orders": [self._order(f"{self.name}-{number}", customer, 1 + number % 7)],
            "people": [{"customer_id": other, "email": mail, "email_verified": number % 2 == 0}],
            "events": [
                {"event_id": f"{self.name}-e{number}", "kind": "opened", "at": _at(number), "customer_id": other}
            ],
        }
        await ingest(self.shop.ground, self.shop.caller, Batch.model_validate(batch), door="test")
        self._note("customers.ingest", f"{self.name}-{number}", customer)

    async def _again(self, customer: str, other: str, number: int) -> None:
        batch = {"orders": [self._order(f"{self.name}-{number // 2}", other, 20 + number % 7)]}
        await ingest(self.shop.ground, self.shop.caller, Batch.model_validate(batch), door="test")
        self._note("customers.ingest", f"{self.name}-{number // 2}", other)

    def _mail(self, number: int) -> str:
        return f"{'abc'[number % 3]}{self.round}@x.example"

    def _order(self, order_id: str, customer: str, price: int) -> dict[str, Any]:
        lines = [{"product_id": f"p{n}", "unit_price": price + n, "quantity": 1 + n} for n in range(1 + price % 3)]
        return {"order_id": order_id, "customer_id": customer, "placed_at": _at(price), "lines": lines}

    async def _orders(self, customer: str, other: str, number: int) -> None:
        text = orders(
            f"s{number % 9},{customer},{_at(number)},p1,,,1,{1 + number % 5},,",
            f"s{number % 9},{customer},{_at(number)},p2,,,2,1,,",
            f"t{number % 9},{other},{_at(number + 1)},p2,,,1,1,,1",
        )
        self.imports.append(await self.shop.bring(text))
        self._note("customers.import_file", f"s{number % 9}", customer)

    async def _customers(self, customer: str, other: str, number: int) -> None:
        mail, verified = self._mail(number), number % 2 == 0
        ids = dict.fromkeys((customer, other))
        text = "customer_id,email,email_verified\n" + "".join(f"{each},{mail},{verified}\n" for each in ids)
        self.imports.append(await self.shop.bring(text, "customers"))
        self._note("customers.import_file", mail, customer)

    async def _undo(self, customer: str, _: str, number: int) -> None:
        if self.imports:
            await self.shop.undo(self.imports.pop(number % len(self.imports)))
            self._note("customers.undo_import", "", customer)

    async def _merge(self, customer: str, other: str, _: int) -> None:
        await merge(self.shop.ground, self.shop.caller, MergeAsked(customer_id=customer, other_id=other), door="test")
        self._note("customers.merge", other, customer)

    async def _unmerge(self, customer: str, _: str, __: int) -> None:
        await unmerge(self.shop.ground, self.shop.caller, UnmergeAsked(customer_id=customer), door="test")
        self._note("customers.unmerge", "", customer)

    async def _consent(self, customer: str, _: str, number: int) -> None:
        said = {
            "customer_id": customer, "channel": "email", "purpose": "marketing", "source": "deeds",
            "state": ("given", "withdrawn")[number % 2],
        }  # fmt: skip
        await record_consent(self.shop.ground, self.shop.caller, Statement.model_validate(said), door="test")
        self._note("customers.record_consent", "", customer)

    async def _erase(self, customer: str, _: str, __: int) -> None:
        asked = EraseAsked(customer_id=customer, confirm=customer)
        await erase(self.shop.ground, self.shop.caller, asked, door="test")
        self.erased.add(customer)
        self._note("customers.erase", "", customer)

    def _note(self, operation: str, what: str, customer: str) -> None:
        self.answered[operation] += 1
        self.tell(f"{operation} {customer} {what}")


def broken(server: Embedded, shop: Shop) -> dict[str, Rows]:
    """What does not hold, with the rows that tell."""
    asked = {"w": shop.workspace.id}
    with as_owner(server) as owner:
        found = {name: owner.execute(query.encode(), asked).fetchall() for name, query in WRONG.items()}
    return {name: each for name, each in found.items() if each}


def there(server: Embedded, shop: Shop) -> set[str]:
    """The customers who are there."""
    with as_owner(server) as owner:
        found = rows(owner, "select customer_id from person where workspace_id = %s", shop.workspace.id)
    return {str(row[0]) for row in found}


def audited(server: Embedded, shop: Shop) -> Counter[str]:
    """How often each operation was answered, by the trail."""
    with as_owner(server) as owner:
        return Counter({str(name): int(str(often)) for name, often in rows(owner, AUDITED, shop.workspace.id)})


def _at(number: int) -> str:
    return f"2024-03-{1 + number % 28:02}T1{number % 10}:00:00Z"


async def until_killed(url: str, data_dir: Path, workspace: UUID, seed: int) -> None:
    """Do one thing after the other on four connections."""
    chance = random.Random(seed)  # noqa: S311 - what happens in a test

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    async with of_process(url, data_dir) as ground:
        caller = operator_caller(workspace)
        async with ground.work(caller) as at_work:
            shop = Shop(ground=ground, workspace=await tenants.fresh(at_work), caller=caller)

        async def work() -> None:
            doer = Doer(shop, new_id().hex[-12:], f"{seed}-", tell)
            number = 0
            while True:
                number += 1
                await doer.do(
                    Deed(chance.choice(ACTS), chance.randrange(CUSTOMERS), chance.randrange(CUSTOMERS), number)
                )

        tell("ready")
        await asyncio.gather(*(work() for _ in range(4)))


if __name__ == "__main__":
    asyncio.run(until_killed(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), int(sys.argv[4])))
