"""What callers can do about clients."""

from switchboard.accounts.clients import keeping, usage
from switchboard.accounts.clients.acting import MANAGE
from switchboard.accounts.clients.records import (
    Client,
    ClientChange,
    ClientCreate,
    ClientList,
    ClientMade,
    ClientNamed,
    RequestList,
    RequestsAsked,
    Usage,
    UsageAsked,
)
from switchboard.accounts.records import PageAsked
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import not_undone, undone_by

ITSELF, BEFORE = "clients.change", "what it was before, as clients.show tells it"
GONE = "its keys are revoked, and nobody has them any more"


@operation("clients.list", title="Clients", permission=MANAGE, reads=True)
async def list_clients(work: Work, asked: PageAsked) -> ClientList:
    """Clients of the workspace, newest first: how each is bounded, and when it was last used."""
    return await keeping.page(work, asked)


@operation("clients.show", title="A client", permission=MANAGE, reads=True)
async def show_client(work: Work, asked: ClientNamed) -> Client:
    """How a client is bounded, and when it was last used."""
    return keeping.shown(await keeping.there(work, asked.id))


@operation(
    "clients.create",
    title="Make a client",
    permission=MANAGE,
    undo=undone_by("clients.delete", "its id"),
    needs_approval=True,
)
async def create_client(work: Work, asked: ClientCreate) -> ClientMade:
    """Make a client with its first API key, shown this once; it is bounded by tools, limits, a quota and an end."""
    return await keeping.make(work, asked)


@operation("clients.change", title="Change a client", permission=MANAGE, undo=undone_by(ITSELF, BEFORE))
async def change_client(work: Work, asked: ClientChange) -> Client:
    """Change how a client is bounded, or switch it off, within five seconds; what is not named stays."""
    return await keeping.change(work, asked)


@operation("clients.delete", title="Delete a client", permission=MANAGE, undo=not_undone(GONE), needs_approval=True)
async def delete_client(work: Work, asked: ClientNamed) -> Nothing:
    """Take a client away and revoke its keys, within five seconds; its lines of the audit trail stay."""
    await keeping.remove(work, asked.id)
    return Nothing()


@operation("clients.usage", title="Usage of a client", permission=MANAGE, reads=True)
async def client_usage(work: Work, asked: UsageAsked) -> Usage:
    """A client's requests in a time: how many, how they ended and how long they took, by tool and day."""
    return await usage.usage(work, asked)


@operation("clients.requests", title="Requests of a client", permission=MANAGE, reads=True)
async def client_requests(work: Work, asked: RequestsAsked) -> RequestList:
    """A client's requests one by one, newest first: when, which tool, what came of it and how long it took."""
    return await usage.requests(work, asked)
