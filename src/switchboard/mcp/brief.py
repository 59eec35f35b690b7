"""A JSON schema of arguments in few bytes: the gist of the whole one, which goes on deciding what is accepted."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
KEPT = ("type", "enum", "required")


def brief(schema: Schema) -> dict[str, Any]:
    """Names, types, choices and what is required; of descriptions what stands before the first semicolon.

    What may be null can be left out, so that null is not spoken of.
    """
    return _brief(schema, schema.get("$defs", {}))


def _brief(schema: Schema, defined: Mapping[str, Schema]) -> dict[str, Any]:
    chosen = _resolved(_chosen(schema), defined)
    said = {key: chosen[key] for key in KEPT if key in chosen}
    if "properties" in chosen:
        said["properties"] = {name: _argument(each, defined) for name, each in chosen["properties"].items()}
    return said


def _argument(schema: Schema, defined: Mapping[str, Schema]) -> dict[str, Any]:
    gist = schema.get("description", "").partition(";")[0]
    return _brief(schema, defined) | ({"description": gist} if gist else {})


def _chosen(schema: Schema) -> Schema:
    """Of several kinds the one there is beside null, or what they have in common: their type, or nothing."""
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(kinds) > 1:
        types = {each.get("type") for each in kinds}
        return {"type": types.pop()} if len(types) == 1 and None not in types else {}
    return kinds[0] if kinds else schema


def _resolved(schema: Schema, defined: Mapping[str, Schema]) -> Schema:
    """What a reference leads to; one that leads to itself does not come up among arguments of operations."""
    return defined[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
