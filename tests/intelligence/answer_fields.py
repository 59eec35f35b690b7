"""Every numeric field that an operation of intelligence answers with, found by walking its records."""

from collections.abc import Iterator
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from switchboard.foundation import kept
from switchboard.foundation.operations import OPERATIONS, Operation
from switchboard.house import DECLARED

NUMBERS = (int, float, Decimal)
ROOM = "intelligence."


def numeric_fields() -> dict[str, set[str]]:
    """`Record.field` for every numeric field, by the record that declares it, and the operations that show it."""
    found = dict[str, set[str]]()
    for name, declared in operations().items():
        if name.startswith(ROOM):
            for field in _fields(declared.gives, set()):
                found.setdefault(field, set()).add(name)
    return found


def operations() -> dict[str, Operation[Any, Any]]:
    """Every operation by its name."""
    assert kept in DECLARED, "importing the house declares them"
    return OPERATIONS


def declaring(record: type[BaseModel], field: str) -> str:
    """`Record.field`, of the record highest up that has the field."""
    owner = next(each for each in reversed(record.__mro__) if field in getattr(each, "__annotations__", {}))
    return f"{owner.__name__}.{field}"


def _fields(record: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    if record in seen:
        return
    seen.add(record)
    for name, field in record.model_fields.items():
        if _is_numeric(field.annotation):
            yield declaring(record, name)
        for inner in _records(field.annotation):
            yield from _fields(inner, seen)


def _is_numeric(kind: Any) -> bool:
    """Whether numbers are in it: itself, in a list, or as what a name leads to."""
    if get_origin(kind) in {Union, UnionType, Annotated, tuple, list, dict}:
        return any(_is_numeric(each) for each in get_args(kind))
    return kind in NUMBERS


def _records(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for each in get_args(kind):
        yield from _records(each)
