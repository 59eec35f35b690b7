"""Workspaces: made, found, and the one at work with its clock and data key, remembered for five seconds."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from switchboard.accounts.records import Workspace, WorkspaceChange, WorkspaceSettings
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.store import workspaces as store
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import Conflict, Gone, Invalid, NotFound
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.operations import gate
from switchboard.foundation.vault import DataKey

FIRST_NAME, FIRST_CURRENCY, FIRST_ZONE = "main", "EUR", "UTC"
HISTORY_AFTER = timedelta(days=30)  # a shop whose last order is older than this is looked at as a history
_known: Remembered[UUID, Workspace] = Remembered(at_most=1_000)
_opened: Remembered[tuple[UUID, bytes], DataKey] = Remembered(for_s=float("inf"), at_most=1_000)


async def make(ground: Ground, name: str, currency: str, time_zone: str) -> Workspace:
    """A new workspace with a data key of its own; raise Conflict when the name is taken."""
    new = ground.ids()
    made = Workspace(
        id=new, name=name, currency=currency, time_zone=_zone(time_zone).key, data_key=ground.vault.new_data_key(new)
    )
    async with ground.work(job_caller(NOBODY)) as work:
        if not await store.make(work, made, ground.clock()):
            raise Conflict(f'there is a workspace "{name}" already; choose another name', code="name_taken")
    return made


async def find(ground: Ground, name: str) -> Workspace:
    """The workspace of this name; raise NotFound naming those there are."""
    known = await names(ground)
    if name not in known:
        there = ", ".join(known) or "none"
        raise NotFound(f'there is no workspace "{name}" (there is: {there}); see `switchboard workspaces list`')
    return await _read(ground, known[name])


async def only_or_named(ground: Ground, name: str | None) -> Workspace:
    """The workspace the local operator works in: the one named, else the only one, made when there is none."""
    if name is not None:
        return await find(ground, name)
    known = await names(ground)
    if len(known) > 1:
        raise Conflict(
            f"there are several workspaces ({', '.join(known)}); say which with --workspace NAME",
            code="which_workspace",
        )
    if known:
        return await _read(ground, next(iter(known.values())))
    try:
        return await make(ground, FIRST_NAME, FIRST_CURRENCY, FIRST_ZONE)
    except Conflict:  # another process made it in this moment
        return await find(ground, FIRST_NAME)


async def check_name(ground: Ground, caller: Caller, name: str | None) -> None:
    """Raise Conflict when a workspace is named that is not the caller's: a key works in its own alone."""
    if name is not None and (await _read(ground, caller.workspace)).name != name:
        raise Conflict(
            f'the key in SWITCHBOARD_API_KEY is not of the workspace "{name}"; leave out the name or the key',
            code="which_workspace",
        )


async def names(ground: Ground) -> dict[str, UUID]:
    """All workspaces of this installation by name; for the local operator and jobs, never for a caller."""
    async with ground.work(job_caller(NOBODY)) as work:
        return await store.named(work)


async def current(work: Work) -> Workspace:
    """The workspace at work, as it was at most five seconds ago."""
    known = _known.get(work.caller.workspace, work.now)
    return await fresh(work) if known is None else known


async def fresh(work: Work) -> Workspace:
    """The workspace at work as it is now, whoever changed it."""
    known = _there(await store.read(work))
    _remember(work, known)
    return known


@gate
async def check_readable(work: Work) -> None:
    """Raise Gone for a workspace whose data key was destroyed, at the latest five seconds after it was."""
    known = _known.get(work.caller.workspace, work.now)
    if known is None and (known := await store.read(work)) is not None:
        _remember(work, known)
    if known is not None and not known.data_key:
        raise Gone(
            f'the data key of the workspace "{known.name}" was destroyed, and nothing it sealed can be read again; '
            "make a new workspace",
            code="workspace_shredded",
        )


async def data_key(work: Work) -> DataKey:
    """The key that seals and hashes what belongs to the workspace at work; raise Gone when it was destroyed."""
    await check_readable(work)
    workspace = await current(work)
    which = (workspace.id, workspace.data_key)
    opened = _opened.get(which, work.now)
    if opened is None:
        opened = work.ground.vault.open_key(*which)
        _opened.keep(which, opened, work.now)
    return opened


def forget_key(workspace: UUID) -> None:
    """Forget what this process knows of a workspace whose data key was just destroyed."""
    _known.forget(workspace)


