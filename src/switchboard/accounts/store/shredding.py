"""A workspace's data key, overwritten by the schema's owner: what no caller and no job may do."""

from uuid import UUID

import psycopg


def overwrite_key(owner_url: str, workspace: UUID) -> None:
    """Empty the wrapped key, and write the table anew so that no old row is left in its file.

    What PostgreSQL wrote ahead of time (its WAL) holds the row until that is written over.
    """
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update workspace set data_key = '' where id = %s", (workspace,))
        owner.execute("vacuum full workspace")
        if _may_checkpoint(owner):
            owner.execute("checkpoint")


def _may_checkpoint(owner: psycopg.Connection[tuple[object, ...]]) -> bool:
    found = owner.execute("select pg_has_role(current_user, 'pg_checkpoint', 'usage')").fetchone()
    return found is not None and bool(found[0])
