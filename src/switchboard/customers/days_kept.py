"""How many days the workspace keeps each kind of data: what it set, else what is usual."""

from switchboard.customers.store import retention as store
from switchboard.foundation.ground import Work
from switchboard.foundation.retention import KINDS, Kind, keep_kind

keep_kind(
    Kind(
        name="backups", about="copies of the whole that whoever runs this keeps; told in certificates", days=35,
        least_days=1,
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="logs", about="what processes write to standard error, without people; told in certificates", days=30,
        least_days=1,
    )
)  # fmt: skip


async def days_kept(work: Work) -> dict[str, int | None]:
    """Of every kind; None: for ever."""
    said = await store.days(work)
    return {name: said.get(name, kind.days) for name, kind in KINDS.items()}