async def move_clock(work: Work, last_order_at: datetime | None) -> None:
    """Note the newest order the workspace has (None: no order at all), after an import or an import undone.

    A history gets the clock of the day after it, a live shop none; a clock set by settings stays.
    """
    workspace = _there(await store.read(work, and_hold=True))
    await _keep(work, _automatic(replace(workspace, last_order_at=last_order_at), work.now))


async def advance_clock(work: Work, last_order_at: datetime | None) -> None:
    """Note an order that arrived: the newest the workspace has, unless it has a newer one."""
    known = (await current(work)).last_order_at
    if last_order_at is None or (known is not None and known >= last_order_at):
        return
    workspace = _there(await store.read(work, and_hold=True))
    if workspace.last_order_at is None or workspace.last_order_at < last_order_at:
        await _keep(work, _automatic(replace(workspace, last_order_at=last_order_at), work.now))


async def change(work: Work, asked: WorkspaceChange) -> Workspace:
    """Change what is named; raise Invalid or Conflict when it can not be so."""
    workspace = changed(_there(await store.read(work, and_hold=True)), asked, work.now)
    await _keep(work, workspace)
    return workspace


def changed(workspace: Workspace, asked: WorkspaceChange, now: datetime) -> Workspace:
    """The workspace with the changes; raise Invalid or Conflict when it can not be so."""
    if asked.currency not in {None, workspace.currency} and workspace.last_order_at is not None:
        raise Conflict(
            f"orders are kept in {workspace.currency}; make a new workspace for another currency", code="currency_fixed"
        )
    to = replace(
        workspace,
        name=asked.name or workspace.name,
        currency=asked.currency or workspace.currency,
        time_zone=_zone(asked.time_zone or workspace.time_zone).key,
        country=asked.country or workspace.country,
        locale=_locale(asked.locale) if asked.locale else workspace.locale,
    )
    match asked.clock:
        case None:
            return _automatic(to, now)
        case "live":
            return replace(to, clock=None, clock_is_set=True)
        case "automatic":
            return _automatic(replace(to, clock_is_set=False), now)
        case set_to:
            return replace(to, clock=_set(set_to, to.zone, now), clock_is_set=True)


def clock_after(last_order_at: datetime | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The start of the day after the last order of a history, in UTC; None for a live shop, or one without orders."""
    if last_order_at is None or now - last_order_at <= HISTORY_AFTER:
        return None
    return _start(last_order_at.astimezone(zone).date() + timedelta(days=1), zone)


def settings(workspace: Workspace, now: datetime) -> WorkspaceSettings:
    """What a caller may see of the workspace."""
    return WorkspaceSettings(
        id=workspace.id,
        name=workspace.name,
        currency=workspace.currency,
        currency_is_fixed=workspace.last_order_at is not None,
        time_zone=workspace.time_zone,
        country=workspace.country,
        locale=workspace.locale,
        clock="historical" if workspace.clock else "live",
        clock_is_set=workspace.clock_is_set,
        as_of=workspace.as_of(now),
    )


def _automatic(workspace: Workspace, now: datetime) -> Workspace:
    if workspace.clock_is_set:
        return workspace
    return replace(workspace, clock=clock_after(workspace.last_order_at, now, workspace.zone))


def _set(to: datetime | date, zone: ZoneInfo, now: datetime) -> datetime:
    clock = to if isinstance(to, datetime) else _start(to, zone)
    if clock > now:
        raise Invalid("the clock can not be in the future; choose an instant before now, or live", field="clock")
    return clock


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _zone(key: str) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (KeyError, ValueError, OSError):
        raise Invalid(f'"{key}" is no time zone; name one such as Europe/Berlin', field="time_zone") from None


def _locale(key: str) -> str:
    try:
        return str(Locale.parse(key.replace("_", "-"), sep="-")).replace("_", "-")
    except (ValueError, UnknownLocaleError):
        raise Invalid(f'"{key}" is no locale; name one such as en-GB, de or pt-BR', field="locale") from None


def _remember(work: Work, known: Workspace) -> None:
    """Know it for the next five seconds, unless it was only tried to be so."""
    if not work.rehearses:
        _known.keep(known.id, known, work.now)


def _there(workspace: Workspace | None) -> Workspace:
    if workspace is None:
        raise NotFound("the workspace is gone; ask its operator")
    return workspace


async def _read(ground: Ground, workspace: UUID) -> Workspace:
    async with ground.work(job_caller(workspace)) as work:
        return _there(await store.read(work))


async def _keep(work: Work, workspace: Workspace) -> None:
    if not await store.change(work, workspace):
        raise Conflict(f'another workspace is called "{workspace.name}"; choose another name', code="name_taken")
    _known.forget(workspace.id)
