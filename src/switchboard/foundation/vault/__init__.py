"""Secrets at rest: a master key wraps one data key per workspace, and that seals fields and hashes words.

What is wrapped or sealed is bytes for a table; nothing here writes one. A sealed value opens only in the place it was
sealed for: the same workspace, table, field and row; a sealed file with the key it was sealed with. Deleting a
workspace's wrapped key makes all it sealed unreadable.
"""

from switchboard.foundation.vault.data_key import DataKey, Hasher, Place
from switchboard.foundation.vault.key_file import KeyFile
from switchboard.foundation.vault.keyset import KeyUnusable, StillSealed
from switchboard.foundation.vault.streams import Sealing, is_sealed, opened_file, pieces, seal_file, size_inside
from switchboard.foundation.vault.vault import KeyStore, Vault

__all__ = [
    "DataKey", "Hasher", "KeyFile", "KeyStore", "KeyUnusable", "Place", "Sealing", "StillSealed", "Vault", "is_sealed",
    "opened_file", "pieces", "seal_file", "size_inside",
]  # fmt: skip
