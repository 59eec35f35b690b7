"""`switchboard doctor`: is everything there and well, and how to mend what is not."""

import asyncio
import importlib
import os
import pkgutil
import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from pathlib import Path

import httpx2
import typer
from pydantic import Field, SecretStr

import switchboard
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.provider_keys import ProviderAway, ProviderKeys
from switchboard.cli.session import FAILED, OpenTheHouse, Session, command
from switchboard.foundation.clock import now
from switchboard.foundation.errors import NotSignedIn, SwitchboardError
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.records import Record
from switchboard.foundation.replica import BEHIND_S, Replica, behind
from switchboard.foundation.servers import found
from switchboard.foundation.settings import PREFIX, Settings
from switchboard.intelligence.warehouse.elsewhere import look

LOOK_S = 3.0
PACKAGE = re.compile(r"[^\w.-]")  # what ends the name of a package in a requirement
EXTRA = re.compile(r"extra == ['\"](\w+)['\"]")
ADDRESSES = ("database_url", "database_replica_url")
MCP_SWITCHES = ("mcp_enabled", "mcp_customer_data_enabled", "mcp_monitoring_enabled")  # of what is built
SERVERS_TO_COME = ("campaign-analytics", "leadpulse", "external-services")


class Check(Record):
    """One thing that was looked at."""

    name: str
    ok: bool
    said: str = Field(description="what was found, or how to mend it")


class SettingShown(Record):
    """A variable, what it means, and where its value comes from; secrets are never shown."""

    variable: str
    meaning: str
    value: str
    source: str


class Diagnosis(Record):
    """Everything that was looked at."""

    ok: bool
    checks: tuple[Check, ...]
    settings: tuple[SettingShown, ...]


def add_doctor(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The command."""

    @command(cli, "doctor", open_house)
    def doctor(session: Session) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Check modules, packages, settings, database, sign-in, API and MCP; exit with 1 when something is not well."""
        checks = [
            _tried("modules", _modules),
            _tried("packages", _packages),
            *(_extra(extra, package) for extra, package in _extras().items()),
            _tried("data directory", lambda: _data_dir(session.settings.data_dir)),
            *_house(session),
            *servers(session.settings),
            *_warehouse(session.settings),
            *provider(session.settings),
        ]
        found = Diagnosis(ok=all(check.ok for check in checks), checks=tuple(checks), settings=_settings(session))
        session.show(found)
        if not found.ok:
            raise typer.Exit(FAILED)


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, said=look())
    except (SwitchboardError, ImportError, OSError, PackageNotFoundError) as error:
        return Check(name=name, ok=False, said=str(error) or type(error).__name__)


def _modules() -> str:
    """Every module of ours imports, but for those of an extra that is not there."""
    names = [
        module.name
        for module in pkgutil.walk_packages(switchboard.__path__, "switchboard.")
        if not module.name.startswith("switchboard.foundation.migrations")
    ]
    needed = {_package(each).replace("-", "_") for each in requires("switchboard") or [] if EXTRA.search(each)}
    missing = {package for package in needed if not _is_there(package)}
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in missing:
                raise
    return f"{len(names)} modules import"


def _packages() -> str:
    """Every package the product declares is there; the extras' are not asked for."""
    names = [_package(each) for each in requires("switchboard") or [] if "extra ==" not in each]
    for name in names:
        distribution(name)
    return f"{len(names)} packages are installed; switchboard {version('switchboard')}"


def _package(requirement: str) -> str:
    return PACKAGE.split(requirement, maxsplit=1)[0]


def _extras() -> dict[str, str]:
    """What can be installed beside, each with what the last of its packages is imported as."""
    needed = [(extra[1], each) for each in requires("switchboard") or [] if (extra := EXTRA.search(each))]
    return {extra: _package(each).replace("-", "_") for extra, each in sorted(needed)}


def _extra(extra: str, package: str) -> Check:
    """An extra is optional: that it is not there is no fault."""
    said = f"{package} is installed"
    if not _is_there(package):
        said = f"not installed (optional): pip install 'switchboard[{extra}]'"
    return Check(name=f"extra {extra}", ok=True, said=said)


def _is_there(package: str) -> bool:
    try:
        importlib.import_module(package)
    except ModuleNotFoundError:
        return False
    return True


def _data_dir(place: Path) -> str:
    if not place.exists():
        return f"{place} will be made"
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(f"{place} can not be written; own it, or name another with SWITCHBOARD_DATA_DIR")
    return str(place)


def _house(session: Session) -> list[Check]:
    """The database with our schema, the key that signs tokens, our own key if one is set, and the switches of MCP."""
    settings = session.settings

    async def look(ground: Ground) -> list[Check]:
        await ground.database.answers()
        credentials = Credentials(ground, settings.secret_key)
        key = await credentials.signing.signing()
        return [
            Check(name="database", ok=True, said="PostgreSQL answers, the schema is current"),
            Check(name="authentication", ok=True, said=f"tokens are signed with the key {key.kid}"),
            *([await _api_key(credentials, settings.api_key)] if settings.api_key else []),
            await _mcp(Flags(ground=ground, settings=settings)),
            *([await _replica(ground.replica)] if ground.replica else []),
        ]

    try:
        return session.run_outside(look)
    except SwitchboardError as error:
        return [Check(name="database", ok=False, said=str(error))]


