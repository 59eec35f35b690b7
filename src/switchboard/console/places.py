"""Where pages lead: the places of the console, in the order of its menu, and who may go there."""

from collections.abc import Sequence
from dataclasses import dataclass

from switchboard.foundation.callers import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page of the menu; `icon` is the name Tabler has for it."""

    path: str
    name: str
    icon: str
    permission: str = "workspace:read"

    def leads_to(self, path: str) -> bool:
        """Whether a page belongs here."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some places under one name."""

    name: str
    places: Sequence[Place]


PARTS = (
    Part(name="Shop", places=(
        Place(path="/", name="Overview", icon="layout-dashboard"),
        Place(path="/customers", name="Customers", icon="users"),
        Place(path="/archetypes", name="Archetypes", icon="stack-2", permission="intelligence:read"),
        Place(path="/audiences", name="Audiences", icon="filter", permission="customers:search"),
    )),
    Part(name="Insight", places=(
        Place(path="/cohorts", name="Cohorts", icon="calendar", permission="intelligence:read"),
        Place(path="/affinity", name="Bought together", icon="shopping-cart", permission="intelligence:read"),
        Place(path="/categories", name="Categories", icon="tag", permission="intelligence:read"),
        Place(path="/forecasts", name="Forecasts", icon="chart-line", permission="intelligence:read"),
    )),
    Part(name="Data", places=(
        Place(path="/import", name="Import", icon="file-import", permission="customers:import"),
        Place(path="/jobs", name="Jobs", icon="clock", permission="jobs:read"),
    )),
    Part(name="AI agents", places=(
        Place(path="/clients", name="Clients", icon="plug", permission="clients:manage"),
        Place(path="/servers", name="MCP servers", icon="server", permission="servers:manage"),
        Place(path="/approvals", name="Approvals", icon="check"),
        Place(path="/tools", name="Tools", icon="player-play", permission="intelligence:read"),
    )),
    Part(name="Workspace", places=(
        Place(path="/users", name="Users", icon="users-group", permission="users:manage"),
        Place(path="/keys", name="API keys", icon="key", permission="keys:manage"),
        Place(path="/audit", name="Audit", icon="history", permission="audit:read"),
        Place(path="/settings", name="Settings", icon="settings"),
    )),
)  # fmt: skip


def menu(caller: Caller) -> list[Part]:
    """What the caller may open; a part without places is none."""
    shown = [
        Part(name=part.name, places=[each for each in part.places if caller.may(each.permission)]) for part in PARTS
    ]
    return [part for part in shown if part.places]
