"""The server's processes, and the first words of its protocol."""

import os
import socket
import struct
from pathlib import Path

from switchboard.foundation.embedded.places import Places

PROTOCOL = 196608  # 3.0
STARTING = b"C57P03\0"  # the error field of a server that does not accept connections yet, or any more
ANSWER_S = 2.0


def answers(places: Places) -> bool:
    """Whether a server behind the socket speaks the protocol and accepts connections."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_S)
        try:
            line.connect(str(places.socket))
            line.sendall(_hello())
            said = line.recv(4096)
            while said[:1] == b"R" and not said.endswith((b"Z\0\0\0\5I",)):
                more = line.recv(4096)
                if not more:
                    return False
                said += more
            line.sendall(b"X\0\0\0\4")  # a polite end, else the server logs a broken pipe
        except OSError:
            return False
    return said[:1] in (b"R", b"E") and STARTING not in said


def _hello() -> bytes:
    """The start-up message: the administrator, in the database that always exists."""
    words = b"user\0postgres\0database\0postgres\0\0"
    return struct.pack("!ii", len(words) + 8, PROTOCOL) + words


def is_ready(places: Places) -> bool:
    """Whether the server wrote that it accepts connections: cheap, and asks nothing of it."""
    try:
        return places.pid_file.read_text().splitlines()[7].strip() == "ready"
    except (OSError, IndexError):
        return False


def server_pid(places: Places, pid_file: Path | None = None) -> int | None:
    """The process that wrote a pid file, if it is our server; None for a stranger, a zombie or nobody."""
    try:
        pid = int((pid_file or places.pid_file).read_text().split()[0])
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return None
    ours = words[0].endswith(b"postgres") and os.fsencode(places.data) in words
    return pid if ours and state != "Z" else None


def left_behind(places: Places) -> list[int]:
    """Children of a killed server that still hold its memory: they run `postgres` and stand in our data directory."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            here = (folder / "cwd").readlink() == places.data
            if here and (folder / "comm").read_text().strip() == "postgres":
                found.append(int(folder.name))
        except OSError:
            continue
    return found
