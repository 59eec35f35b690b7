"""Callers, users and a watch to test with."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from switchboard.accounts import users
from switchboard.accounts.records import SignIn, UserAdd, Workspace
from switchboard.accounts.roles import Role, operator_caller, permissions_of
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.ids import new_id

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
Given = TypeVar("Given")


class Watch:
    """A clock that goes when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 10, 45, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, span: timedelta | float) -> None:
        self.now += span if isinstance(span, timedelta) else timedelta(seconds=span)


def someone(workspace: Workspace, role: Role = "marketer", *, client: UUID | None = None) -> Caller:
    """A key of this role, as a door hands it on."""
    return Caller(
        id=new_id(), name="ana", kind="key", workspace=workspace.id, role=role, permissions=permissions_of(role),
        client=client,
    )  # fmt: skip


async def do(ground: Ground, caller: Caller, act: Callable[[Work], Awaitable[Given]]) -> Given:
    """Act in a unit of work of the caller's."""
    async with ground.work(caller) as work:
        return await act(work)


async def add_user(ground: Ground, workspace: Workspace, role: Role = "admin", *, email: str | None = None) -> str:
    """The e-mail of a new user, let in by the local operator, whose password is PASSWORD."""
    asked = UserAdd.model_validate({"email": email or f"{new_id()}@example.com", "role": role, "password": PASSWORD})
    await do(ground, operator_caller(workspace.id), lambda work: users.add(work, asked))
    return asked.email


async def sign_in(
    ground: Ground, email: str, password: str = PASSWORD, *, workspace: Workspace | None = None
) -> Caller:
    """The user behind e-mail and password, from an address of its own."""
    asked = SignIn.model_validate(
        {"email": email, "password": password, "workspace": workspace.name if workspace else None}
    )
    return await users.sign_in(ground, asked, address=str(new_id()), door="test")
