"""Where the demo keeps its data and what it remembers there."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

CHECKOUT = Path(__file__).resolve().parents[1]
ELSEWHERE = Path("/var/lib/switchboard/demo")
EMAIL = "demo@example.com"
ENTERED_BY_OTHERS = 0o001


def data_dir(given: str | None, checkout: Path = CHECKOUT) -> Path:
    """The directory that was named; else one in the checkout, or elsewhere where PostgreSQL could not enter that.

    PostgreSQL refuses to run as root, so root runs it as another account.
    """
    if given:
        return Path(given).expanduser().resolve()
    way = (checkout, *checkout.parents)
    if os.geteuid() == 0 and not all(each.stat().st_mode & ENTERED_BY_OTHERS for each in way):
        return ELSEWHERE
    return checkout / ".demo"


def make(folder: Path) -> None:
    """Make the directory and its missing parents: to be walked through, not listed."""
    for each in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        each.mkdir()
        each.chmod(0o711)


@dataclass(kw_only=True)
class Progress:
    """What was done already, so that a first run that was stopped goes on where it was."""

    path: Path
    password: str | None = None
    """None before the first run."""
    keys: dict[str, str] = field(default_factory=dict[str, str])
    """The API key of each workspace, by its name."""
    done: list[str] = field(default_factory=list[str])

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What a data directory remembers."""
        path = folder / "demo-progress.json"
        return cls(path=path, **json.loads(path.read_text())) if path.exists() else cls(path=path)

    def finish(self, step: str) -> None:
        """Remember that a step is done."""
        self.done.append(step)
        self.keep()

    def keep(self) -> None:
        """Write all of it down."""
        said = asdict(self)
        del said["path"]
        write_privately(self.path, said)


def write_privately(path: Path, said: object) -> None:
    """JSON that only its owner may read, written whole or not at all."""
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(said, indent=2) + "\n")
    half.replace(path)
