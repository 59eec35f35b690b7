"""Before the tables of a database with data in it change, it is backed up."""

from datetime import UTC, datetime
from pathlib import Path

import structlog

from switchboard.foundation import schema
from switchboard.foundation.backup.making import Origin, make_backup
from switchboard.foundation.vault import KeyFile, Vault

LOG = structlog.get_logger()
KEPT = 3
FOLDER = "backups"


def before_upgrade(data_dir: Path, owner_url: str) -> None:
    """Write a backup into the data directory's `backups`, and remove all but the newest three made so."""
    folder = data_dir / FOLDER
    folder.mkdir(exist_ok=True, mode=0o700)
    step, at = schema.step_of(owner_url) or "", datetime.now(UTC)
    target = folder / f"before-upgrade-from-{step}-{at:%Y%m%dT%H%M%S%f}.backup"
    origin = Origin(data_dir=data_dir, owner_url=owner_url, vault=Vault(KeyFile(data_dir, first=False)))
    made = make_backup(origin, target, None, lambda _name, _size: None)
    LOG.warning("backed_up_before_upgrade", file=str(target), bytes=made.bytes, kept=KEPT)
    for old in sorted(folder.glob("before-upgrade-*.backup"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
