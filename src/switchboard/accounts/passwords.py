"""Passwords: kept as argon2id, worked out in threads of their own, never in a log."""

import asyncio
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from switchboard.foundation.errors import Invalid

# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html: 19 MiB, two passes, one lane
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
NOBODYS = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"  # what no password gives, as long to work out
THREADS = ThreadPoolExecutor(2, thread_name_prefix="password")  # so many at once: each takes the memory above
SHORTEST, LONGEST = 12, 200
STRONG, JUDGED = 3, 72  # of zxcvbn's 0 to 4: more than 10^8 guesses; letters it looks at
PARTS = re.compile(r"[\W_]+")


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await asyncio.get_running_loop().run_in_executor(THREADS, HASHER.hash, _folded(password))


async def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password; None, for nobody, takes as long and never is."""
    return await asyncio.get_running_loop().run_in_executor(THREADS, _matches, kept or NOBODYS, _folded(password))


async def check(password: str, *about: str, field: str = "password") -> None:
    """Raise Invalid for one that is short, common, or made of what is known of its owner.

    Guesses are estimated by zxcvbn, whose lists hold the most used passwords, names and words.
    """
    folded = _folded(password)
    if not SHORTEST <= len(folded) <= LONGEST:
        raise Invalid(f"a password has {SHORTEST} to {LONGEST} letters", field=field)
    said = [part for each in about for part in (each.lower(), each.lower().partition("@")[0])]
    known = [part for each in said for part in (each, *PARTS.split(each)) if len(part) > 2]
    why = await asyncio.get_running_loop().run_in_executor(THREADS, _judged, folded, known)
    if why:
        raise Invalid(f"{why} Take several words that do not belong together.", field=field)


def made_up() -> str:
    """A password for a new user, 96 random bits."""
    return secrets.token_urlsafe(12)


def _matches(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _judged(password: str, known: list[str]) -> str:
    """Why it is easy to guess; empty when it is not."""
    found = zxcvbn(password[:JUDGED], user_inputs=known)
    return "" if found["score"] >= STRONG else found["feedback"]["warning"] or "This is easy to guess."


def _folded(password: str) -> str:
    """The same letters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)
