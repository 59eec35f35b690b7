"""Roles and what each may do: one table, which `docs/roles.md` shows."""

from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from switchboard.foundation.callers import Caller

Role = Literal["owner", "admin", "marketer", "analyst", "support", "agent"]
ROLES: tuple[Role, ...] = get_args(Role)
ABOUT: dict[Role, str] = {
    "owner": "everything, and who else owns the workspace",
    "admin": "everything but that",
    "marketer": "customers with their contacts, imports, exports, campaigns",
    "analyst": "all figures; contacts masked",
    "support": "one customer at a time, with contacts; exports nothing",
    "agent": "AI: reads, contacts masked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A `noun:verb` that operations name, what it opens, and the roles that have it."""

    name: str
    opens: str
    roles: frozenset[Role]


def _permission(name: str, opens: str, *roles: Role) -> Permission:
    """The owner has every permission."""
    return Permission(name=name, opens=opens, roles=frozenset(("owner", *roles)))


PERMISSIONS = (
    _permission("customers:read", "one customer: orders, segments, risk", *ROLES),
    _permission("customers:search", "lists of customers", "admin", "marketer", "analyst", "agent"),
    _permission("customers:audiences", "save filters under a name", "admin", "marketer", "analyst"),
    _permission("customers:contact", "name, e-mail, phone and address unmasked", "admin", "marketer", "support"),
    _permission(
        "customers:consent", "record what they consent to, and suppress addresses", "admin", "marketer", "support"
    ),
    _permission("customers:merge", "merge customers who are one person, and undo it", "admin", "marketer", "support"),
    _permission("customers:edit", "set attributes of a customer by hand", "admin", "marketer", "support"),
    _permission("customers:attributes", "say which attributes there are, and forget them", "admin", "marketer"),
    _permission("customers:import", "bring in orders, customers and events, and undo it", "admin", "marketer"),
    _permission("customers:ingest", "send events, orders and people as they happen", "admin", "marketer"),
    _permission("customers:export", "take lists of customers out", "admin", "marketer", "analyst"),
    _permission("customers:erase", "forget them for good, and see what was", "admin"),
    _permission("retention:manage", "how long each kind of data is kept", "admin"),
    _permission("intelligence:read", "segments, archetypes, trends, predictions", *ROLES),
    _permission("intelligence:run", "recompute them", "admin", "marketer", "analyst"),
    _permission("intelligence:settings", "anchors and cuts they are worked out with", "admin"),
    _permission("campaigns:read", "campaigns, and whom to address with which", "admin", "marketer", "analyst", "agent"),
    _permission("workspace:read", "the workspace's settings; one's own sign-in", *ROLES),
    _permission("workspace:manage", "change its settings and allowances", "admin"),
    _permission("users:manage", "who may sign in, and as what", "admin"),
    _permission("owners:manage", "who owns the workspace"),
    _permission("keys:manage", "API keys", "admin"),
    _permission("clients:manage", "clients: their keys, tools, limits and usage", "admin"),
    _permission("servers:manage", "the servers of the MCP gateway: switch, set, roll out", "admin"),
    _permission("audit:read", "the trail of who did what", "admin"),
    _permission("jobs:read", "what runs and ran in the background", "admin", "marketer", "analyst"),
    _permission("jobs:run", "start, repeat and stop it", "admin", "marketer"),
)
EVERY = frozenset(permission.name for permission in PERMISSIONS)
GRANTED: dict[str, frozenset[str]] = {
    role: frozenset(permission.name for permission in PERMISSIONS if role in permission.roles) for role in ROLES
}
NONE: frozenset[str] = frozenset()
CUSTOM = "custom"


OPERATOR = UUID(int=1)


def operator_caller(workspace: UUID) -> Caller:
    """Whoever runs the command line on the data directory itself: an owner, and audited as what it is."""
    return Caller(
        id=OPERATOR, name="local operator", kind="operator", workspace=workspace, role="owner", permissions=EVERY
    )


def permissions_of(role: str, only: list[str] | None = None) -> frozenset[str]:
    """What a caller of the role may do, within `only` if that is given; a role of no meaning has no permission.

    A key may have permissions of its own instead of a role: then the role is "custom" and `only` is all of them.
    """
    if role == CUSTOM:
        return EVERY.intersection(only or ())
    granted = GRANTED.get(role, NONE)
    return granted if only is None else granted.intersection(only)


def as_markdown() -> str:
    """The table of roles and permissions, as `docs/roles.md` holds it."""
    roles = "\n".join(f"* **{role}**: {about}" for role, about in ABOUT.items())
    head = f"| permission | opens | {' | '.join(ROLES)} |\n|---|---|{':-:|' * len(ROLES)}"
    rows = "\n".join(
        f"| `{row.name}` | {row.opens} | {' | '.join('✓' if role in row.roles else ' ' for role in ROLES)} |"
        for row in PERMISSIONS
    )
    about = "Made from `accounts/roles.py` by `python -m switchboard.accounts.roles > docs/roles.md`."
    return f"# Roles and permissions\n\n{about}\n\n{roles}\n\n{head}\n{rows}\n"


if __name__ == "__main__":
    print(as_markdown(), end="")  # noqa: T201 - the page itself, to be kept in a file
