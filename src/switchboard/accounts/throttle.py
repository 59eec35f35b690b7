"""Tries to sign in, counted per e-mail and per address before the password is looked at; exact over all processes."""

import hashlib
import ipaddress
from datetime import datetime

from switchboard.accounts.store import users as store
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.errors import LimitReached
from switchboard.foundation.ground import Ground

PERIOD_S = 900
PER_EMAIL, PER_ADDRESS = 10, 50  # wrong tries in a period


async def count_try(ground: Ground, email: str, address: str) -> None:
    """Raise LimitReached, whether there is such a user or not, when there were too many."""
    now = ground.clock()
    async with ground.work(job_caller(NOBODY)) as work:
        tried = await store.count_try(work, _subjects(email, address), [PER_EMAIL, PER_ADDRESS], _period(now))
    if not tried:
        wait = PERIOD_S - int(now.timestamp()) % PERIOD_S
        raise LimitReached(
            f"too many tries to sign in; wait {-(-wait // 60)} minutes", retry_after_s=wait, per_hour=PER_EMAIL * 4
        )


async def forgive(ground: Ground, email: str, address: str) -> None:
    """The try was right: it does not count."""
    async with ground.work(job_caller(NOBODY)) as work:
        await store.forgive_try(work, _subjects(email, address), _period(ground.clock()))


def _subjects(email: str, address: str) -> list[bytes]:
    return [hashlib.sha256(text.encode()).digest() for text in (f"email {email}", f"address {_network(address)}")]


def _network(address: str) -> str:
    """An IPv4 address, or the 64 bits of an IPv6 address that one customer is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def _period(now: datetime) -> int:
    return int(now.timestamp()) // PERIOD_S
