"""The master key at work: it wraps data keys, and seals what belongs to no workspace."""

from typing import Protocol
from uuid import UUID

from switchboard.foundation.vault.data_key import DataKey, new_data_key
from switchboard.foundation.vault.keyset import joined


class KeyStore(Protocol):
    """Who has the master key; it never leaves it."""

    def wrap(self, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raise StillSealed when it was wrapped by another master key, for another context, or changed."""
        ...


class Vault:
    """Makes and opens data keys, and named secrets."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    def new_data_key(self, workspace: UUID) -> bytes:
        """A new data key, wrapped by the master key; keep it in a table and hand it to `open_key`."""
        return self._store.wrap(new_data_key(), joined("data key", str(workspace)))

    def open_key(self, workspace: UUID, wrapped: bytes) -> DataKey:
        """The data key of this workspace (0.1 ms; keep it); raise StillSealed when it is not."""
        return DataKey(workspace, self._store.unwrap(wrapped, joined("data key", str(workspace))))

    def seal_named(self, name: str, secret: bytes) -> bytes:
        """A secret of the whole installation, such as a key that signs tokens, sealed under its name."""
        return self._store.wrap(secret, joined("named", name))

    def open_named(self, name: str, sealed: bytes) -> bytes:
        """Raise StillSealed when it was sealed under another name or changed."""
        return self._store.unwrap(sealed, joined("named", name))
