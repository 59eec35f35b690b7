"""Tink's authenticated encryption (AES-256-GCM), with types."""

import json
import struct
from typing import cast

import tink  # pyright: ignore[reportMissingTypeStubs] - Tink comes without types
from tink import aead, secret_key_access  # pyright: ignore[reportMissingTypeStubs] - Tink comes without types

from switchboard.foundation.errors import SwitchboardError

PREFIX = slice(0, 5)  # of what Tink encrypts: a version byte and the key's number

aead.register()


class StillSealed(SwitchboardError):
    """A sealed value, or the key to it, can not be opened: changed, moved elsewhere, or of another key."""

    code = "still_sealed"
    status = 500


class KeyUnusable(SwitchboardError):
    """The master key is missing, damaged, or open to others."""

    code = "key_unusable"
    status = 503


class Keyset:
    """One or more keys, the first of which seals; prints as •••."""

    def __init__(self, serialized: str) -> None:
        """Raise ValueError when it is not a keyset."""
        try:
            handle = tink.json_proto_keyset_format.parse(serialized, secret_key_access.TOKEN)
            self._aead = handle.primitive(aead.Aead)
        except tink.TinkError as error:
            raise ValueError("no keyset") from error
        keys = cast("list[dict[str, int]]", json.loads(serialized)["key"])
        self._prefixes = {struct.pack(">BI", 1, key["keyId"]) for key in keys}

    def __repr__(self) -> str:
        return "Keyset(•••)"

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """33 bytes longer than what it seals, and different each time."""
        return self._aead.encrypt(plain, context)

    def open(self, sealed: bytes, context: bytes) -> bytes | None:
        """None when it was changed, or sealed for another context or by another key."""
        try:
            return self._aead.decrypt(sealed, context)
        except tink.TinkError:
            return None

    def has_sealed(self, sealed: bytes) -> bool:
        """Whether one of these keys says that it made this."""
        return sealed[PREFIX] in self._prefixes


def new_keyset() -> str:
    """A keyset with one new key, in Tink's JSON; not encrypted."""
    template = aead.aead_key_templates.AES256_GCM  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - Tink comes without types
    handle = tink.new_keyset_handle(template)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - Tink comes without types
    return tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)


def joined(*words: str) -> bytes:
    """The words, each after its length, so that no two lists give the same bytes."""
    return b"".join([struct.pack(">I", len(word)) + word for word in [word.encode() for word in words]])
