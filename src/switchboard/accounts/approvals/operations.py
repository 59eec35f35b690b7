"""What callers can do about approvals."""

import json

from switchboard.accounts import tenants
from switchboard.accounts.approvals import forgetting
from switchboard.accounts.approvals.keeping import APPROVAL_LASTS, request_place
from switchboard.accounts.approvals.records import (
    ApprovalNamed,
    ApprovalRule,
    ApprovalRules,
    ApprovalRuleSet,
    Approvals,
    ApprovalsAsked,
    ApprovalShown,
)
from switchboard.accounts.store import approvals as store
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import OPERATIONS, operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import not_undone, undone_by, undone_within
from switchboard.foundation.vault import DataKey

DECLARED = forgetting  # importing it declares what is held of people here
PERSONS = frozenset({"user", "operator"})  # whose word counts: never a key's, which an agent may hold
SEE_CONTACT = "customers:contact"


@operation("approvals.list", title="Approvals", permission="workspace:read", reads=True)
async def list_approvals(work: Work, asked: ApprovalsAsked) -> Approvals:
    """Changes that agents asked for and a person has to allow, and what became of them; newest first."""
    named = [name for name, each in OPERATIONS.items() if not each.reads and each.is_for(work.caller)]
    which = store.Which(state=asked.state, before=asked.cursor, id=asked.id)
    rows = await store.page(work, named, which, asked.limit + 1)
    key = await tenants.data_key(work)
    shown = tuple(_shown(row, key, work.caller) for row in rows[: asked.limit])
    return Approvals(approvals=shown, next_cursor=shown[-1].id if len(rows) > asked.limit else None)


@operation(
    "approvals.grant",
    title="Grant an approval",
    permission="workspace:read",
    undo=undone_within(
        int(APPROVAL_LASTS.total_seconds()), "approvals.refuse", "counted from when it was asked for, until it was used"
    ),
)
async def grant_approval(work: Work, asked: ApprovalNamed) -> ApprovalShown:
    """Allow a change that was asked for, once: who asked calls again with the approval's id.

    People alone may, who have the permission of what it allows; not keys.
    """
    return await _settle(work, asked, "granted", ("waiting",))


@operation(
    "approvals.refuse",
    title="Refuse an approval",
    permission="workspace:read",
    undo=not_undone("who wants it still asks for it again"),
)
async def refuse_approval(work: Work, asked: ApprovalNamed) -> ApprovalShown:
    """Say no to a change that was asked for, or take back one's word while it was not used."""
    return await _settle(work, asked, "refused", ("waiting", "granted"))


@operation("approvals.rules", title="What takes an approval", permission="workspace:read", reads=True)
async def approval_rules(work: Work, _asked: Nothing) -> ApprovalRules:
    """Every operation that changes something, and whether a person is asked before it is done over MCP."""
    said = await store.rules(work)
    changing = sorted((each.name, each) for each in OPERATIONS.values() if not each.reads)
    return ApprovalRules(
        rules=tuple(
            ApprovalRule(
                operation=name, title=each.title, needed=said.get(name, each.needs_approval),
                by_default=each.needs_approval, is_set=name in said, undo=each.undo.about if each.undo else "",
            )
            for name, each in changing
        )
    )  # fmt: skip


@operation(
    "approvals.set_rule",
    title="Set what takes an approval",
    permission="workspace:manage",
    undo=undone_by("approvals.set_rule", "with what held before"),
)
async def set_approval_rule(work: Work, asked: ApprovalRuleSet) -> ApprovalRules:
    """Have a person asked before an operation is done over MCP, or not, or as by default."""
    found = OPERATIONS.get(asked.operation)
    if found is None or found.reads:
        raise Invalid(
            f"operation: nothing that changes something is called {asked.operation!r}; approvals.rules lists them",
            field="operation",
        )
    await store.set_rule(work, found.name, asked.needed)
    return await approval_rules.run(work, Nothing())


async def _settle(work: Work, asked: ApprovalNamed, state: str, from_states: tuple[str, ...]) -> ApprovalShown:
    row = await store.one(work, asked.id)
    declared = None if row is None else OPERATIONS.get(row["operation"])
    may_see = declared is not None and declared.is_for(work.caller)
    if row is None or not (may_see or row["asked_by"] == work.caller.id):
        raise NotFound(f"there is no approval {asked.id}; approvals.list shows those there are")
    work.subjects.append(f"approval:{asked.id}")
    if work.caller.kind not in PERSONS or not may_see:
        raise NotAllowed(f"a person with the permission of {row['operation']} settles it, who signed in; no key does")
    if row["state"] not in from_states:
        raise Conflict(f"it can not be {state} any more: it is {row['state']}", code=f"approval_{row['state']}")
    await store.settle(work, asked.id, state)
    settled = await store.one(work, asked.id)
    assert settled is not None, "it is held"
    return _shown(settled, await tenants.data_key(work), work.caller)


def _shown(row: store.Row, key: DataKey, caller: Caller) -> ApprovalShown:
    declared, sealed = OPERATIONS.get(row["operation"]), row["request"]
    may_see = caller.may(SEE_CONTACT) or row["asked_by"] == caller.id
    may_settle = caller.kind in PERSONS and declared is not None and declared.is_for(caller)
    return ApprovalShown(
        id=row["id"], operation=row["operation"], title=declared.title if declared else row["operation"],
        request=json.loads(key.open(sealed, request_place(row["id"]))) if sealed and may_see else None,
        undo=declared.undo.about if declared and declared.undo else "", state=row["state"], asked_by=row["asked_by"],
        asked_by_name=row["asked_by_name"], asked_at=row["asked_at"], expires_at=row["expires_at"],
        settled_by=row["settled_by"], settled_by_name=row["settled_by_name"], settled_at=row["settled_at"],
        used_at=row["used_at"], may_settle=may_settle and row["state"] in {"waiting", "granted"},
    )  # fmt: skip
