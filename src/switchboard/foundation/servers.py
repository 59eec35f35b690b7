"""Where the servers of a data directory listen: a file each, named by its process, as long as that runs."""

import contextlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "servers"
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


def address(host: str, port: int) -> str:
    """Where a server that was told to listen there is reached from this machine."""
    reached = ANYWHERE.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


@contextmanager
def noted(data_dir: Path, url: str) -> Generator[None]:
    """Let others find this process's server while the block lasts."""
    note = data_dir / FOLDER / str(os.getpid())
    note.parent.mkdir(exist_ok=True)
    note.write_text(url)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def found(data_dir: Path) -> list[str]:
    """The addresses of those whose process runs; what a killed one left does not count."""
    notes = [each for each in (data_dir / FOLDER).glob("[0-9]*") if _runs(int(each.name))]
    urls: set[str] = set()
    for note in notes:
        with contextlib.suppress(FileNotFoundError):
            urls.add(note.read_text())
    return sorted(urls)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
