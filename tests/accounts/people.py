"""Callers to test with."""

from uuid import UUID

from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import Role, permissions_of
from switchboard.foundation.callers import Caller
from switchboard.foundation.ids import new_id


def someone(workspace: Workspace, role: Role = "marketer", *, client: UUID | None = None) -> Caller:
    """A key of this role, as a door hands it on."""
    return Caller(
        id=new_id(), name="ana", kind="key", workspace=workspace.id, role=role, permissions=permissions_of(role),
        client=client,
    )  # fmt: skip