async def _api_key(credentials: Credentials, key: SecretStr) -> Check:
    try:
        caller = await credentials.keys.caller(key.get_secret_value())
    except NotSignedIn as error:
        return Check(name="api key", ok=False, said=f"SWITCHBOARD_API_KEY: {error}")
    return Check(name="api key", ok=True, said=f"SWITCHBOARD_API_KEY acts as {caller.role} {caller.name}")


async def _replica(replica: Replica) -> Check:
    """Whether it is reached, and how far behind it is; the primary answers where it is not."""
    known = await replica.look()
    how_far = behind(known, now())
    if how_far is None:
        return Check(name="replica", ok=False, said=f"SWITCHBOARD_DATABASE_REPLICA_URL: {known.trouble}")
    seconds = how_far.total_seconds()
    said = f"answers, at most {seconds:.1f} s behind; up to {BEHIND_S:.0f} s it gives what may be that old"
    return Check(name="replica", ok=seconds <= BEHIND_S, said=said)


async def _mcp(flags: Flags) -> Check:
    on = [name for name in MCP_SWITCHES if await flags.all_on(name)]
    switched = f"switched on: {', '.join(on)}" if on else "switched off"
    how = "" if len(on) == len(MCP_SWITCHES) else "; `switchboard flags set NAME true` switches on what is named"
    said = f"{switched}{how}; not built yet: {', '.join(SERVERS_TO_COME)}"
    return Check(name="mcp", ok=True, said=said)


def servers(settings: Settings) -> list[Check]:
    """Those that run on the data directory, or the one at the address that is set or usual; none is no fault."""
    is_set = "public_url" in settings.model_fields_set
    urls = [] if is_set else found(settings.data_dir)

    async def look() -> list[Check]:
        async with httpx2.AsyncClient(timeout=LOOK_S, trust_env=False) as client:
            return [await _server(client, url) for url in urls or [settings.public_url]]

    checks = asyncio.run(look())
    if urls or is_set or "no server" not in checks[0].said:
        return checks
    how = "where one listens elsewhere, say so with SWITCHBOARD_PUBLIC_URL"
    return [each.model_copy(update={"said": f"{each.said}; {how}"}) for each in checks]


async def _server(client: httpx2.AsyncClient, url: str) -> Check:
    try:
        ready = await client.get(f"{url}/readyz")
        mcp = await client.get(f"{url}/mcp")
    except httpx2.ConnectError:
        return Check(name="api", ok=True, said=f"no server at {url}; `switchboard up` starts one")
    except httpx2.TransportError:
        return Check(name="api", ok=False, said=f"{url} does not answer within {LOOK_S:.0f} s; see what its log says")
    speaks = "is off" if mcp.status_code == 404 else "answers"
    said = f"{url} answers {ready.status_code}; MCP {speaks} there"
    return Check(name="api", ok=ready.status_code == 200, said=said)


def _warehouse(settings: Settings) -> list[Check]:
    """Whether the warehouse that is set answers."""
    if settings.warehouse is None:
        return []
    looked = asyncio.run(look(settings.warehouse, whole=False))
    return [Check(name=each.name, ok=each.ok, said=each.said) for each in looked]


def provider(settings: Settings) -> list[Check]:
    """Whether the provider of access tokens that is set publishes keys."""
    if settings.oauth is None:
        return []
    keys = ProviderKeys(settings.oauth.issuer, settings.oauth.keys_url, now)
    try:
        count = asyncio.run(keys.count())
    except ProviderAway as error:
        return [Check(name="access tokens", ok=False, said=f"SWITCHBOARD_OAUTH_ISSUER: {error}")]
    said = f"{settings.oauth.issuer} publishes {count} keys; {len(settings.oauth.machines)} machines are let in"
    return [Check(name="access tokens", ok=count > 0, said=said)]


def _settings(session: Session) -> tuple[SettingShown, ...]:
    settings = session.settings
    return tuple(_setting(name, settings) for name in Settings.model_fields)


def _setting(name: str, settings: Settings) -> SettingShown:
    field = Settings.model_fields[name]
    variable = PREFIX + name.upper()
    bare = name.upper()
    value = getattr(settings, name)
    from_where = "default"
    if variable in os.environ or bare in os.environ:
        from_where = "environment"
    elif name in settings.model_fields_set:
        from_where = ".env or --data-dir"
    return SettingShown(
        variable=variable, meaning=field.description or "", value="" if value is None else _hidden(name, str(value)),
        source=from_where,
    )  # fmt: skip


def _hidden(name: str, value: str) -> str:
    return "•••" if name in ADDRESSES and "@" in value and not value.startswith("postgresql://@") else value
