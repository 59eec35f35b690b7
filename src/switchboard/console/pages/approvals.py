"""Approvals: what agents ask to change and wait for a person's word, and which changes take one."""

from starlette.responses import Response

from switchboard.accounts.approvals.operations import (
    approval_rules,
    grant_approval,
    list_approvals,
    refuse_approval,
    set_approval_rule,
)
from switchboard.accounts.approvals.records import (
    ApprovalNamed,
    ApprovalRuleSet,
    Approvals,
    ApprovalsAsked,
    ApprovalShown,
)
from switchboard.console import tables
from switchboard.console.addresses import address_of
from switchboard.console.visits import Visit
from switchboard.foundation.errors import Conflict
from switchboard.foundation.operations import Operation
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import APPROVALS

PATH = APPROVALS
PAGE, MOST_ROWS = 25, 5_000
STATES = (
    ("", "All"), ("waiting", "Waiting"), ("granted", "Granted"), ("used", "Done"), ("refused", "Refused"),
    ("expired", "Expired"),
)  # fmt: skip
HEAD = (
    "id", "operation", "state", "asked_by", "asked_by_name", "asked_at", "expires_at", "settled_by", "settled_by_name",
    "settled_at", "used_at",
)  # fmt: skip


async def show(visit: Visit) -> Response:
    """Approvals of one state or all, and what takes one."""
    query = visit.request.query_params
    asked = read_values(ApprovalsAsked, {
        "limit": PAGE, **{name: query[name] for name in ("state", "cursor", "id") if query.get(name)},
    })  # fmt: skip
    if name := tables.wanted(visit):
        rows = [[getattr(each, key) for key in HEAD] for each in await _every(visit, asked)]
        return tables.as_file(name, {"approvals": (HEAD, rows)})
    found, rules = await visit.ask(list_approvals, asked), await visit.ask(approval_rules, Nothing())
    kept = {"state": asked.state or ""}
    return visit.page("approvals.html", {
        "approvals": found.approvals,
        "rules": rules.rules,
        "states": STATES,
        "state_now": asked.state or "",
        "is_one": asked.id is not None,
        "lives": not asked.cursor and asked.state in {None, "waiting", "granted"},
        "first": address_of(PATH, kept) if asked.cursor else None,
        "more": address_of(PATH, {**kept, "cursor": str(found.next_cursor)}) if found.next_cursor else None,
        "file": address_of(PATH, {**kept, "csv": "approvals"}),
        "may_rule": visit.caller.may(set_approval_rule.permission),
        "may_take": tables.may_take(visit),
    })  # fmt: skip


async def grant(visit: Visit) -> Response:
    """Allow what was asked for, once."""
    return await _settled(visit, grant_approval, "Granted: who asked may do it once.")


async def refuse(visit: Visit) -> Response:
    """Say no, or take one's word back."""
    return await _settled(visit, refuse_approval, "Refused: it is not done.")


async def rule(visit: Visit) -> Response:
    """Have a change take an approval, or not, or as by default."""
    fields = await visit.form()
    needed = {"yes": True, "no": False}.get(fields.get("needed", ""))
    asked = read_values(ApprovalRuleSet, {"operation": fields.get("operation", ""), "needed": needed})
    await visit.ask(set_approval_rule, asked)
    return visit.after(PATH, f"{asked.operation} is set.")


async def _settled(visit: Visit, operation: Operation[ApprovalNamed, ApprovalShown], told: str) -> Response:
    fields = await visit.form()
    asked = read_values(ApprovalNamed, {"id": fields.get("id", "")})
    try:
        await visit.ask(operation, asked)
    except Conflict as error:  # it was settled, used or has expired meanwhile
        told = f"{str(error)[:1].upper()}{str(error)[1:]}."
    return visit.after(PATH, told)


async def _every(visit: Visit, asked: ApprovalsAsked) -> list[ApprovalShown]:
    found, page = list[ApprovalShown](), Approvals(approvals=(), next_cursor=asked.cursor)
    while len(found) < MOST_ROWS:
        page = await visit.ask(
            list_approvals, asked.model_copy(update={"limit": 200, "cursor": page.next_cursor})
        )  # fmt: skip
        found += page.approvals
        if page.next_cursor is None:
            break
    return found


PAGES = (
    (PATH, "GET", show), (f"{PATH}/grant", "POST", grant), (f"{PATH}/refuse", "POST", refuse),
    (f"{PATH}/rule", "POST", rule),
)  # fmt: skip
