"""Passwords: kept as argon2id, worked out in threads of their own, never in a log."""

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html: 19 MiB, two passes, one lane
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
NOBODYS = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"  # what no password gives, as long to work out
THREADS = ThreadPoolExecutor(2, thread_name_prefix="password")  # so many at once: each takes the memory above
SHORTEST, LONGEST = 12, 200


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await asyncio.get_running_loop().run_in_executor(THREADS, HASHER.hash, _folded(password))


async def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password; None, for nobody, takes as long and never is."""
    return await asyncio.get_running_loop().run_in_executor(THREADS, _matches, kept or NOBODYS, _folded(password))


def made_up() -> str:
    """A password for a new user, 96 random bits."""
    return secrets.token_urlsafe(12)


def _matches(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _folded(password: str) -> str:
    """The same letters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)
