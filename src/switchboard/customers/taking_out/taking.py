"""The contacts of those who may be contacted, whoever they were chosen by."""

import asyncio
import csv
import io
import json
from collections import Counter
from collections.abc import Sequence

from switchboard.accounts import tenants
from switchboard.customers import contact, forgotten
from switchboard.customers.consent import addresses
from switchboard.customers.consent.deciding import verdicts
from switchboard.customers.consent.records import Against, Channel
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.customers.store import consent as store
from switchboard.customers.taking_out.records import Contacts, Stated
from switchboard.foundation.errors import NotAllowed
from switchboard.foundation.ground import Work
from switchboard.foundation.spreadsheets import harmless

COLUMNS = ("customer_id", "name", "address")


async def check(work: Work, operation: str) -> None:
    """Raise NotAllowed for whoever may not see contacts. Nobody is forgotten until this unit of work ends."""
    if not work.caller.may(SEE_CONTACT):
        raise NotAllowed(f"{operation} needs the permission {SEE_CONTACT}, too")
    await forgotten.stays(work)


async def take_out(work: Work, customer_ids: Sequence[str], stated: Stated) -> Contacts:
    """Names and addresses of those of these customers who may be contacted now; the trail tells how many."""
    found = await verdicts(work, customer_ids, stated.channel, stated.purpose)
    left_out: Counter[Against] = Counter(reason for verdict in found for reason in verdict.against)
    rows = await _reached(work, [each.customer_id for each in found if each.may], stated.channel)
    work.subjects.append(f"contacts:{len(rows)}")
    content = as_csv(rows) if stated.format == "csv" else as_lines(rows)
    return Contacts(content=content, format=stated.format, exported=len(rows), left_out=dict(left_out))


async def _reached(work: Work, customer_ids: Sequence[str], channel: Channel) -> list[tuple[str, str, str]]:
    """Id, name and address of each, in their order."""
    key, sealed = await tenants.data_key(work), await store.reached(work, customer_ids)

    def opened() -> dict[str, tuple[str, str, str]]:
        said = {row["customer_id"]: contact.unseal(key, row["person_key"], row["contact"]) for row in sealed}
        return {each: (each, of.name or "", addresses.address(channel, of) or "") for each, of in said.items()}

    known = await asyncio.to_thread(opened)
    return [known[each] for each in customer_ids if each in known]


def as_csv(rows: Sequence[tuple[str, str, str]]) -> str:
    """The rows as people open them in a spreadsheet: what would be a formula there is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(each) for each in row] for row in rows)
    return out.getvalue()


def as_lines(rows: Sequence[tuple[str, str, str]]) -> str:
    """The rows as JSON, one a line."""
    return "".join(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)
