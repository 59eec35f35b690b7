"""Whose words an answer holds: what is not ours is marked, so that nobody takes it for an instruction."""

from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel, JsonValue

BOUND = frozenset(("enum", "const", "format", "pattern"))  # what keeps a text from saying anything it likes
SAYS_WHAT = BOUND | {"type", "$ref", "anyOf", "allOf", "oneOf"}
OURS: dict[str, JsonValue] = {"x-ours": True}
"""For `json_schema_extra` of a field whose texts we wrote ourselves."""
Schema = dict[str, JsonValue]


@cache
def given_schema(shape: type[BaseModel]) -> Schema:
    """The JSON schema of an answer; worked out once, so not to be changed."""
    return shape.model_json_schema(mode="serialization")


@cache
def has_free_text(shape: type[BaseModel]) -> bool:
    """Whether any text of it may be anybody's: one that is neither of a list or form, nor declared as ours."""
    whole = given_schema(shape)
    parts = whole.get("$defs", {})
    return _is_open(whole) or (isinstance(parts, dict) and any(map(_is_open, parts.values())))


def _is_open(schema: JsonValue) -> bool:
    """Whether a schema lets any text in; a reference is looked at where it leads."""
    if not isinstance(schema, dict):
        return schema is True
    if schema.get("x-ours") is True:
        return False
    if SAYS_WHAT.isdisjoint(schema):
        return True
    if schema.get("type") == "string":
        return BOUND.isdisjoint(schema)
    return any(map(_is_open, _inside(schema)))


def _inside(schema: Schema) -> Iterator[JsonValue]:
    """The schemas a schema is made of."""
    for name in ("anyOf", "allOf", "oneOf", "prefixItems"):
        if isinstance(several := schema.get(name), list):
            yield from several
    if isinstance(named := schema.get("properties"), dict):
        yield from named.values()
    if schema.get("type") == "object":
        yield schema.get("additionalProperties", "properties" not in schema)
    if schema.get("type") == "array":
        yield schema.get("items", "prefixItems" not in schema)
