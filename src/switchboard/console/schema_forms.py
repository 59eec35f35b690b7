"""A form made from the shape of a request, and the request out of what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import from_json

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.words import plain

Kind = Literal["text", "number", "integer", "checkbox", "choice", "json"]
Schema = Mapping[str, Any]
BEGINS = "of "  # begins the names of its fields, which may be called like fields of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaField:
    """One field: what it is called in the form, what it asks for, and what holds when nothing is typed."""

    name: str
    label: str
    kind: Kind
    required: bool
    hint: str
    options: tuple[str, ...] = ()


def fields_of(asks: type[BaseModel]) -> list[SchemaField]:
    """The fields of a request, those it can not do without first."""
    schema = asks.model_json_schema()
    required = set(schema.get("required", ()))
    fields = [
        _field(name, _one(each, schema), each, is_required=name in required)
        for name, each in schema.get("properties", {}).items()
    ]
    return sorted(fields, key=lambda each: not each.required)


def typed(fields: list[SchemaField], said: Mapping[str, str]) -> dict[str, object]:
    """The request's values out of what was typed; what was left empty is not among them. Raise Invalid."""
    values: dict[str, object] = {}
    for each in fields:
        text = said.get(BEGINS + each.name, "").strip()
        if each.kind == "checkbox":
            if text:
                values[each.name] = text == "yes"
        elif text:
            values[each.name] = _json(each, text) if each.kind in {"json", "number", "integer"} else text
    return values


def _json(field: SchemaField, text: str) -> object:
    try:
        return from_json(text)
    except ValueError:
        what = "JSON" if field.kind == "json" else "a number"
        raise Invalid(f"write {what}", field=BEGINS + field.name) from None


def _one(given: Schema, whole: Schema) -> Schema:
    """What a value is, looked up; of one that may be null what it is otherwise."""
    if "$ref" in given:
        return _one(whole["$defs"][given["$ref"].rpartition("/")[2]], whole)
    options = [each for each in given.get("anyOf", ()) if each.get("type") != "null"]
    return {**_one(options[0], whole)} if len(options) == 1 else given


def _field(name: str, shape: Schema, given: Schema, *, is_required: bool) -> SchemaField:
    options = tuple(str(each) for each in shape.get("enum", ()) if each is not None)
    default = given.get("default")
    told = [str(given.get("description") or shape.get("description") or ""), _bounds(shape)]
    if default not in (None, "", [], {}):
        told.append(f"usually {str(default).lower() if isinstance(default, bool) else default}")
    kind = "choice" if options else _kind(shape)
    if kind == "json":
        told.append("JSON")
    return SchemaField(
        name=name, label=plain(name), kind=kind, required=is_required, options=options,
        hint="; ".join(each for each in told if each),
    )  # fmt: skip


def _kind(shape: Schema) -> Kind:
    match shape.get("type"):
        case "string":
            return "text"
        case "integer":
            return "integer"
        case "number":
            return "number"
        case "boolean":
            return "checkbox"
        case _:
            of = [each.get("type") for each in shape.get("anyOf", ())]
            return "text" if of and set(of) <= {"string", "null"} else "json"


def _bounds(shape: Schema) -> str:
    low, high = shape.get("minimum"), shape.get("maximum")
    if low is not None and high is not None:
        return f"{low} to {high:,}"
    return "" if shape.get("format") is None else f"a {str(shape['format']).replace('-', ' and ')}"
