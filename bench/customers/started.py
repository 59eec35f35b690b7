"""Texts in the minutes after PostgreSQL has started, from a disk: nothing of it is in anybody's memory."""

import os
from collections.abc import Iterator, Sequence

from bench.figures import Figure, percentile, say
from bench.place import PROGRAM, Place, free_port
from bench.reading import SEARCH, searched
from bench.reading.client import asked, one_by_one


def measure(place: Place, key: str, names: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """Each kind of searches of `searched`, in its order, from the first answer on; nobody else may use the server."""
    say("texts after a start")
    place.server.stop()
    _forget(place)
    place.server.start()
    port = free_port()
    with place.serving([str(PROGRAM), "up", "--port", str(port), "--workers", "1"], port):
        for kind, searches in searched(names, port, key).items():
            took = one_by_one(port, [asked(SEARCH, key, each) for each in searches])
            yield Figure(
                figure=f"search of 100 after a start, {kind}, p99", value=percentile(took, 0.99), unit="ms",
                target="<= 30",
            )  # fmt: skip


def _forget(place: Place) -> None:
    """Have the system forget what it read of the database's files."""
    for file in (place.data_dir / "postgres" / "data").rglob("*"):
        if file.is_file():
            opened = os.open(file, os.O_RDONLY)
            os.fsync(opened)
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(opened)
