"""Files sealed piece by piece (AES-256-GCM), however large: what was cut off, moved or changed does not open.

Format: MAGIC, 32 random bytes, then pieces of one MiB, each with its tag of 16 bytes. Every file has a key of its own,
worked out of the given one and its random bytes (HKDF), so a piece's nonce is its number and whether it is the last.
"""

import hmac
import io
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from switchboard.foundation.vault.keyset import StillSealed

MAGIC = b"SWBSEAL1"
SALT_BYTES, TAG_BYTES = 32, 16
PIECE = 1 << 20


class Sealing:
    """Seals what is written to it into a file; what was never finished does not open."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        file.write(MAGIC + salt)
        self._file, self._cipher = file, _cipher(key, salt)
        self._waiting, self._number = bytearray(), 0

    def write(self, plain: bytes | bytearray | memoryview) -> int:
        """Take some bytes, of any number; how many."""
        self._waiting += plain
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(plain)

    def finish(self) -> None:
        """Write the last piece; to be called once. The file itself stays open."""
        self._put(bytes(self._waiting), last=True)
        self._file.flush()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, MAGIC))
        self._number += 1


def pieces(file: BinaryIO, key: bytes, name: str) -> Iterator[bytes]:
    """What was sealed, a MiB at a time; raise StillSealed, calling the file by `name`, when it is not just that."""
    head = file.read(len(MAGIC) + SALT_BYTES)
    if not head.startswith(MAGIC) or len(head) < len(MAGIC) + SALT_BYTES:
        raise _still_sealed(name)
    cipher, number = _cipher(key, head[len(MAGIC) :]), 0
    sealed = file.read(PIECE + TAG_BYTES)
    while True:
        after = file.read(PIECE + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, last=not after), sealed, MAGIC)
        except InvalidTag:
            raise _still_sealed(name) from None
        if not after:
            return
        sealed, number = after, number + 1


def seal_file(path: Path, parts: Iterable[bytes], key: bytes) -> None:
    """A sealed file of these bytes, seen under its name only when it is whole; its owner alone may read it."""
    half = path.with_name(f"half-{secrets.token_hex(6)}-{path.name}")
    try:
        with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            sealing = Sealing(file, key)
            for part in parts:
                sealing.write(part)
            sealing.finish()
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def opened_file(path: Path, key: bytes) -> Iterator[bytes]:
    """What a sealed file holds, a MiB at a time; raise StillSealed when it was changed, cut off, or of another key."""
    with path.open("rb") as file:
        yield from pieces(file, key, path.name)


def size_inside(path: Path) -> int:
    """How many bytes a sealed file holds."""
    sealed = path.stat().st_size - len(MAGIC) - SALT_BYTES
    return sealed - TAG_BYTES * -(-sealed // (PIECE + TAG_BYTES))


def seal_bytes(plain: bytes, key: bytes) -> bytes:
    """A few bytes as a sealed file has them."""
    out = io.BytesIO()
    sealing = Sealing(out, key)
    sealing.write(plain)
    sealing.finish()
    return out.getvalue()


def open_bytes(sealed: bytes, key: bytes, name: str) -> bytes:
    """What `seal_bytes` was given; raise StillSealed, calling it by `name`."""
    return b"".join(pieces(io.BytesIO(sealed), key, name))


def is_sealed(path: Path) -> bool:
    """Whether the file says that it is sealed."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    """The file's own key: RFC 5869 with one block."""
    return AESGCM(hmac.digest(hmac.digest(salt, key, "sha256"), MAGIC + b"\1", "sha256"))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _still_sealed(name: str) -> StillSealed:
    return StillSealed(f"{name} does not open: it was changed, cut off, or sealed with another key")
