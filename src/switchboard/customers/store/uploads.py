"""Uploads and how they shall be imported."""

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
