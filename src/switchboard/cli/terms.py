"""On which terms a change is asked for, alike in every command that changes something."""

import inspect
from collections.abc import Collection
from typing import Annotated, Any
from uuid import UUID

import typer

from switchboard.foundation.errors import Invalid
from switchboard.foundation.terms import LONGEST_KEY, Terms

OPTIONS: dict[str, tuple[Any, object, Any]] = {
    "idempotency_key": (str | None, None, typer.Option(help="asked twice with the same, it is done once")),
    "dry_run": (bool, False, typer.Option("--dry-run", help="what it would give; nothing is changed")),
    "approval": (UUID | None, None, typer.Option(help="the id of an approval that was granted for it")),
}
ALL = tuple(OPTIONS)


def options(names: Collection[str]) -> list[inspect.Parameter]:
    """The options of these names."""
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, about])
        for name, (kind, default, about) in OPTIONS.items()
        if name in names
    ]


def taken(given: dict[str, Any], names: Collection[str]) -> Terms:
    """The terms, taken out of what was typed; raise Invalid for a key that can be none."""
    said = {name: given.pop(name) for name in names}
    key = said.get("idempotency_key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise Invalid(f"--idempotency-key: write 1 to {LONGEST_KEY} characters", field="idempotency_key")
    return Terms(key=key, dry_run=bool(said.get("dry_run")), approval=said.get("approval"))


def step(terms: Terms, name: str) -> Terms:
    """The terms of a change that a command makes on the way to its own: with a key of its own, of the same word."""
    return Terms(key=None if terms.key is None else f"{name} of {terms.key}")


def tell(terms: Terms) -> None:
    """Say where a change was only tried, or had been made before."""
    if terms.dry_run:
        typer.echo("A dry run: nothing was changed.", err=True)
    elif terms.is_again:
        typer.echo("It was done before with this key; this is what it gave then.", err=True)
