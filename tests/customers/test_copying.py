"""Rows as PostgreSQL's binary COPY."""

import numpy as np
import pytest

from switchboard.customers import copying


def field(value: bytes | None) -> bytes:
    """A field as it is written: its length, then its bytes."""
    return (-1).to_bytes(4, signed=True) if value is None else len(value).to_bytes(4) + value


@pytest.mark.parametrize("texts", [["o1", "o22", ""], ["o1", "é", "ß1"]], ids=["plain", "with letters of two bytes"])
def test_texts_are_written_in_utf8_each_as_long_as_it_is(texts: list[str]):
    keys = np.arange(1, 4, dtype=np.int64)
    written = copying.packed({"key": keys, "text": np.array(texts, dtype=object)})
    each = zip(range(1, 4), texts, strict=True)
    rows = {(2).to_bytes(2) + field(key.to_bytes(8)) + field(text.encode()) for key, text in each}
    assert len(written) == sum(map(len, rows))
    assert all(row in written for row in rows)


def test_a_missing_text_has_no_bytes_and_more_rows_than_fit_the_cache_are_all_there():
    count = 2 * copying.CACHED + 5
    texts = np.ma.masked_array(np.array(["a"] * count, dtype=object), [False, True] * (count // 2) + [False])
    written = copying.packed({"text": texts})
    there, missing = (1).to_bytes(2) + field(b"a"), (1).to_bytes(2) + field(None)
    assert (written.count(there), written.count(missing)) == (count - count // 2, count // 2)
    assert len(written) == (count - count // 2) * len(there) + count // 2 * len(missing)


def test_no_rows_are_no_bytes():
    assert copying.packed({"key": np.empty(0, np.int64), "text": np.empty(0, dtype=object)}) == b""


def test_an_ordinal_counts_the_rows_with_the_same_key():
    assert copying.ordinals(np.array([4, 4, 5, 9, 9, 9], np.int64)).tolist() == [1, 2, 1, 1, 2, 3]
    assert copying.ordinals(np.empty(0, np.int64)).tolist() == []
