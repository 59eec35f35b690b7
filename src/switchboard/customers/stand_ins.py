"""E-mails that stand in for a customer's id are kept as keyed hashes: an id is written in the clear everywhere."""

import asyncio
import re
from collections.abc import Sequence

from switchboard.accounts import tenants
from switchboard.customers.scratch import Scratch
from switchboard.foundation.ground import Work
from switchboard.foundation.vault import DataKey

ADDRESS = re.compile(r"(?P<source>[a-z0-9_-]{1,40}:)?(?P<email>[^@\s,;<>:]+@[^@\s,;<>]+\.[^@\s,;<>.]+)")
BYTES = 12


def is_address(customer: str) -> bool:
    """Whether this, given for an id, is an e-mail."""
    return ADDRESS.fullmatch(customer) is not None


def stand_in(key: DataKey, customer: str) -> str:
    """The id to keep: what was given, for an e-mail `e-` and 24 hex digits; a source before it stays."""
    found = ADDRESS.fullmatch(customer)
    if found is None:
        return customer
    digest = key.hasher("customers.stand_in").digest(found["email"].casefold(), size=BYTES)
    return f"{found['source'] or ''}e-{digest.hex()}"


async def asked_as(work: Work, customer_id: str) -> str:
    """The id that is kept of the one a caller asks for."""
    return stand_in(await tenants.data_key(work), customer_id) if is_address(customer_id) else customer_id


async def name_people(work: Work, scratch: Scratch, customers: str) -> Sequence[str]:
    """Make the table `called` (customer, id) of a query's customers; the e-mails among them."""
    await scratch.run(
        f"create or replace temporary table called as select distinct customer, customer as id from ({customers})"  # noqa: S608 - a query of our own
        " where customer is not null"
    )
    found = await scratch.fetch("select customer from called where contains(customer, '@') order by customer")
    emails = [str(row[0]) for row in found if is_address(str(row[0]))]
    if emails:
        key = await tenants.data_key(work)
        ids = await asyncio.to_thread(lambda: [stand_in(key, email) for email in emails])
        await scratch.keep_stand_ins(emails, ids)
    return emails
