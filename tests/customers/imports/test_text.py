"""The lines of a file, looked at once: what is taken out, what belongs together, and where it was."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.customers.imports.lines import Reading, Text, checked, nth_present
from switchboard.customers.imports.quotes import state_after


def text_of(data: bytes, folder: Path, size: int = 1 << 20) -> Text:
    file = folder / "file"
    file.write_bytes(data)

    def raw() -> Iterator[bytes]:
        return (data[place : place + size] for place in range(0, len(data), size))

    return checked(raw, Reading(encoding="utf-8", delimiter=",", header_end=1), folder / "copy", file)


def test_a_clean_file_is_read_where_it_lies(tmp_path: Path):
    text = text_of(b'a,b\n1,"2\n3"\n\n4,5', tmp_path)
    assert text.path == tmp_path / "file"
    assert (text.continued.tolist(), text.blank.tolist(), text.total) == ([3], [4], 5)


def test_what_must_change_changes_in_a_copy(tmp_path: Path):
    text = text_of(b"a,b\r\n1,caf\xe9\n2,\x00x\n", tmp_path)
    assert text.path.read_bytes() == "a,b\n1,café\n2,x\n".encode()
    assert text.undecodable == 1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_the_size_of_blocks_does_not_matter(size: int, tmp_path: Path):
    data = b'a,b\n1,"2\n\n3"\n"x,y\n5,"6"\n7" disc,8\n\n9,caf\xc3\xa9\n1,caf\xe9\n"open'
    whole, pieces = text_of(data, tmp_path), text_of(data, tmp_path, size)
    assert pieces.path.read_bytes() == whole.path.read_bytes()
    assert pieces.broken == whole.broken
    assert [broken.line for broken in whole.broken] == [5, 11]
    for name in ("removed", "continued", "blank"):
        assert getattr(pieces, name).tolist() == getattr(whole, name).tolist()


@pytest.mark.parametrize(
    ("line", "inside", "state"),
    [
        (b"a,b", False, "closed"),
        (b'a,"b', False, "open"),
        (b'a,"b""', False, "open"),
        (b'a,"b"""', False, "closed"),
        (b'12" disc,b', False, "closed"),
        (b'a,"b"c', False, "broken"),
        (b'a",b', True, "closed"),
        (b'a"",b', True, "open"),
        (b'a","b', True, "open"),
        (b'a" b', True, "broken"),
        (b"", True, "open"),
    ],
)
def test_a_quote_opens_only_at_the_start_of_a_value(line: bytes, inside: bool, state: str):
    assert state_after(line, b",", inside=inside) == state


@given(absent=st.sets(st.integers(1, 40)), count=st.integers(0, 40))
def test_the_nth_line_that_is_there_is_found(absent: set[int], count: int):
    there = [line for line in range(1, 100) if line not in absent][:count]
    found = nth_present(np.array(sorted(absent), np.int64), np.arange(count))
    assert found.tolist() == there
