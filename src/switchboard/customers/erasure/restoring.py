"""Who was forgotten stays so when an older backup is restored: by a list beside the data, of hashes alone."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers.erasure import erasing, whom
from switchboard.customers.forgotten import hash_of_id
from switchboard.customers.store import erasure as store
from switchboard.foundation.backup.forgotten import LIST, Forgotten, forgets_again, listed, note
from switchboard.foundation.callers import job_caller
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.personal import Cleaned, Gone, Leftover, leave_people

AT_ONCE = 20_000
LONGEST_S = 3600.0
REASON = "forgotten before; a restored backup had brought them back"


async def write_down(ground: Ground, workspace: UUID, _: Gone) -> Cleaned:
    """Whoever is forgotten and not on the list yet, put on it."""
    async with ground.work(job_caller(workspace)) as work:
        rows = await store.all_forgotten(work)
    there = {each.hash for each in listed(ground.data_dir)} if (ground.data_dir / LIST).exists() else set[str]()
    every = (Forgotten(workspace=workspace, hash=row["hash"].hex(), at=row["at"]) for row in rows)
    note(ground.data_dir, (each for each in every if each.hash not in there))
    return Cleaned(removed=0)


@forgets_again("customers")
async def forget_again(ground: Ground, forgotten: list[Forgotten]) -> int:
    """Forget people again by the hashes of their ids, and keep them gone; how many were back."""
    known, back = set((await tenants.names(ground)).values()), 0
    for workspace in {each.workspace for each in forgotten} & known:
        back += await _in(ground, workspace, {bytes.fromhex(of.hash) for of in forgotten if of.workspace == workspace})
    return back


async def _in(ground: Ground, workspace: UUID, hashes: AbstractSet[bytes]) -> int:
    async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
        await store.keep_forgotten(work, ground.ids(), sorted(hashes))
        key, after, theirs = await tenants.data_key(work), 0, list[str]()
        while rows := await store.ids_after(work, after, AT_ONCE):
            theirs += [row["customer_id"] for row in rows if hash_of_id(key, row["customer_id"]) in hashes]
            after = rows[-1]["person_key"]
    for customer_id in theirs:
        async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
            await erasing.alone(work)
            try:
                person, contacts = await whom.find(work, customer_id, and_hold=True)
            except NotFound:  # gone with another id of the same person
                continue
            await erasing.forget(work, person, contacts, customer_id, REASON)
    return len(theirs)


leave_people(Leftover(name="list of the forgotten", about="hashes, for backups that are restored", clean=write_down))
