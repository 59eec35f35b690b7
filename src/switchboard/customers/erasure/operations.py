"""What callers can do about forgetting people, and telling them what is held."""

import asyncio
import json

from switchboard.accounts import audit, tenants
from switchboard.customers import known_by
from switchboard.customers.erasure import erasing, files, in_filters, in_searches, places, restoring, telling
from switchboard.customers.erasure import whom as people
from switchboard.customers.erasure.records import (
    Access,
    AccessAsked,
    Certificate,
    CertificateRef,
    Certificates,
    CertificatesAsked,
    EraseAsked,
    Held,
    LiftAsked,
    Lifted,
    Preview,
    PreviewAsked,
    Remains,
)
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import erasure as store
from switchboard.foundation.errors import Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.personal import LEFTOVERS, PLACES
from switchboard.foundation.terms import not_undone

LONGEST_S = 600.0
DECLARED = (places, in_filters, in_searches, files)  # importing them declares what `customers` holds of people


@operation("customers.preview_erasure", title="Preview an erasure", permission="customers:erase", reads=True)
async def preview_erasure(work: Work, asked: PreviewAsked) -> Preview:
    """What forgetting a customer would remove: how many things, by place. Nothing is removed."""
    await audit.about(work, asked.customer_id)
    whom, _ = await people.find(work, asked.customer_id)
    counts = {name: await place.count(work, whom) for name, place in PLACES.items()}
    return Preview(
        customer_ids=whom.customer_ids,
        places=tuple(
            Held(place=name, about=PLACES[name].about, count=count) for name, count in counts.items() if count
        ),
        files=tuple(f"{each.name}: {each.about}" for each in LEFTOVERS.values()),
    )


@operation(
    "customers.erase",
    title="Erase a customer",
    permission="customers:erase",
    timeout_s=LONGEST_S,
    undo=not_undone("who was forgotten is forgotten; nothing of them is left"),
    needs_approval=True,
)
async def erase(work: Work, asked: EraseAsked) -> Certificate:
    """Forget a customer for good: everything of them is removed everywhere, and they stay gone.

    `confirm` repeats the customer_id. What remains are keyed hashes, which keep imports from bringing them back, and
    a certificate that names nobody; it is complete once files are clean, too, a moment later.
    """
    if asked.confirm != asked.customer_id:
        raise Invalid("confirm: type the customer's id once more; there is no way back", field="confirm")
    await audit.about(work, asked.customer_id)
    await erasing.alone(work)
    whom, told = await people.find(work, asked.customer_id, and_hold=True)
    certificate = await erasing.forget(work, whom, told, asked.customer_id, asked.reason)
    return await _certificate(work, CertificateRef(certificate_id=certificate))


@operation("customers.erasure_certificate", title="Erasure certificate", permission="customers:erase", reads=True)
async def erasure_certificate(work: Work, asked: CertificateRef) -> Certificate:
    """What was removed of a customer, where and when, and what can hold traces until when; it names nobody."""
    return await _certificate(work, asked)


@operation("customers.erasure_certificates", title="Erasure certificates", permission="customers:erase", reads=True)
async def erasure_certificates(work: Work, asked: CertificatesAsked) -> Certificates:
    """Certificates, newest first; of one customer_id, whose keyed hash alone is left."""
    subject = None if asked.customer_id is None else await audit.subject(work, asked.customer_id)
    rows = await store.certificates(work, subject, asked.cursor, asked.limit + 1)
    shown = tuple(_shown(row) for row in rows[: asked.limit])
    return Certificates(certificates=shown, next_cursor=shown[-1].certificate_id if len(rows) > asked.limit else None)


@operation(
    "customers.lift_erasure",
    title="Lift an erasure",
    permission="customers:erase",
    undo=not_undone("no hash of theirs is left; who comes back can be erased anew"),
)
async def lift_erasure(work: Work, asked: LiftAsked) -> Lifted:
    """Let somebody come back who was forgotten and signed up again by their own wish: imports bring them in anew.

    What was removed stays removed.
    """
    given = [each for each in (asked.email, asked.phone, asked.customer_id) if each]
    work.subjects.append(f"reason:{asked.reason}")
    if len(given) != 1:
        raise Invalid("email: give an e-mail, a phone or a customer_id, one of the three", field="email")
    key = await tenants.data_key(work)
    if asked.customer_id:
        await audit.about(work, asked.customer_id)
        hashes = {known_by.hash_of_id(key, await asked_as(work, asked.customer_id))}
    else:
        hashes = known_by.hashes_asked(key, given[0], ((await tenants.current(work)).country,))
    lifted = await store.lift(work, sorted(hashes))
    if not lifted:
        raise NotFound("nobody was forgotten under this; customers.erasure_certificates lists who was, by customer_id")
    if not work.rehearses:
        await asyncio.to_thread(restoring.write_lifted, work, lifted)
    return Lifted(hashes=len(lifted))


@operation(
    "customers.access_export",
    title="Export what is held of a customer",
    permission="customers:export",
    undo=not_undone("what was given out can not be called back"),
)
async def access_export(work: Work, asked: AccessAsked) -> Access:
    """Everything that is held of a customer, by place, for themselves: as data and as a page to read.

    Of a place that has more than 20,000 entries the rest follows, asked for with place and after.
    Contacts are in the clear, so it needs customers:contact, too.
    """
    if not work.caller.may(SEE_CONTACT):
        raise NotAllowed(f"customers.access_export needs the permission {SEE_CONTACT}, too")
    await audit.about(work, asked.customer_id)
    whom, _ = await people.find(work, asked.customer_id)
    return await telling.access(work, whom, asked.place, asked.after)


async def _certificate(work: Work, asked: CertificateRef) -> Certificate:
    row = await store.certificate(work, asked.certificate_id)
    if row is None:
        raise NotFound(
            f"there is no certificate {asked.certificate_id}; customers.erasure_certificates lists those there are"
        )
    return _shown(row)


def _shown(row: store.Row) -> Certificate:
    return Certificate(
        certificate_id=row["id"], reason=row["reason"], people=row["people"], at=row["at"], asked_by=row["asked_by"],
        removed=json.loads(row["removed"]), cleaned=json.loads(row["cleaned"]),
        complete=row["completed_at"] is not None, completed_at=row["completed_at"],
        remaining=tuple(Remains.model_validate(each) for each in json.loads(row["remaining"])),
    )  # fmt: skip
