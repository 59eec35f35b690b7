"""Random words that are as good as a signature: keys, cookies, refresh tokens. Only their hashes are kept."""

import hashlib
import secrets

BYTES = 32


def new_word(prefix: str = "") -> str:
    """A word nobody can guess, shown to its owner once."""
    return prefix + secrets.token_urlsafe(BYTES)


def hashed(word: str) -> bytes:
    """SHA-256 is enough: there are 256 random bits, nothing to guess."""
    return hashlib.sha256(word.encode(errors="replace")).digest()
