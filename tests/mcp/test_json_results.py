"""What a JSON text says is told in the bytes that Python's json would write, whoever wrote the text."""

import json
import random
import struct
from collections.abc import Callable
from typing import Any

import pytest
from pydantic_core import from_json, to_json

from switchboard.mcp.json_results import is_as_python_writes, json_result


def written(text: str) -> str:
    return json.dumps(from_json(text), separators=(",", ":"))


@pytest.mark.parametrize("value", [0.5, -3.25, 100000.0, 0.001, 123456789.125, "one-time buyers", 12, None, True, ""])
def test_what_both_write_alike_is_not_written_again(value: object):
    assert is_as_python_writes(to_json({"a": value, "b": [value]}).decode())


@pytest.mark.parametrize("value", [1e-7, 0.00001, -0.00001, -2.5e-9, "é", "\x7f", "\u2028", "😀"])
def test_what_they_write_differently_is_written_again(value: object):
    text = to_json({"a": value, "b": [1, value]}).decode()
    assert not is_as_python_writes(text)
    assert written(text) != text


def test_a_text_that_passes_is_the_same_in_both():
    chosen, passed = random.Random(1), 0  # noqa: S311 - test values
    for _ in range(20_000):
        text = to_json({"a": _value(chosen, 3), "b1e5": _value(chosen, 1)}).decode()
        if is_as_python_writes(text):
            passed += 1
            assert written(text) == text
    assert passed > 2_000


def test_a_result_says_what_its_text_says():
    whole = json_result('{"a":[1,2.5]}', {"untrusted_content": True}).whole
    assert whole.structured_content == {"a": [1, 2.5]}
    assert whole.meta == {"untrusted_content": True}


def _value(chosen: random.Random, depth: int) -> Any:
    """Any value: numbers of every size, texts that look like numbers or need escapes, lists and maps of these."""
    makers: list[Callable[[], Any]] = [
        lambda: struct.unpack("d", struct.pack("Q", chosen.getrandbits(62)))[0],
        lambda: chosen.uniform(-1, 1) * 10.0 ** chosen.randrange(-8, 19),
        lambda: chosen.randrange(-(10**20), 10**20),
        lambda: "".join(chr(chosen.choice((chosen.randrange(128), chosen.randrange(0xD7FF)))) for _ in range(3)),
        lambda: chosen.choice((":1e5", ",0.00001", "\\", '"', "\n", "\b\f\x01", "33cbf856", "/", None, True)),
        lambda: round(chosen.uniform(0, 1_000), chosen.randrange(7)),
        lambda: [_value(chosen, depth - 1) for _ in range(3)],
        lambda: {f"k{number}": _value(chosen, depth - 1) for number in range(3)},
    ]
    return chosen.choice(makers if depth else makers[:6])()
