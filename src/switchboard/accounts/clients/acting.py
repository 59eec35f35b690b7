"""Acting as a client: what its newest key may do, never more than who acts for it may."""

from dataclasses import replace
from uuid import UUID

from switchboard.accounts.clients.keeping import there
from switchboard.accounts.roles import permissions_of
from switchboard.accounts.store import clients as store
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, NotAllowed, SwitchboardError
from switchboard.foundation.ground import Done, Ground, Work

MANAGE = "clients:manage"
ACTED = "clients.execute"  # what the trail calls it, beside the line of what was done


async def acting_as(work: Work, client: UUID) -> Caller | None:
    """The caller that the client's newest key is; None when it opens nothing. Raise NotFound without a client."""
    await there(work, client)
    key = await store.newest_key(work, client)
    if key is None:
        return None
    caller = Caller(
        id=key.id, name=key.name, kind="key", workspace=work.caller.workspace, role=key.role,
        permissions=permissions_of(key.role, key.permissions), client=client,
    )  # fmt: skip
    return await store.bounded(work, caller)


async def acting_for(ground: Ground, caller: Caller, client: UUID, door: str) -> Caller:
    """The client as somebody acts for it: itself, or who manages clients; the trail says who.

    Raise NotAllowed for anybody else, Conflict when the client's keys open nothing.
    """
    if caller.client == client:
        return caller
    began, outcome = ground.clock(), "failed"
    try:
        if not caller.may(MANAGE):
            raise NotAllowed(f"acting for a client needs the permission {MANAGE}, or a key of that client")
        async with ground.work(caller) as work:
            acting = await acting_as(work, client)
        if acting is None:
            raise Conflict("the client is off, over or without a key that opens something; see clients.show")
        outcome = "done"
    except SwitchboardError as error:
        outcome = error.code
        raise
    finally:
        ground.trail.remember(
            Done(
                caller=caller, operation=ACTED, outcome=outcome, door=door, began=began, took_us=0,
                subject=f"client:{client}",
            )
        )  # fmt: skip
    return replace(acting, permissions=acting.permissions & caller.permissions)
