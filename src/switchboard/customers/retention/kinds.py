"""The kinds of data that `customers` keeps."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from switchboard.customers import intake, uploads
from switchboard.customers.erasure import erasing
from switchboard.customers.erasure import whom as people
from switchboard.customers.store import erasure, removing
from switchboard.customers.store import people as people_store
from switchboard.customers.store import uploads as upload_store
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import Whom
from switchboard.foundation.retention import Kind, keep_kind


async def _remove_orders(work: Work, before: datetime, at_most: int) -> int:
    await erasing.alone(work)
    old = await removing.old_documents(work, before, at_most)
    await removing.take_lines(work, list(old))
    await removing.take_old_layers(work, list(old))
    gone = await removing.take_documents(work, list(old))
    if gone:
        await people_store.settle(work, list({person for person in old.values() if person is not None}))
        await intake.tell(work, work.ground.ids(), gone)
    return gone


async def _remove_people(work: Work, before: datetime, at_most: int) -> int:
    """As if they were erased, but they may come back, and wrong rows of theirs have gone before."""
    await erasing.alone(work)
    rows = await erasure.unused_since(work, before, at_most)
    if rows:
        found, _ = await people.of_rows(work, rows)
        whom = Whom(person_keys=found.person_keys, customer_ids=found.customer_ids)
        await erasing.remove(work, whom, "retention", None)
    return len(rows)


def _older(kind: str) -> Callable[[Work, datetime], list[Path]]:
    """The workspace's files of a kind that were written before a moment."""

    def older(work: Work, before: datetime) -> list[Path]:
        folder = work.ground.data_dir / kind / str(work.caller.workspace)
        files = folder.iterdir() if folder.exists() else ()
        return sorted(path for path in files if path.lstat().st_mtime < before.timestamp())

    return older


OLD_QUARANTINE = _older("quarantine")


async def _count_quarantine(work: Work, before: datetime) -> int:
    return len(OLD_QUARANTINE(work, before))


async def _remove_quarantine(work: Work, before: datetime, at_most: int) -> int:
    some = OLD_QUARANTINE(work, before)[:at_most]
    for path in some:
        path.unlink(missing_ok=True)
    return len(some)


async def _remove_uploads(work: Work, before: datetime, at_most: int) -> int:
    old = await upload_store.made_before(work, before, at_most)
    for each in old:
        uploads.drop(work.ground.data_dir, work.caller.workspace, each)
    await upload_store.remove(work, [str(each) for each in old])
    return len(old)


keep_kind(
    Kind(
        name="events", about="what people opened, clicked, asked", days=760, least_days=1,
        count=removing.count_old_events, remove=removing.take_old_events,
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="orders", about="orders, refunds and their lines", days=None, least_days=30,
        count=removing.count_old_documents, remove=_remove_orders,
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="profiles", about="people without an order, an event or a word for so long, with all that is held of them",
        days=None, least_days=90, count=erasure.count_unused_since, remove=_remove_people,
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="quarantine", about="files of wrong rows", days=90, least_days=1, count=_count_quarantine,
        remove=_remove_quarantine,
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="uploads", about="files that were sent and wait to be imported", days=7, least_days=1,
        count=upload_store.count_made_before, remove=_remove_uploads,
    )
)  # fmt: skip
