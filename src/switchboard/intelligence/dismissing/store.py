"""Rules whose insights are not shown for a while."""

from datetime import datetime

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

DISMISS = """
insert into insight_dismissed (workspace_id, rule, until, dismissed_by, dismissed_at) values ($1, $2, $3, $4, $5)
on conflict (workspace_id, rule) do update set until = excluded.until, dismissed_by = excluded.dismissed_by,
    dismissed_at = excluded.dismissed_at
"""


async def dismissed(work: Work) -> dict[str, datetime]:
    """The rules that are dismissed now, each with until when."""
    query = "select rule, until from insight_dismissed where workspace_id = $1 and until > $2"
    return {row["rule"]: row["until"] for row in await sql.fetch(work, query, work.caller.workspace, work.now)}


async def dismiss(work: Work, rule: str, until: datetime) -> None:
    """Dismiss a rule until then."""
    await sql.execute(work, DISMISS, work.caller.workspace, rule, until, work.caller.id, work.now)


async def restore(work: Work, rule: str) -> None:
    """Have it shown again."""
    query = "delete from insight_dismissed where workspace_id = $1 and rule = $2"
    await sql.execute(work, query, work.caller.workspace, rule)
