"""The key of one workspace: it seals fields and hashes words."""

import hashlib
import hmac
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from switchboard.foundation.vault.keyset import Keyset, StillSealed, joined, new_keyset

HASH_KEY_BYTES = 32
LAYOUT = b"\1"  # first byte of a data key: then the hash key, then Tink's keyset


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sealed value lies; it opens nowhere else. The workspace is added by its data key."""

    table: str
    field: str
    row: str = ""
    connection: str = ""
    provider: str = ""
    version: int = 1


def new_data_key() -> bytes:
    """The bytes of a new data key; only ever to be kept wrapped."""
    return LAYOUT + secrets.token_bytes(HASH_KEY_BYTES) + new_keyset().encode()


class DataKey:
    """The key of one workspace; prints as •••."""

    def __init__(self, workspace: UUID, unwrapped: bytes) -> None:
        self.workspace = workspace
        self._hash_key = unwrapped[1 : 1 + HASH_KEY_BYTES]
        self._keys = Keyset(unwrapped[1 + HASH_KEY_BYTES :].decode())
        self._hashers = dict[str, Hasher]()  # one a purpose, and purposes are words of the code

    def __repr__(self) -> str:
        return f"DataKey({self.workspace}, •••)"

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Encrypted and authenticated, 33 bytes longer; different each time."""
        return self._keys.seal(plain, self._context(place))

    def open(self, sealed: bytes, place: Place) -> bytes:
        """What was sealed for this place; raise StillSealed for any other, or when it was changed."""
        plain = self._keys.open(sealed, self._context(place))
        if plain is None:
            raise StillSealed(
                f"a value of {place.table}.{place.field} does not open: it was changed, moved from another row, "
                "or sealed with another key; restore the row from a backup"
            )
        return plain

    def hasher(self, purpose: str) -> "Hasher":
        """Hashes for one purpose: those of two purposes, or two workspaces, have nothing in common."""
        if purpose not in self._hashers:
            self._hashers[purpose] = Hasher(hmac.digest(self._hash_key, purpose.encode(), "sha256"))
        return self._hashers[purpose]

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, always the same; it tells nothing of this key or of another purpose's."""
        return hmac.digest(self._hash_key, joined("derived", purpose), "sha256")

    def _context(self, place: Place) -> bytes:
        where = (place.table, place.field, place.row, place.connection, place.provider, str(place.version))
        return joined("field", str(self.workspace), *where)


class Hasher:
    """Keyed hashes (BLAKE2b): the same text always gives the same, and only the key's owner can work it out."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Hasher(•••)"

    def number(self, text: str) -> int:
        """A signed integer of 64 bits, as `bigint` takes it."""
        return self.numbers((text,))[0]

    def numbers(self, texts: Iterable[str]) -> list[int]:
        """The same for many, in their order, about a million a second."""
        digests = b"".join(map(self._short, texts))
        return list(struct.unpack(f"<{len(digests) // 8}q", digests))

    def digest(self, text: str, *, size: int = 16) -> bytes:
        """Up to 64 bytes, for where two texts must never meet."""
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=size).digest()

    @cached_property
    def _begun(self) -> hashlib.blake2b:
        return hashlib.blake2b(key=self._key, digest_size=8)

    def _short(self, text: str) -> bytes:
        hashed = self._begun.copy()  # the key is worked in once, not for each text
        hashed.update(text.encode())
        return hashed.digest()
