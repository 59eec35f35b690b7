"""One command's way into the house: where the data is, in whose name it acts, and how it answers."""

import asyncio
import errno
import functools
import inspect
import traceback
from collections.abc import Awaitable, Callable, Collection, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from switchboard.accounts import tenants
from switchboard.accounts.keys import Keys
from switchboard.accounts.roles import operator_caller
from switchboard.cli.bars import step_bar
from switchboard.cli.shown import plain, show
from switchboard.cli.terms import options, taken, tell
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import NotAllowed, SwitchboardError
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import Operation
from switchboard.foundation.reached import waiting
from switchboard.foundation.reading import NotJson, fault_in
from switchboard.foundation.settings import Settings, read_settings
from switchboard.foundation.terms import Terms

Asked = TypeVar("Asked", bound=BaseModel)
Given = TypeVar("Given", bound=BaseModel)
Answer = TypeVar("Answer")
WRONG, FAILED = 2, 1  # exit codes: what was said can not be, what was asked did not work


class OpenHouse(Protocol):
    """What a command needs of the house."""

    @property
    def ground(self) -> Ground: ...


OpenTheHouse = Callable[[Settings], AbstractAsyncContextManager[OpenHouse]]


@dataclass(frozen=True, kw_only=True)
class Inside:
    """The house, open, and who the command acts as."""

    ground: Ground
    caller: Caller
    silent: bool

    async def call(self, operation: Operation[Asked, Given], asked: Asked, terms: Terms | None = None) -> Given:
        """Call an operation by this door; what takes long is worked out here, as no worker may run."""
        with step_bar(silent=self.silent) as reached, waiting(reached, here=True):
            return await operation(self.ground, self.caller, asked, door="cli", terms=terms)


@dataclass(frozen=True, kw_only=True)
class Session:
    """What was said around a command."""

    open_house: OpenTheHouse
    json: bool
    workspace: str | None
    data_dir: Path | None
    terms: Terms = field(default_factory=Terms)
    """On which the change is asked for that the command makes."""

    @property
    def settings(self) -> Settings:
        """The settings, with the data directory that was named."""
        read = read_settings()
        return read.model_copy(update={"data_dir": self.data_dir}) if self.data_dir else read

    def run(self, act: Callable[[Inside], Awaitable[Answer]]) -> Answer:
        """Act as the owner of SWITCHBOARD_API_KEY, else as the local operator of the workspace."""

        async def inside() -> Answer:
            settings = self.settings
            async with self.open_house(settings) as house:
                caller = await self._caller(settings, house.ground)
                return await act(Inside(ground=house.ground, caller=caller, silent=self.json))

        return asyncio.run(inside())

    def run_outside(self, act: Callable[[Ground], Awaitable[Answer]]) -> Answer:
        """Act before there is a workspace, as whoever owns the data directory."""

        async def inside() -> Answer:
            async with self.open_house(self.settings) as house:
                return await act(house.ground)

        return asyncio.run(inside())

    def run_as_owner(self, act: Callable[[Ground], Awaitable[Answer]]) -> Answer:
        """The same, of what is no key's to do."""
        self.check_owner()
        return self.run_outside(act)

    @property
    def owner_url(self) -> str:
        """Where the schema's owner signs in, while the house is open."""
        settings = self.settings
        return settings.database_url or Embedded(settings.data_dir / "postgres").url(role="switchboard")

    def check_owner(self) -> None:
        """Raise NotAllowed for who comes with a key: this is for whoever owns the data directory."""
        if self.settings.api_key is not None:
            raise NotAllowed("this is for whoever owns the data directory; leave out SWITCHBOARD_API_KEY")

    def call(self, operation: Operation[Asked, Given], asked: Asked) -> None:
        """Call an operation on the command's terms, show its answer, and say what came of them."""
        terms = None if operation.reads else self.terms
        self.show(self.run(lambda inside: inside.call(operation, asked, terms)))
        tell(self.terms)

    def show(self, answer: BaseModel) -> None:
        """Print an answer: for people, or as JSON."""
        if self.json:
            typer.echo(answer.model_dump_json(by_alias=True, indent=2))
        else:
            show(answer)

    async def _caller(self, settings: Settings, ground: Ground) -> Caller:
        if settings.api_key is not None:
            caller = await Keys(ground).caller(settings.api_key.get_secret_value())
            await tenants.check_name(ground, caller, self.workspace)
            return caller
        return operator_caller((await tenants.only_or_named(ground, self.workspace)).id)


def command(
    app: typer.Typer, name: str, open_house: OpenTheHouse, terms: Collection[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a command: the function's own parameters after the session, and the options that every command has.

    One that changes something names the terms it can be asked on. What is raised on purpose becomes one sentence on
    standard error and the exit code 1; wrong words exit with 2.
    """

    def declare(run: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(run)
        def ran(**given: Any) -> None:
            session = Session(
                open_house=open_house, json=given.pop("as_json"), workspace=given.pop("workspace"),
                data_dir=given.pop("data_dir"),
            )  # fmt: skip
            try:
                asked_on = taken(given, terms)
                with _said_in_a_sentence(session):
                    run(replace(session, terms=asked_on), **given)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                typer.echo(plain(str(fault_in(first))), err=True)
                raise typer.Exit(WRONG) from None
            except SwitchboardError as error:
                typer.echo(plain(str(error)), err=True)
                raise typer.Exit(WRONG if isinstance(error, NotJson) else FAILED) from None

        own = list(inspect.signature(run).parameters.values())[1:]
        every = [*own, *options(terms), *COMMON]
        ran.__dict__["__signature__"] = inspect.Signature(every)
        ran.__annotations__ = {each.name: each.annotation for each in every}
        app.command(name)(ran)
        return run

    return declare


COMMON = (
    inspect.Parameter(
        "as_json",
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, typer.Option("--json", help="answer as JSON")],
    ),
    inspect.Parameter(
        "workspace",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, typer.Option(help="the workspace, where there are several")],
    ),
    inspect.Parameter(
        "data_dir",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Path | None, typer.Option(help="where everything is kept (SWITCHBOARD_DATA_DIR)")],
    ),
)


@contextmanager
def _said_in_a_sentence(session: Session) -> Generator[None]:
    """What nobody expected: trouble with a file, or a fault of our own, whose message may hold what customers typed."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:  # whoever read our output has enough
            raise
        typer.echo(f"{error.strerror or error}: {error.filename}" if error.filename else str(error), err=True)
        raise typer.Exit(FAILED) from None
    except (SwitchboardError, ValidationError, typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as error:  # the outermost loop of a command: a bug becomes a sentence that tells its place
        if session.settings.log_level == "DEBUG":
            raise
        at = traceback.extract_tb(error.__traceback__)[-1]
        said = f"a fault of Switchboard itself: {type(error).__name__} in {Path(at.filename).name}, line {at.lineno}"
        typer.echo(f"{said}; SWITCHBOARD_LOG_LEVEL=DEBUG shows all of it", err=True)
        raise typer.Exit(FAILED) from None
