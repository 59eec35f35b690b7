"""Every numeric field that an operation of intelligence answers with, found by walking its records."""

from collections.abc import Iterator
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from switchboard.foundation.operations import OPERATIONS
from switchboard.house import DECLARED

NUMBERS = (int, float, Decimal)
ROOM = "intelligence."


def numeric_fields() -> dict[str, set[str]]:
    """`Record.field` for every numeric field, by the record that declares it, and the operations that show it."""
    assert DECLARED, "importing it declares every operation"
    found = dict[str, set[str]]()
    for name, declared in OPERATIONS.items():
        if name.startswith(ROOM):
            for field in _fields(declared.gives, set()):
                found.setdefault(field, set()).add(name)
    return found


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
