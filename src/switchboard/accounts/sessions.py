"""Sessions of the console: a random word in a cookie, kept as its hash, ended by sign-out or by not being used."""

from datetime import timedelta
from uuid import UUID

from switchboard.accounts import users
from switchboard.accounts.records import PageAsked, Session, SessionList
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.secret_words import hashed, new_word
from switchboard.accounts.store import sessions as store
from switchboard.accounts.store import users as user_store
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import NotFound, NotSignedIn
from switchboard.foundation.ground import Ground, Work

IDLE, LONGEST = timedelta(days=14), timedelta(days=90)
OVERLAP = timedelta(seconds=10)  # how long requests that were under way may still name a session that was left
UNUSED = timedelta(minutes=5)  # how long a session waits whose cookie may never have arrived
SEEN = timedelta(minutes=2)  # since a session was seen so long ago, being used makes it last longer
LONGEST_AGENT = 200


class Sessions:
    """Whose a cookie is: asked once per process and five seconds."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._known: Remembered[bytes, Caller] = Remembered()

    async def start(self, caller: Caller, agent: str, *, for_: timedelta = IDLE) -> str:
        """The cookie of a new session, for a user who has just signed in; `agent` is what the browser calls itself.

        `for_` is how long it waits to be used first.
        """
        word = new_word()
        async with self._ground.work(caller) as work:
            session = Session(
                id=self._ground.ids(), agent=agent[:LONGEST_AGENT], made_at=work.now,
                used_at=work.now if for_ == IDLE else work.now - SEEN, expires_at=work.now + for_,
            )  # fmt: skip
            await store.add(work, session, hashed(word))
        return word

    async def caller(self, cookie: str) -> Caller:
        """The user behind a cookie; raise NotSignedIn when the session has ended."""
        which = hashed(cookie)
        known = self._known.get(which, self._ground.clock())
        if known is not None:
            return known
        async with self._ground.work(job_caller(NOBODY)) as work:
            found = await store.caller(work, which, IDLE, LONGEST)
        if found is None:
            raise NotSignedIn("the session has ended; sign in again")
        self._known.keep(which, found, work.now)
        return found

    async def end(self, cookie: str) -> None:
        """Sign out."""
        self._known.forget(hashed(cookie))
        async with self._ground.work(job_caller(NOBODY)) as work:
            await store.end(work, hashed(cookie))

    async def which(self, caller: Caller, cookie: str) -> UUID | None:
        """The session behind a cookie, among the caller's own."""
        async with self._ground.work(caller) as work:
            return await store.which(work, hashed(cookie))

    async def workspaces(self, caller: Caller) -> dict[str, UUID]:
        """Those the user may enter, by name."""
        async with self._ground.work(caller) as work:
            return {one.workspace: one.workspace_id for one in await user_store.memberships_of(work, caller.id)}

    async def enter(self, cookie: str, workspace: UUID, agent: str) -> str:
        """The cookie of a session in another workspace of the same user's.

        The session before goes on until `leave`: an answer that never arrives must not leave its browser without one.
        """
        caller = await self.caller(cookie)
        async with self._ground.work(caller) as work:
            known = await user_store.memberships_of(work, caller.id)
        entered = next((one for one in known if one.workspace_id == workspace), None)
        if entered is None:
            raise NotFound("you are in no such workspace")
        return await self.start(users.user_caller(caller.id, entered), agent, for_=UNUSED)

    async def leave(self, cookie: str, caller: Caller) -> None:
        """End a session of the caller's that another has taken the place of, once what was under way is through.

        Every process notices within five more seconds; nothing happens where the session has ended, or is another's.
        """
        try:
            before = await self.caller(cookie)
        except NotSignedIn:
            return
        if before.id != caller.id:
            return
        async with self._ground.work(before) as work:
            await store.end_by(work, hashed(cookie), work.now + OVERLAP)


async def page(work: Work, asked: PageAsked) -> SessionList:
    """The caller's own sessions in this workspace."""
    found = await store.page(work, asked.cursor, asked.limit)
    return SessionList(sessions=found, next_cursor=found[-1].id if len(found) == asked.limit else None)


async def end_own(work: Work, session: UUID) -> None:
    """End one of the caller's own sessions; every process notices within five seconds."""
    if not await store.end_own(work, session):
        raise NotFound("you have no such session; see `sessions.list`")
