"""Sealed files open whole and unchanged with their own key, or not at all."""

import io
import os
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.foundation.unnamed import blocks_of, made, path_of, unnamed
from switchboard.foundation.vault import KeyFile, Sealing, StillSealed, Vault, is_sealed, opened_file, pieces, seal_file
from switchboard.foundation.vault.streams import PIECE, TAG_BYTES

KEY, OTHER = bytes(range(32)), bytes(32)
HEAD = 40


def sealed(plain: bytes, at_once: int = 70_000) -> bytes:
    out = io.BytesIO()
    sealing = Sealing(out, KEY)
    for start in range(0, len(plain), at_once):
        sealing.write(plain[start : start + at_once])
    sealing.finish()
    return out.getvalue()


def opened(kept: bytes, key: bytes = KEY) -> bytes:
    return b"".join(pieces(io.BytesIO(kept), key, "the file"))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])
def test_what_was_sealed_opens_again_whatever_its_size(size: int):
    plain = os.urandom(size)
    assert opened(sealed(plain)) == plain


def test_two_files_of_the_same_bytes_have_nothing_in_common():
    assert sealed(b"the same")[HEAD:] != sealed(b"the same")[HEAD:]


@given(st.binary(max_size=200), st.integers(min_value=0), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_noticed(plain: bytes, at: int, by: int):
    kept = bytearray(sealed(plain))
    kept[at % len(kept)] ^= by
    with pytest.raises(StillSealed, match="the file"):
        opened(bytes(kept))


def test_what_was_cut_off_added_to_or_turned_round_does_not_open():
    kept = sealed(os.urandom(3 * PIECE))
    one = PIECE + TAG_BYTES
    head, first, second, third = kept[:HEAD], *(kept[HEAD + n * one : HEAD + (n + 1) * one] for n in range(3))
    assert opened(head + first + second + third)
    for wrong in (
        *(head, head + first, head + first + second, head + second + first + third, head + first + third),
        *(head + first + second + third + third, kept[:-1], kept[: HEAD - 1], b""),
    ):
        with pytest.raises(StillSealed):
            opened(wrong)


def test_another_key_opens_nothing():
    with pytest.raises(StillSealed):
        opened(sealed(b"secret"), OTHER)


def test_a_file_is_seen_only_whole_and_by_its_owner_alone(tmp_path: Path):
    def broken():
        yield b"half of it"
        raise ZeroDivisionError

    path = tmp_path / "kept"
    with pytest.raises(ZeroDivisionError):
        seal_file(path, broken(), KEY)
    assert not list(tmp_path.iterdir())
    seal_file(path, [b"all ", b"of it"], KEY)
    assert path.stat().st_mode & 0o777 == 0o600
    assert is_sealed(path)
    assert b"".join(opened_file(path, KEY)) == b"all of it"


def test_keys_for_two_purposes_or_workspaces_have_nothing_in_common(tmp_path: Path):
    vault = Vault(KeyFile(tmp_path, first=True))
    one, other = (vault.open_key(UUID(int=n), vault.new_data_key(UUID(int=n))) for n in (1, 2))
    keys = {one.derived("mirror"), one.derived("uploads"), other.derived("mirror")}
    assert len(keys) == 3
    assert one.derived("mirror") == one.derived("mirror")
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize("size", [10, 1 << 50])
def test_a_file_without_a_name_is_in_no_folder_and_opens_by_its_path(tmp_path: Path, size: int):
    with unnamed([b"one ", b"two"], size, tmp_path) as file:
        assert path_of(file).read_bytes() == b"one two"
        assert b"".join(blocks_of(file)) == b"one two"
        assert not list(tmp_path.iterdir())
        path = path_of(file)
    assert not path.exists()
    os.close(made(size, tmp_path))
