"""What imports that were killed left in the scratch folder."""

import contextlib
import shutil
from datetime import datetime
from pathlib import Path

LEFT_S = 12 * 3600.0  # twice as long as an import may take


def sweep(folder: Path, now: datetime) -> int:
    """Remove what has not been touched for long: it holds people's data, and nobody will ask for it again.

    How many things went.
    """
    gone = 0
    for left in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # its import has just ended
            if now.timestamp() - touched(left) < LEFT_S:
                continue
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()
            gone += 1
    return gone


def touched(left: Path) -> float:
    """When something was last touched, in seconds since 1970; for ever ahead when it is gone."""
    try:
        return left.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
