"""What callers can take out: contacts of those who may be contacted, for one channel and purpose."""

from switchboard.customers.stand_ins import asked_as
from switchboard.customers.taking_out import taking
from switchboard.customers.taking_out.records import Contacts, ContactsAsked
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.terms import not_undone


@operation(
    "customers.export_contacts",
    title="Export contacts",
    permission="customers:export",
    undo=not_undone("what was given out can not be called back"),
)
async def export_contacts(work: Work, asked: ContactsAsked) -> Contacts:
    """Names and addresses of those customers who may be contacted over the channel for the purpose, now.

    Needs customers:contact, too; the trail tells how many were taken out.
    """
    await taking.check(work, "customers.export_contacts")
    ids = list(dict.fromkeys([await asked_as(work, each) for each in asked.customer_ids]))
    return await taking.take_out(work, ids, asked)
