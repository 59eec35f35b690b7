"""What customer files say of consent to marketing, as statements of the import they came with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from switchboard.customers.consent.deciding import holding
from switchboard.customers.consent.records import Channel
from switchboard.customers.store import consent as store
from switchboard.foundation.ground import Work

PURPOSE = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidInFile:
    """A yes or no of a person for a channel; `at` is None where the file states no time."""

    person_key: int
    channel: Channel
    agrees: bool
    at: datetime | None


async def keep(work: Work, said: Sequence[SaidInFile], source: str, import_id: UUID) -> int:
    """Keep what a file says; how many a yes without a time was not kept of, as it may be older than the withdrawal."""
    doubtful = [each.person_key for each in said if each.agrees and each.at is None]
    held = await holding(work, doubtful, purpose=PURPOSE)
    rows = list[tuple[object, ...]]()
    for each in said:
        now = held.get(each.person_key, {}).get((each.channel, PURPOSE))
        if not (each.agrees and each.at is None and now and now.state == "withdrawn"):
            state, at = "given" if each.agrees else "withdrawn", min(each.at or work.now, work.now)
            rows.append((work.ground.ids(), each.person_key, each.channel, state, at))
    await store.add_imported(work, rows, PURPOSE, source, import_id)
    return len(said) - len(rows)
