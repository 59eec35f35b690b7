"""How long the workspace keeps each kind of data."""

from switchboard.foundation import sql
from switchboard.foundation.ground import Work


async def days(work: Work) -> dict[str, int | None]:
    """What the workspace set, by kind; None: for ever."""
    rows = await sql.fetch(work, "select kind, days from retention where workspace_id = $1", work.caller.workspace)
    return {row["kind"]: row["days"] for row in rows}


async def set_days(work: Work, kind: str, days: int | None) -> None:
    """Keep what the workspace says of a kind."""
    await sql.execute(
        work,
        "insert into retention (workspace_id, kind, days, changed_at) values ($1, $2, $3, $4)"
        " on conflict (workspace_id, kind) do update set days = excluded.days, changed_at = excluded.changed_at",
        work.caller.workspace, kind, days, work.now,
    )  # fmt: skip


async def unset(work: Work, kind: str) -> None:
    """Go back to what is usual."""
    await sql.execute(work, "delete from retention where workspace_id = $1 and kind = $2", work.caller.workspace, kind)
