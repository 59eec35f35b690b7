"""What a request says of itself that no reader of JSON can take."""

from typing import Any

import pytest
from pydantic import JsonValue

from switchboard.foundation.nesting import place_deeper_than
from switchboard.foundation.reading import NotJson, Unreadable, json_in, read_json, read_values
from switchboard.foundation.records import Record


class Asked(Record):
    filter: dict[str, JsonValue]


def nested(levels: int) -> bytes:
    return b'{"filter":' + b'{"all":[{"any":[],"note":"}]\\",:{"},' * levels + b"{}" + b"]}" * levels + b"}"


@pytest.mark.parametrize("levels", [200, 50_000])
def test_what_is_nested_too_deeply_is_refused_with_where_it_begins(levels: int):
    with pytest.raises(NotJson, match="nested too deeply") as refused:
        read_json(Asked, nested(levels))
    assert refused.value.field == "filter.all[1].all[1].all[1].all[1].all[1].all"
    assert str(refused.value).startswith(f"{refused.value.field}…: nested too deeply")


def test_values_that_another_reader_took_are_refused_alike():
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"not": deep}
    with pytest.raises(NotJson, match="nested too deeply") as refused:
        read_values(Asked, {"filter": deep})
    assert str(refused.value.field).startswith("filter.not.not")
    with pytest.raises(Unreadable, match="half a letter"):
        read_values(Asked, {"filter": {"city": "\ud800"}})


def test_json_that_was_typed_is_refused_by_the_name_it_goes_by():
    assert json_in('{"all": []}', "--filter") == {"all": []}
    with pytest.raises(NotJson, match=r"--filter is no JSON: .*single quotes"):
        json_in("{all: []}", "--filter")
    with pytest.raises(NotJson, match=r"^--filter\.all\[0\]\.all\[0\].*nested too deeply"):
        json_in('{"all":[' * 200 + "{}" + "]}" * 200, "--filter")


def test_what_is_as_deep_as_may_be_has_no_such_place():
    assert place_deeper_than(2, '{"a": [1, 2], "b": "[[[", "c": [{}]}') == "c[0]"
    assert place_deeper_than(3, '{"a": [1, 2], "b": "[[[", "c": [{}]}') == ""
    assert place_deeper_than(3, "]},:") == ""
