"""Who is asking."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

CallerKind = Literal["user", "key", "operator", "job", "nobody"]
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A user, an API key, the local operator or a job; the workspace bounds all it can see."""

    id: UUID
    name: str
    kind: CallerKind
    workspace: UUID
    role: str
    permissions: frozenset[str]
    client: UUID | None = None  # the consumer inside the workspace that it acts for
    tools_only: frozenset[str] | None = None  # its client has the tools of these bare names alone; None: all there are
    tools_off: frozenset[str] = frozenset()  # and none of these
    withheld: frozenset[str] = frozenset()  # permissions it would have but for the scopes of its access token
    lists_all: bool = False  # every tool is listed to it where others are shown a few

    def has_tool(self, name: str) -> bool:
        """Whether its client goes with the tool of this bare name; what it may do is another question."""
        return (self.tools_only is None or name in self.tools_only) and name not in self.tools_off

    def may(self, permission: str) -> bool:
        """Whether the caller has the permission, a `noun:verb`."""
        return permission in self.permissions


def job_caller(workspace: UUID, permissions: frozenset[str] = frozenset()) -> Caller:
    """The product itself at work in a workspace, by schedule or in reaction to an event."""
    return Caller(id=NOBODY, name="switchboard", kind="job", workspace=workspace, role="job", permissions=permissions)
