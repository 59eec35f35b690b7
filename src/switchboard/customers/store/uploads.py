"""Uploads and how they shall be imported."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work


async def add(work: Work, upload_id: UUID, name: str) -> None:
    """Note an upload."""
    await sql.execute(
        work,
        "insert into upload (workspace_id, id, name, made_at) values ($1, $2, $3, $4)",
        work.caller.workspace, upload_id, name, work.now,
    )  # fmt: skip


async def name(work: Work, upload_id: UUID) -> str | None:
    """The name of the file behind an upload."""
    found = await sql.fetch_value(
        work, "select name from upload where workspace_id = $1 and id = $2", work.caller.workspace, upload_id
    )
    return None if found is None else str(found)


async def set_request(work: Work, upload_id: UUID, request: str) -> None:
    """Keep how the upload shall be imported, as JSON."""
    await sql.execute(
        work,
        "update upload set request = $3::jsonb where workspace_id = $1 and id = $2",
        work.caller.workspace, upload_id, request,
    )  # fmt: skip


async def request(work: Work, upload_id: UUID) -> str | None:
    """How the upload shall be imported, as JSON."""
    found = await sql.fetch_value(
        work, "select request::text from upload where workspace_id = $1 and id = $2", work.caller.workspace, upload_id
    )
    return None if found is None else str(found)


async def remove(work: Work, upload_ids: Sequence[str]) -> None:
    """Forget these uploads, whose files are gone."""
    await sql.execute(
        work,
        "delete from upload where workspace_id = $1 and id = any($2::uuid[])",
        work.caller.workspace, list(upload_ids),
    )  # fmt: skip


async def made_before(work: Work, before: datetime, at_most: int) -> list[UUID]:
    """Uploads begun before a moment."""
    rows = await sql.fetch(
        work,
        "select id from upload where workspace_id = $1 and made_at < $2 order by made_at limit $3",
        work.caller.workspace, before, at_most,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def count_made_before(work: Work, before: datetime) -> int:
    """How many they are."""
    query = "select count(*) from upload where workspace_id = $1 and made_at < $2"
    return int(str(await sql.fetch_value(work, query, work.caller.workspace, before)))
