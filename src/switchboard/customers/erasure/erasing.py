"""Forgetting: out of the database in one transaction, then out of files, however often the process dies on the way."""

from collections.abc import Iterable
from uuid import UUID

from switchboard.accounts import audit, tenants
from switchboard.customers import intake
from switchboard.customers.erasure import whom as people
from switchboard.customers.events import PeopleForgotten
from switchboard.customers.store import erasure as store
from switchboard.customers.store import identities
from switchboard.foundation.events import publish
from switchboard.foundation.ground import Work
from switchboard.foundation.jobs import enqueue
from switchboard.foundation.personal import PLACES, Whom

COMPLETE = "customers.complete_erasure"


async def alone(work: Work) -> None:
    """Wait, but not long, for imports and all that must not meet an erasure; they wait for this unit of work.

    In the order in which an import takes both. Raise Conflict while one of them goes on.
    """
    await identities.hold(work)
    await store.lock(work)


async def forget(work: Work, whom: Whom, told: Iterable[people.Told], customer_id: str, reason: str) -> UUID:
    """Forget a person: nothing of them stays but hashes that keep them gone. The certificate's id."""
    kept_out = await people.hashes(work, whom, told)
    certificate = await remove(work, whom, reason, await audit.subject(work, customer_id))
    await store.keep_forgotten(work, certificate, kept_out)
    return certificate


async def remove(work: Work, whom: Whom, reason: str, subject: str | None) -> UUID:
    """Remove people from every place of the database and have files follow; the certificate's id.

    To be called `alone`.
    """
    certificate, key = work.ground.ids(), await tenants.data_key(work)
    removed = {place.name: await place.take(work, whom) for place in PLACES.values()}
    await store.add_certificate(
        work,
        store.Certificate(
            id=certificate, subject=subject, reason=reason, people=len(whom.person_keys),
            removed={name: count for name, count in removed.items() if count},
            wanted=people.seal(key, str(certificate), whom),
        ),
    )  # fmt: skip
    await enqueue(work, COMPLETE, certificate, once=str(certificate))
    await publish(work, PeopleForgotten(certificate_id=certificate, people=len(whom.person_keys)))
    if removed.get("orders"):
        await intake.tell(work, certificate, removed["orders"])
    return certificate
