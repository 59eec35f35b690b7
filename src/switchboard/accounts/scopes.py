"""Scopes of access tokens: each lets through some of the permissions a caller has anyway, and none gives any."""

from dataclasses import replace

from switchboard.accounts.roles import EVERY
from switchboard.foundation.callers import Caller

READ, CONTACT, WRITE = "mcp:read", "mcp:contact", "mcp:write"
SEEING = frozenset(name for name in EVERY if name.endswith(":read")) | {"customers:search"}
TO_CONTACT = frozenset({"customers:contact"})
LETS: dict[str, frozenset[str]] = {READ: SEEING, CONTACT: TO_CONTACT, WRITE: EVERY - SEEING - TO_CONTACT}
"""Reading; names and addresses unmasked; everything else. Clients ask for the first and step up to the others."""


def within(caller: Caller, scopes: frozenset[str]) -> Caller:
    """The caller with what these scopes let through; the rest is withheld."""
    lets = frozenset[str]().union(*(LETS[name] for name in scopes if name in LETS))
    return replace(caller, permissions=caller.permissions & lets, withheld=caller.permissions - lets)


def scope_for(permission: str) -> str:
    """The scope that lets this permission through."""
    return next(name for name, lets in LETS.items() if permission in lets)
