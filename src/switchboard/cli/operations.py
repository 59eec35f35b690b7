"""Every operation as a command: `switchboard intelligence profile --customer-id 5`."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, get_origin

import typer
from pydantic.fields import FieldInfo

from switchboard.cli import charts
from switchboard.cli.session import OpenTheHouse, Session, command
from switchboard.cli.terms import ALL
from switchboard.foundation.errors import Invalid
from switchboard.foundation.operations import OPERATIONS, Operation
from switchboard.foundation.reading import json_in

PLAIN = (str, int, float, bool)


def add_operations(cli: typer.Typer, groups: dict[str, typer.Typer], open_house: OpenTheHouse) -> None:
    """One group of commands per room, one command per operation; a command that is there already stays."""
    for operation in OPERATIONS.values():
        room, _, name = operation.name.partition(".")
        if room not in groups:
            groups[room] = typer.Typer(no_args_is_help=True, help=f"The operations of {room}.")
            cli.add_typer(groups[room], name=room)
        spelled = name.replace("_", "-")
        if spelled not in {each.name for each in groups[room].registered_commands}:
            command(groups[room], spelled, open_house, _terms(operation))(_command(operation))


def _command(operation: Operation[Any, Any]) -> Callable[..., None]:
    def run(session: Session, **given: Any) -> None:
        file = given.pop(charts.FILE, None)
        asked = {name: _read(operation, name, value) for name, value in given.items() if value is not None}
        request = operation.asks.model_validate(asked)
        if file is None:
            session.call(operation, request)
        else:
            charts.check(file)
            answer, drawings = session.run(
                partial(charts.answered_and_drawn, operation=operation, asked=request, file=file)
            )
            for place, picture in drawings.items():
                place.write_bytes(picture)
            session.show(answer)

    options = [_option(name, field) for name, field in operation.asks.model_fields.items()]
    options += charts.option(operation)
    first = inspect.Parameter("session", inspect.Parameter.POSITIONAL_ONLY)
    run.__dict__["__signature__"] = inspect.Signature([first, *options])
    run.__doc__ = operation.about
    return run


def _terms(operation: Operation[Any, Any]) -> tuple[str, ...]:
    """The terms it can be asked on: what it has an option for itself is its own."""
    return () if operation.reads else tuple(name for name in ALL if name not in operation.asks.model_fields)


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    """A command's option for one field: plain types as they are, all else as text or JSON."""
    kind: Any = field.annotation if _is_plain(field) else str
    about = typer.Option(help=field.description or "")
    required = field.is_required()
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if required else None,
        annotation=Annotated[kind if required else kind | None, about],
    )


def _read(operation: Operation[Any, Any], name: str, value: Any) -> Any:
    """A value as it was typed: JSON where it looks like it, else the words themselves."""
    field = operation.asks.model_fields[name]
    if _is_plain(field) or not str(value).startswith(("{", "[", '"')):
        if get_origin(field.annotation) in {tuple, list, dict}:
            raise Invalid(f"--{name.replace('_', '-')} {value}: write JSON; {field.description or name}", field=name)
        return value
    return json_in(value, f"--{name.replace('_', '-')}")


def _is_plain(field: FieldInfo) -> bool:
    return any(field.annotation is kind for kind in PLAIN)
