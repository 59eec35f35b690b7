"""A request read the same way in every door: snake_case or camelCase, and what is wrong with it in words."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar, get_args, get_origin

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.alias_generators import to_snake
from pydantic_core import ErrorDetails, PydanticSerializationError, from_json, to_json
from typing_extensions import TypeAliasType

from switchboard.foundation.errors import Invalid
from switchboard.foundation.nesting import LONGEST_NAME, place_deeper_than

Asked = TypeVar("Asked", bound=BaseModel)
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # valid JSON, but no text of PostgreSQL's can hold it
DEEPEST = 180  # levels; what reads JSON gives up at about 200
TOO_DEEP = "nested too deeply, more than about 200 levels; write it flatter"
HALF_A_LETTER = "text can not hold half a letter (a lone surrogate); write it anew"
MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the field, dotted, empty for the whole; never the value."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class Unreadable(Invalid):
    """A request that does not fit; says of each field what is wrong."""

    def __init__(self, message: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(message, field=faults[0].field if faults else None)
        self.faults = faults


class NotJson(Invalid):
    """A body that is no JSON at all."""

    code = "bad_json"
    status: ClassVar[int] = 400


def read_json(asks: type[Asked], body: bytes) -> Asked:
    """The request in a JSON text (nothing: an empty one); raise NotJson or Unreadable."""
    if NUL.search(body):
        raise Unreadable("text can not hold the character U+0000; leave it out", (Fault("", "holds U+0000"),))
    body = body or b"{}"
    try:
        return asks.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        return _read_again(asks, body, error)


def read_values(asks: type[Asked], values: Mapping[str, object]) -> Asked:
    """The request in values that came as JSON, or as words of an address; raise NotJson or Unreadable."""
    try:
        body = to_json(values)
    except PydanticSerializationError as error:
        if "surrogate" in str(error):
            raise Unreadable(HALF_A_LETTER, (Fault("", "holds half a letter"),)) from None
        raise too_deep(_text_of(values)) from None
    return read_json(asks, body)


def json_in(text: str, field: str) -> JsonValue:
    """The value of a field that was written as JSON; raise NotJson that says what is wrong with it."""
    try:
        return from_json(text)
    except ValueError as error:
        if "recursion limit" in str(error):
            raise too_deep(text, field) from None
        raise NotJson(f"{field} is no JSON: {error}; in a shell, put single quotes around it", field=field) from None


def too_deep(text: str, field: str = "") -> NotJson:
    """What to say of a JSON text that is nested deeper than it is read: where in it, or in this field."""
    place = field + place_deeper_than(DEEPEST, text, inside=bool(field))
    return NotJson(f"{place}…: {TOO_DEEP}" if place else f"the body is {TOO_DEEP}", field=place or None)


def _text_of(values: Mapping[str, object]) -> str:
    try:
        return json.dumps(values, default=str)
    except (RecursionError, ValueError):
        return ""


def _read_again(asks: type[Asked], body: bytes, error: ValidationError) -> Asked:
    """The request with its names in camelCase, if that is what was wrong with it."""
    first = error.errors(include_url=False, include_input=False, include_context=False)
    if first[0]["type"] == "json_invalid":
        if "recursion limit" in first[0]["msg"]:
            raise too_deep(body.decode(errors="replace")) from None
        raise NotJson(f"the body is not JSON; {first[0]['msg'].removeprefix('Invalid JSON: ')}") from None
    given: JsonValue = from_json(body)
    renamed = _snaked(given, (asks,))
    if renamed == given:
        raise unreadable(asks, first) from None
    try:
        return asks.__pydantic_validator__.validate_json(to_json(renamed))
    except ValidationError as again:
        second = again.errors(include_url=False, include_input=False, include_context=False)
        raise unreadable(asks, second) from None


def unreadable(asks: type[BaseModel], errors: list[ErrorDetails]) -> Unreadable:
    """What pydantic found, as ours: the first in the message with the fields there are."""
    faults = tuple(fault_in(each) for each in errors[:MOST_FAULTS])
    fields = ", ".join(asks.model_fields) or "none"
    return Unreadable(f"{faults[0]}; the fields are: {fields}", faults)


def fault_in(error: ErrorDetails) -> Fault:
    """What pydantic found, in our words."""
    return Fault(_dotted(error["loc"]), error["msg"].removeprefix("Value error, "))


def _dotted(places: tuple[int | str, ...]) -> str:
    return ".".join(str(place)[:LONGEST_NAME] for place in places)


def _snaked(given: JsonValue, records: tuple[type[BaseModel], ...]) -> JsonValue:
    """The value with the names of these records' fields in snake_case, at any depth; keys of plain maps stay."""
    match given:
        case list():
            return [_snaked(each, records) for each in given]
        case dict():
            named: dict[str, JsonValue] = {}
            for key, value in given.items():
                name = _field(key, given, records)
                inner = tuple(found for record in records for found in _inside(record, name))
                named[name] = _snaked(value, inner) if inner else value
            return named
        case _:
            return given


def _field(key: str, given: Mapping[str, JsonValue], records: tuple[type[BaseModel], ...]) -> str:
    known = any(key in record.model_fields for record in records)
    name = key if known else to_snake(key)
    fits = any(name in record.model_fields for record in records)
    return name if fits and (known or name not in given) else key


def _inside(record: type[BaseModel], name: str) -> Iterator[type[BaseModel]]:
    """The records that the field's value is, or lists."""
    field = record.model_fields.get(name)
    if field is not None:
        yield from _records(field.annotation)


def _records(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif isinstance(annotation, TypeAliasType):
        yield from _records(annotation.__value__)
    elif get_origin(annotation) not in {dict, Mapping}:
        for part in get_args(annotation):
            yield from _records(part)
