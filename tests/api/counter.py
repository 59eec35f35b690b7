"""Operations to try the door with, kept out of the registry, and a door over them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx2
from pydantic import AwareDatetime, Field

from switchboard.accounts import operations as accounts
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import KeyAdd
from switchboard.accounts.roles import Role
from switchboard.api.access_log import AccessLog
from switchboard.api.app import Api, make_api
from switchboard.api.serving import Serving
from switchboard.customers.operations import begin_upload
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.operations import OPERATIONS, Operation, operation
from switchboard.foundation.records import Nothing, Record

READ = "customers:read"


class Line(Record):
    product_id: str
    unit_price: float = 0


class EchoAsked(Record):
    customer_id: str = Field(min_length=1, max_length=200, description="whom")
    as_of: AwareDatetime | None = None
    order_lines: list[Line] = Field(default_factory=list[Line])
    column_names: dict[str, str] = Field(default_factory=dict[str, str])


class Echo(Record):
    customer_id: str
    as_of: AwareDatetime | None
    order_lines: list[Line]
    column_names: dict[str, str]


class CustomerAsked(Record):
    customer_id: str = Field(min_length=1)
    as_of: AwareDatetime | None = None


class TopAsked(Record):
    metric: str = "total_ltv"
    limit: int = Field(default=10, ge=1, le=100)


class CampaignAsked(Record):
    goal: str
    max_segments: int = Field(default=5, ge=1, le=20)


@operation("counter.echo", title="Echo", permission=READ, reads=True, tool="search_customers")
async def echo(work: Work, asked: EchoAsked) -> Echo:
    """What was asked."""
    return Echo(**dict(asked))


@operation("counter.person", title="Person", permission=READ, reads=True, tool="get_customer_profile")
async def person(work: Work, asked: CustomerAsked) -> CustomerAsked:
    """Somebody."""
    if asked.customer_id == "nobody":
        raise NotFound("there is no such customer")
    return asked


@operation("counter.top", title="Top", permission=READ, reads=True)
async def top(work: Work, asked: TopAsked) -> TopAsked:
    """The top."""
    return asked


@operation("counter.campaign", title="Campaign", permission=READ, reads=True)
async def campaign(work: Work, asked: CampaignAsked) -> CampaignAsked:
    """A campaign."""
    return asked


@operation("counter.twice", title="Twice", permission=READ, reads=True, per_hour=2)
async def twice(work: Work, asked: Nothing) -> Nothing:
    """Twice an hour."""
    return asked


@operation("counter.break", title="Break", permission=READ, reads=True, tool="get_archetype_stats")
async def break_down(work: Work, asked: Nothing) -> Nothing:
    """Break down."""
    raise ZeroDivisionError("mia@example.com")


@operation("counter.later", title="Later", permission=READ, tool="predict_churn_risk")
async def later(work: Work, asked: Nothing) -> Nothing:
    """Not yet."""
    raise Conflict("segment the shop first", code="not_segmented")


@operation("counter.manage", title="Manage", permission="owners:manage", tool="calculate_segment_trends")
async def manage(work: Work, asked: Nothing) -> Nothing:
    """For owners."""
    return asked


HERE = {
    name: OPERATIONS.pop(name)
    for name in ("counter.echo", "counter.person", "counter.top", "counter.campaign", "counter.twice", "counter.break",
                 "counter.later", "counter.manage")
}  # fmt: skip
PUBLISHED = {  # other operations than the product's, at the product's addresses
    "intelligence.profile": person, "intelligence.random_customer": top, "intelligence.churn_risk": person,
    "intelligence.top_archetypes": top, "intelligence.recommend_segments": campaign, "intelligence.search": echo,
}  # fmt: skip
OFFERED: dict[str, Operation[Any, Any]] = {
    **HERE,
    **{name: replace(declared, name=name, tool=None) for name, declared in PUBLISHED.items()},
    begin_upload.name: begin_upload,
}


async def well() -> None:
    """Nothing is wrong."""


def door(
    ground: Ground,
    credentials: Credentials,
    *,
    ready: Callable[[], Awaitable[None]] = well,
    log: AccessLog | None = None,
) -> Api:
    """The door over these operations."""
    serving = Serving(ground=ground, credentials=credentials, ready=ready, log=log or AccessLog(on=False))
    return make_api(serving, operations=OFFERED)


async def key_of(ground: Ground, operator: Caller, role: Role = "marketer") -> str:
    """A new API key of the role."""
    made = await accounts.add_key(ground, operator, KeyAdd(name="door", role=role), door="test")
    return made.key


def client_of(api: Api, key: str | None = None, *, address: str = "127.0.0.1") -> httpx2.AsyncClient:
    """A client at the door, with a key or without."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=api, client=(address, 50_000)), base_url="http://127.0.0.1:8000",
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )  # fmt: skip
