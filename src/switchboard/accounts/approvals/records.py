"""Approvals as people see them."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue

from switchboard.foundation.records import Record

State = Literal["waiting", "granted", "refused", "used", "expired", "withdrawn"]


class ApprovalsAsked(Record):
    """Which approvals."""

    state: State | None = Field(default=None, description="only those that stand so; all, unless told otherwise")
    id: UUID | None = Field(default=None, description="only this one")
    limit: int = Field(default=50, ge=1, le=200, description="of a page")
    cursor: UUID | None = Field(default=None, description="next_cursor of the page before")


class ApprovalNamed(Record):
    """Which approval."""

    id: UUID = Field(description="as approvals.list shows it")


class ApprovalShown(Record):
    """A change that somebody asked for and a person has to allow."""

    id: UUID
    operation: str
    title: str
    request: dict[str, JsonValue] | None = Field(
        description="what it is asked for with; null for who may not see contacts, and once it names who was forgotten"
    )
    undo: str = Field(description="how it would be undone")
    state: State
    asked_by: UUID
    asked_by_name: str
    asked_at: AwareDatetime
    expires_at: AwareDatetime
    settled_by: UUID | None = Field(description="who granted or refused it; the caller, if at the client")
    settled_by_name: str | None
    settled_at: AwareDatetime | None
    used_at: AwareDatetime | None
    may_settle: bool = Field(description="whether the caller may grant or refuse it now")


class Approvals(Record):
    """Approvals, newest first: those the caller asked for, and those of operations that the caller may call."""

    approvals: tuple[ApprovalShown, ...]
    next_cursor: UUID | None


class ApprovalRule(Record):
    """Whether a change takes a person's word when it is asked for over MCP."""

    operation: str
    title: str
    needed: bool
    by_default: bool = Field(description="what holds where the workspace says nothing")
    is_set: bool = Field(description="the workspace says so")
    undo: str = Field(description="how it is undone")


class ApprovalRules(Record):
    """Every operation that changes something, by name."""

    rules: tuple[ApprovalRule, ...]


class ApprovalRuleSet(Record):
    """What shall hold of one operation."""

    operation: str = Field(max_length=100, description="as approvals.rules shows it")
    needed: bool | None = Field(description="whether it takes an approval; null: as by default")
