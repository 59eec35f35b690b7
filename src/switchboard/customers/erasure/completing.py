"""What follows an erasure: files are cleaned, and the certificate says so once nothing is left."""

import json
from datetime import timedelta
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers.days_kept import days_kept
from switchboard.customers.erasure import whom as people
from switchboard.customers.store import emptying
from switchboard.customers.store import erasure as store
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.personal import LEFTOVERS, Gone

AT_ONCE = 100  # certificates
LONGEST_S = 3600.0
SEALED = (
    "Contacts and proofs of consent are sealed there; ids, orders, properties of events, attributes, and where consent"
    " was given are not, for somebody who has the disk"
)


async def complete(ground: Ground, workspace: UUID) -> int:
    """Clean up after the workspace's open certificates, together; how many are complete now.

    While another process is at it, nothing is done here.
    """
    done = 0
    async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as holder:
        while await store.complete_alone(holder):
            completed, whole = await _complete_some(ground, workspace)
            done += completed
            if not whole or not completed:
                break
    return done


async def _complete_some(ground: Ground, workspace: UUID) -> tuple[int, bool]:
    """How many were completed, and whether there may be more."""
    async with ground.work(job_caller(workspace)) as work:
        rows = await store.open_certificates(work, AT_ONCE)
        key = await tenants.data_key(work)
        whom = people.together([people.unseal(key, str(row["id"]), row["wanted"]) for row in rows])
    if not rows:
        return 0, False
    ids = [row["id"] for row in rows]
    gone = Gone(whom=whom, since_s=max(row["at"].timestamp() for row in rows))
    clean = True
    for leftover in LEFTOVERS.values():
        cleaned = await leftover.clean(ground, workspace, gone)
        clean &= cleaned.done
        async with ground.work(job_caller(workspace)) as work:
            await store.note_cleaned(work, ids, leftover.name, cleaned.removed)
    if not clean:
        return 0, False
    async with ground.work(job_caller(workspace)) as work:
        await store.complete(work, ids, json.dumps(await remaining(work)))
    return len(ids), len(ids) == AT_ONCE


async def remaining(work: Work) -> list[dict[str, str | None]]:
    """What can still hold traces, counted from now."""
    kept, parts = await days_kept(work), await emptying.parts(work)

    def until(kind: str) -> str | None:
        days = kept.get(kind)
        return None if days is None else (work.now + timedelta(days=days)).isoformat()

    return [
        {"what": "backups", "until": until("backups"),
         "why": "copies made before this day, which are kept no longer than that; restored with the list of the"
         " forgotten, they leave the person out"},
        {"what": "logs", "until": until("logs"), "why": "they name nobody; they hold random ids of our own only"},
        {"what": "audit trail", "until": until("audit"),
         "why": "who did what and when, about a keyed hash that does not tell whose it is"},
        {"what": "the database's log of changes", "until": None,
         "why": "PostgreSQL writes over it as more is changed, on no fixed day, and reads it only to recover from a"
         f" crash. {SEALED}"},
        {"what": "space of deleted rows on the disk", "until": None,
         "why": f"no question reaches it. Of {parts} tables, those that `cleaned` counts as written anew hold nothing"
         f" of it; in others, that were in use or are larger than {emptying.SMALL_BYTES >> 20} MB, and where files lay"
         f" that are gone, it is written over as new data comes, on no fixed day. {SEALED}"},
        {"what": "keyed hashes", "until": None,
         "why": "nobody can be read from them; they keep imports, syncs and webhooks from bringing the person back,"
         " and suppressed addresses suppressed"},
    ]  # fmt: skip
