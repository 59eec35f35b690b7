"""The form of a backup: a line that tells what it is and how its key is opened, then entries in one sealed stream.

An entry is its name and kind as JSON, then its bytes in pieces; each is preceded by its length in four bytes, and a
length of zero ends the pieces.
"""

import base64
import hashlib
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import ValidationError

from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.records import Record
from switchboard.foundation.vault import Sealing, StillSealed, Vault, pieces
from switchboard.foundation.vault.streams import open_bytes, seal_bytes

FORMAT = "switchboard backup 1"
LONGEST_HEADER = 64_000
KEY_BYTES, SALT_BYTES = 32, 16
COST, BLOCKS, LANES = 1 << 16, 8, 1  # of scrypt: 64 MB and a quarter of a second for each guess
NAMED = "backup"
Kind = Literal["database", "file", "manifest"]


class ByPassphrase(Record):
    """The master key, sealed with a key that follows from a passphrase (scrypt)."""

    salt: str
    sealed: str


class Header(Record):
    """What a backup says of itself in the clear; `key` opens with the master key of the installation it is of."""

    format: str
    program: str
    database: str
    made_at: datetime
    key: str
    master: ByPassphrase | None = None


class Entry(Record):
    """What comes next."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How much an entry was, and its SHA-256."""

    size: int
    digest: str


def new_key() -> bytes:
    """A key for one backup."""
    return secrets.token_bytes(KEY_BYTES)


def wrapped(vault: Vault, key: bytes) -> str:
    """The backup's key as its header holds it."""
    return base64.b64encode(vault.seal_named(NAMED, key)).decode()


def unwrapped(vault: Vault, header: Header) -> bytes:
    """The backup's key; raise StillSealed when it is of another installation's master key."""
    return vault.open_named(NAMED, base64.b64decode(header.key))


def with_passphrase(master: bytes, passphrase: str) -> ByPassphrase:
    """The master key so that the passphrase opens it."""
    salt = secrets.token_bytes(SALT_BYTES)
    sealed = seal_bytes(master, _by_passphrase(passphrase, salt))
    return ByPassphrase(salt=base64.b64encode(salt).decode(), sealed=base64.b64encode(sealed).decode())


def by_passphrase(header: Header, passphrase: str) -> bytes:
    """The master key of the installation; raise Invalid for another passphrase, or when there is no key inside."""
    if header.master is None:
        raise Invalid("the master key is not in this backup; give it with --key", field="key")
    key = _by_passphrase(passphrase, base64.b64decode(header.master.salt))
    try:
        return open_bytes(base64.b64decode(header.master.sealed), key, "the master key")
    except StillSealed:
        raise Invalid("this is not the passphrase the backup was made with", field="passphrase") from None


class Archive:
    """A backup being written."""

    def __init__(self, file: BinaryIO, header: Header, key: bytes) -> None:
        file.write(header.model_dump_json().encode() + b"\n")
        self._sealing = Sealing(file, key)

    def add(self, entry: Entry, parts: Iterable[bytes]) -> Written:
        """Write an entry with all its bytes."""
        self._put(entry.model_dump_json().encode())
        size, digest = 0, hashlib.sha256()
        for part in parts:
            if part:
                self._put(part)
                digest.update(part)
                size += len(part)
        self._sealing.write(bytes(4))
        return Written(size=size, digest=digest.hexdigest())

    def finish(self) -> None:
        """Without this it does not open."""
        self._sealing.finish()

    def _put(self, part: bytes) -> None:
        self._sealing.write(struct.pack(">I", len(part)))
        self._sealing.write(part)


def header_of(file: BinaryIO) -> Header:
    """What a file says of itself; raise Invalid when it is no backup."""
    line = file.readline(LONGEST_HEADER)
    try:
        header = Header.model_validate_json(line)
    except ValidationError:
        raise Invalid("this is no backup; name a file that `switchboard backup` wrote", field="file") from None
    if header.format != FORMAT:
        raise Conflict(
            f"this backup has the form '{header.format}', of a newer Switchboard; restore it with {header.program}",
            code="newer_backup",
        )
    return header


def entries(file: BinaryIO, key: bytes) -> Iterator[tuple[Entry, Iterator[bytes]]]:
    """What is in a backup after its header; each entry's bytes are read before the next is asked for."""
    stream = _Stream(pieces(file, key, "the backup"))
    while (length := stream.length()) is not None:
        entry = Entry.model_validate_json(stream.take(length))
        parts = _parts(stream)
        yield entry, parts
        for _ in parts:
            pass


def _parts(stream: "_Stream") -> Iterator[bytes]:
    while length := stream.length():
        yield stream.take(length)


class _Stream:
    """Bytes taken from pieces of any size."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._held = parts, bytearray()

    def length(self) -> int | None:
        """The next four bytes as a number; None at the end."""
        taken = self.take(4, or_nothing=True)
        return struct.unpack(">I", taken)[0] if taken else None

    def take(self, size: int, *, or_nothing: bool = False) -> bytes:
        while len(self._held) < size:
            part = next(self._parts, None)
            if part is None:
                if or_nothing and not self._held:
                    return b""
                raise StillSealed("the backup ends in the middle; take another copy of it")
            self._held += part
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken


def _by_passphrase(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=COST, r=BLOCKS, p=LANES).derive(passphrase.encode())
