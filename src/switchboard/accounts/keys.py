"""API keys: `sb_` and 32 random bytes; only their hash is kept, and who they belong to is remembered five seconds."""

from datetime import timedelta
from uuid import UUID

from switchboard.accounts.records import Key, KeyAdd, KeyAdded, KeyList, PageAsked
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.roles import CUSTOM, EVERY, permissions_of
from switchboard.accounts.secret_words import hashed, new_word
from switchboard.accounts.store import clients
from switchboard.accounts.store import keys as store
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from switchboard.foundation.ground import Ground, Work

PREFIX = "sb_"
LENGTH = 46  # the prefix and 32 bytes in base64


async def make(work: Work, asked: KeyAdd) -> KeyAdded:
    """A new key, shown this once; raise NotAllowed when it could do what its maker may not."""
    role = _role(asked)
    beyond = permissions_of(role, asked.permissions) - work.caller.permissions
    if beyond:
        raise NotAllowed(f"a key may do only what you may; leave out {', '.join(sorted(beyond))}")
    if asked.client is not None and await clients.read(work, asked.client) is None:
        raise Invalid("client: there is no such client; `switchboard clients create` makes one", field="client")
    word, days = new_word(PREFIX), asked.expires_in_days
    key = Key(
        id=work.ground.ids(), name=asked.name, role=role, permissions=asked.permissions, client=asked.client,
        made_by=work.caller.id, made_at=work.now, expires_at=work.now + timedelta(days=days) if days else None,
        last_used_at=None, revoked_at=None,
    )  # fmt: skip
    await store.add(work, key, hashed(word))
    return KeyAdded(id=key.id, key=word, expires_at=key.expires_at)


async def page(work: Work, asked: PageAsked) -> KeyList:
    """Keys of the workspace, newest first, those revoked too."""
    found = await store.page(work, asked.cursor, asked.limit)
    return KeyList(keys=found, next_cursor=found[-1].id if len(found) == asked.limit else None)


async def revoke(work: Work, key: UUID) -> None:
    """End a key; every process notices within five seconds."""
    if not await store.revoke(work, key):
        raise NotFound("there is no such key here; see `switchboard keys list`")


class Keys:
    """Whose a key is: asked once per process and five seconds."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._known: Remembered[bytes, Caller] = Remembered()

    async def caller(self, key: str) -> Caller:
        """The caller behind a key; raise NotSignedIn when it is unknown, expired or revoked."""
        now, which = self._ground.clock(), hashed(key)
        known = self._known.get(which, now)
        if known is not None:
            return known
        found = None
        if len(key) == LENGTH:
            async with self._ground.work(job_caller(NOBODY)) as work:
                found = await store.caller(work, which, now)
        if found is None:
            raise NotSignedIn("the API key is unknown, expired or revoked; make one with `switchboard keys add`")
        self._known.keep(which, found, now)
        return found


def _role(asked: KeyAdd) -> str:
    """The role a key is kept with; raise Invalid when what is asked for makes no sense."""
    named = set(asked.permissions or ())
    if asked.role is None and not named:
        raise Invalid("name a role, permissions, or both", field="role")
    unknown = named - (EVERY if asked.role is None else permissions_of(asked.role))
    if unknown:
        whose = "there is" if asked.role is None else f"{asked.role} has"
        raise Invalid(f"{whose} no permission {', '.join(sorted(unknown))}; see docs/roles.md", field="permissions")
    return asked.role or CUSTOM
