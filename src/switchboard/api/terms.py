"""On which terms a change is asked for over HTTP: in headers, and what came of them in headers, too."""

from typing import Any
from uuid import UUID

from switchboard.api.exchange import Headers, Request
from switchboard.foundation.errors import Invalid
from switchboard.foundation.terms import LONGEST_KEY, Terms

KEY, DRY_RUN, APPROVAL = "Idempotency-Key", "Dry-Run", "Approval"
ABOUT = {
    KEY: "makes asking twice the same as asking once: for 24 hours the first answer again, with `Idempotency-Replayed`;"
    " with another request 409 `key_reused`",
    DRY_RUN: "`true` gives what it would give, and changes nothing; the answer has `Dry-Run: true`",
    APPROVAL: "the id of an approval that a person granted for this very request; good once",
}
PARAMETERS: list[dict[str, Any]] = [
    {"name": name, "in": "header", "required": False, "description": about, "schema": {"type": "string"}}
    for name, about in ABOUT.items()
]


def terms_of(request: Request) -> Terms:
    """What the headers say; raise Invalid naming the one that can not be read."""
    return Terms(key=_key(request), dry_run=_dry_run(request), approval=_approval(request))


def told(terms: Terms) -> Headers:
    """What came of them."""
    again = ((b"idempotency-replayed", b"true"),) if terms.is_again else ()
    return (*again, (b"dry-run", b"true")) if terms.dry_run else again


def _key(request: Request) -> str | None:
    said = _said(request, KEY)
    if said is not None and not (0 < len(said) <= LONGEST_KEY and said.isascii() and said.isprintable()):
        raise Invalid(f"{KEY}: write 1 to {LONGEST_KEY} plain characters, such as a UUID", field=KEY)
    return said


def _dry_run(request: Request) -> bool:
    said = (_said(request, DRY_RUN) or "false").lower()
    if said not in {"true", "false"}:
        raise Invalid(f"{DRY_RUN}: write true or false", field=DRY_RUN)
    return said == "true"


def _approval(request: Request) -> UUID | None:
    said = _said(request, APPROVAL)
    try:
        return None if said is None else UUID(said)
    except ValueError:
        raise Invalid(f"{APPROVAL}: write the id of an approval; approvals.list shows them", field=APPROVAL) from None


def _said(request: Request, name: str) -> str | None:
    """What the header says; raise Invalid where it says two things."""
    key = name.lower().encode()
    said = [value for each, value in request.scope["headers"] if each == key]
    if len(said) > 1:
        raise Invalid(f"{name}: send it once", field=name)
    return said[0].decode("latin-1").strip() if said else None
