"""A workspace with imported files, as the command line would bring them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import psycopg
from psycopg import sql

from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import operator_caller, permissions_of
from switchboard.customers import uploads
from switchboard.customers.operations import begin_upload, import_file, set_rates, undo_import
from switchboard.customers.records import DatedRate, Import, ImportRef, ImportRequest, Rates, UploadRequest
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked, RunDone

Rows = list[tuple[object, ...]]
ORDERS = "order_id,customer_id,placed_at,product_id,product,category,quantity,unit_price,discount,refund\n"
SEEN = {  # what readers of the tables see, without what differs from one import to the next
    "document": """select d.identity, p.customer_id, d.placed_at, d.day, d.currency, d.country, d.is_order, d.gross,
        d.discount, d.refund, d.lines from document d left join person p using (person_key)
        where d.workspace_id = %s order by d.identity""",
    "rate": "select identity, rate from document where workspace_id = %s order by 1",
    "line": """select d.identity, l.ordinal, l.line_id, t.product_id, l.quantity, l.unit_price, l.gross, l.discount,
        l.refund from document d join order_line l using (document_key) left join product t using (product_key)
        where d.workspace_id = %s order by d.identity, l.ordinal""",
    "person": """select customer_id, country, created_at, attributes, last_order_at::text, cardinality(words)
        from person where workspace_id = %s order by customer_id""",
    "activity": """select a.identity, p.customer_id, a.kind, a.at, a.properties from activity a
        join person p using (person_key) where a.workspace_id = %s order by a.identity""",
}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A workspace, and the local operator at work in it."""

    ground: Ground
    workspace: Workspace
    caller: Caller

    async def upload(self, text: str, name: str = "file.csv") -> UUID:
        """The text as a file that was sent."""
        begun = await begin_upload(self.ground, self.caller, UploadRequest(name=name), door="test")
        uploads.place(self.ground.data_dir, self.workspace.id, begun.upload_id).write_text(text)
        return begun.upload_id

    async def bring(self, text: str, kind: str = "orders", source: str = "shop") -> Import:
        """Import the text as a file."""
        asked = ImportRequest.model_validate({"upload_id": await self.upload(text), "kind": kind, "source": source})
        return await import_file(self.ground, self.caller, asked, door="test")

    async def undo(self, brought: Import) -> int:
        """Take an import back; how many documents, people and events went."""
        asked = ImportRef(import_id=brought.import_id)
        return (await undo_import(self.ground, self.caller, asked, door="test")).removed

    async def rate(self, currency: str, day: date, rate: str) -> None:
        """Set an exchange rate."""
        asked = Rates(rates=(DatedRate(currency=currency, day=day, rate=Decimal(rate)),))
        await set_rates(self.ground, self.caller, asked, door="test")

    async def segment(self) -> RunDone:
        """Segment the shop."""
        return await segment(self.ground, self.caller, RunAsked(), door="test")


async def open_shop(ground: Ground, currency: str = "EUR", zone: str = "UTC") -> Shop:
    """A new, empty shop."""
    workspace = await tenants.make(ground, f"shop {new_id()}", currency, zone)
    return Shop(ground=ground, workspace=workspace, caller=operator_caller(workspace.id))


def as_role(shop: Shop, role: str) -> Caller:
    """Somebody of this role in the shop."""
    return Caller(
        id=new_id(), name="ana", kind="key", workspace=shop.workspace.id, role=role, permissions=permissions_of(role)
    )


def orders(*lines: str) -> str:
    """A file of order lines under the header ORDERS."""
    return ORDERS + "\n".join(lines) + "\n"


def as_owner(server: Embedded) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the schema's owner, whom no guard holds."""
    return psycopg.connect(server.url(role="switchboard"), autocommit=True)


def seen(server: Embedded, workspace: UUID, *tables: str) -> dict[str, Rows]:
    """What readers see of the workspace's tables."""
    with as_owner(server) as owner:
        return {name: rows(owner, SEEN[name], workspace) for name in tables or tuple(SEEN)}


def rows(owner: psycopg.Connection[tuple[object, ...]], query: str, *values: object) -> Rows:
    """All rows of a query."""
    return owner.execute(query.encode(), values).fetchall()


def count(server: Embedded, table: str, workspace: UUID) -> int:
    """How many rows the workspace has in a table."""
    asked = sql.SQL("select count(*) from {} where workspace_id = %s").format(sql.Identifier(table))
    with as_owner(server) as owner:
        found = owner.execute(asked, (workspace,)).fetchone()
    assert found is not None
    return int(str(found[0]))


def forget_what_waits(server: Embedded) -> None:
    """Settle the news and drop the jobs that tests before left behind, for one that brings a worker of its own."""
    with as_owner(server) as owner:
        owner.execute("update event set done_at = now() where done_at is null")
        owner.execute("delete from dbos.workflow_status where status = 'ENQUEUED'")
        owner.execute("delete from job where status = 'waiting'")
