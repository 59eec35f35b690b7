"""The account PostgreSQL runs as: our own, or for root one that exists, for PostgreSQL refuses root."""

import contextlib
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from switchboard.foundation.errors import DatabaseDown

CANDIDATES = ("postgres", "nobody")
WALK = 'for each; do cd "$each" 2>/dev/null || { printf %s "$each"; exit 0; }; done'


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    name: str
    user: int
    group: int


class RunAs(TypedDict, total=False):
    """Arguments of `subprocess` that make a program run as an account."""

    user: int
    group: int
    extra_groups: list[int]


def serving_account(root: Path, data: Path) -> Account | None:
    """The account root runs PostgreSQL as: the one that owns the data; None where we are no root ourselves."""
    if os.geteuid() != 0:
        return None
    for place in (data, root):
        if place.exists() and (owner := place.stat().st_uid) != 0:
            found = pwd.getpwuid(owner) if has_name(owner) else None
            return Account(name=found.pw_name if found else str(owner), user=owner, group=place.stat().st_gid)
    for name in CANDIDATES:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(name=name, user=found.pw_uid, group=found.pw_gid)
    raise DatabaseDown(
        "PostgreSQL refuses to run as root, and this machine has neither an account 'postgres' nor 'nobody'; "
        "run Switchboard as an ordinary user, or set SWITCHBOARD_DATABASE_URL to a server of your own"
    )


def run_as(account: Account | None) -> RunAs:
    return {"user": account.user, "group": account.group, "extra_groups": []} if account else {}


def has_name(user: int) -> bool:
    with contextlib.suppress(KeyError):
        pwd.getpwuid(user)
        return True
    return False


def allowed_names(root: Path) -> list[str]:
    """The accounts that may connect: who owns the directory, who runs this, and root."""
    users = {root.stat().st_uid, os.geteuid(), 0}
    nameless = sorted(user for user in users if user and not has_name(user))
    if nameless:
        raise DatabaseDown(
            f"the account with number {nameless[0]} has no name on this machine, and PostgreSQL asks for one; "
            "add it to /etc/passwd, or set SWITCHBOARD_DATABASE_URL to a server of your own"
        )
    return sorted(pwd.getpwuid(user).pw_name for user in users if has_name(user))


def closed_to(account: Account, folder: Path) -> Path | None:
    """The first directory on the way that the account may not enter, None when it gets there.

    Asked of the system itself by walking there as the account: modes alone do not tell (access lists, mounts).
    """
    way = [str(each) for each in (*reversed(folder.parents), folder)]
    walked = subprocess.run(  # noqa: S603 - the system's shell and a fixed script; paths are arguments
        ["/bin/sh", "-c", WALK, "sh", *way], capture_output=True, check=True, cwd="/", **run_as(account)
    )
    return Path(os.fsdecode(walked.stdout)) if walked.stdout else None
