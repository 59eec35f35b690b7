"""Who was forgotten stays so when an older backup is restored: by a list beside the data, of hashes alone."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers.erasure import erasing, whom
from switchboard.customers.known_by import hash_of_id
from switchboard.customers.store import erasure as store
from switchboard.customers.store.erasure import Row
from switchboard.foundation.backup.forgotten import LIST, Forgotten, forgets_again, listed, note, standing
from switchboard.foundation.callers import job_caller
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.personal import Cleaned, Gone, Leftover, leave_people

AT_ONCE = 20_000
LONGEST_S = 3600.0
REASON = "forgotten before; a restored backup had brought them back"


async def write_down(ground: Ground, workspace: UUID, _: Gone) -> Cleaned:
    """Whoever is forgotten and not on the list yet, put on it."""
    async with ground.work(job_caller(workspace)) as work:
        rows = await store.all_forgotten(work)
    lines = standing(listed(ground.data_dir)) if (ground.data_dir / LIST).exists() else ()
    there = {each.hash for each in lines if each.workspace == workspace}
    note(ground.data_dir, (each for each in _lines(workspace, rows, None) if each.hash not in there))
    return Cleaned(removed=0)


def write_lifted(work: Work, rows: Sequence[Row]) -> None:
    """Put on the list that whoever was known by these (hash, certificate_id) may come back."""
    note(work.ground.data_dir, _lines(work.caller.workspace, rows, work.now))


def _lines(workspace: UUID, rows: Sequence[Row], lifted_at: datetime | None) -> Iterator[Forgotten]:
    for row in rows:
        yield Forgotten(
            workspace=workspace, hash=row["hash"].hex(), together=row["certificate_id"], at=lifted_at or row["at"],
            lifted=lifted_at is not None,
        )  # fmt: skip


@forgets_again("customers")
async def forget_again(ground: Ground, forgotten: list[Forgotten]) -> int:
    """Forget people again by the hashes of their ids, and keep them gone; how many were back."""
    known, back = set((await tenants.names(ground)).values()), 0
    for workspace in {each.workspace for each in forgotten} & known:
        theirs: dict[UUID, set[bytes]] = {}
        for each in forgotten:
            if each.workspace == workspace:
                theirs.setdefault(each.together, set()).add(bytes.fromhex(each.hash))
        back += await _in(ground, workspace, theirs)
    return back


async def _in(ground: Ground, workspace: UUID, forgotten: Mapping[UUID, AbstractSet[bytes]]) -> int:
    hashes = {each for of_one in forgotten.values() for each in of_one}
    async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
        for certificate, of_one in forgotten.items():
            await store.keep_forgotten(work, certificate, sorted(of_one))
        key, after, theirs = await tenants.data_key(work), 0, list[str]()
        while rows := await store.ids_after(work, after, AT_ONCE):
            theirs += [row["customer_id"] for row in rows if hash_of_id(key, row["customer_id"]) in hashes]
            after = rows[-1]["person_key"]
    back = 0
    for customer_id in theirs:
        async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
            await erasing.alone(work)
            try:
                person, told = await whom.find(work, customer_id, and_hold=True)
            except NotFound:  # gone with another id of the same person
                continue
            await erasing.forget(work, person, told, customer_id, REASON)
        back += 1
    return back


leave_people(Leftover(name="list of the forgotten", about="hashes, for backups that are restored", clean=write_down))
